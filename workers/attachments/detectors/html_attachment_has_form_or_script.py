"""Detector: an attached web page that does something."""

from __future__ import annotations

from collections.abc import Iterator

from mailcore.detector import Hit, Lifecycle, detector
from mailcore.verdict import Where
from mailcore.view import MailView


@detector(category="phishing", weight=1.5, lifecycle=Lifecycle.STABLE)
def html_attachment_has_form_or_script(view: MailView) -> Iterator[Hit]:
    """An attached web page has a form or a script; mild, since encrypted-mail portals and reports do that too."""
    for file in view.files:
        # Pages that ask for a password have their own detector; pages in archives are parts of software.
        if file.html is None or file.depth or file.html.password_fields:
            continue
        if file.html.form_actions or file.html.scripts:
            yield Hit(
                summary=f"{file.filename or file.path} is a web page with a form or a script",
                detail=f"{len(file.html.form_actions)} forms, {file.html.scripts} scripts",
                where=Where(part=file.part, file=file.path),
            )
