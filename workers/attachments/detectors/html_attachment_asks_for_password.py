"""Detector: a log-in page as an attachment."""

from __future__ import annotations

from collections.abc import Iterator

from mailcore.detector import Hit, Lifecycle, detector
from mailcore.verdict import Where
from mailcore.view import MailView


@detector(category="phishing", weight=6.0, lifecycle=Lifecycle.STABLE)
def html_attachment_asks_for_password(view: MailView) -> Iterator[Hit]:
    """An attached web page has a field for a password."""
    for file in view.files:
        # In archives, web pages with log-in forms are parts of software; decoded out of a page they are what it hides.
        at_the_door = file.depth == 0 or file.reached == "decoded"
        if file.html is not None and file.html.password_fields and at_the_door:
            actions = ", ".join(file.html.form_actions[:3])
            yield Hit(
                summary=f"{file.filename or file.path} is a web page that asks for a password",
                detail=f"Sends it to: {actions or 'a script'}",
                where=Where(part=file.part, file=file.path),
            )
