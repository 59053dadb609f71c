"""Detector: a log-in page as an attachment."""

from __future__ import annotations

from collections.abc import Iterator

from mailcore.detector import Hit, Lifecycle, detector
from mailcore.verdict import Where
from mailcore.view import MailView
from workers.attachments import judge


@detector(category="phishing", weight=6.0, lifecycle=Lifecycle.STABLE)
def html_attachment_asks_for_password(view: MailView) -> Iterator[Hit]:
    """An attached web page has a field for a password."""
    for file in view.files:
        if file.html is not None and file.html.password_fields and judge.at_the_door(file, view.files):
            actions = ", ".join(file.html.form_actions[:3])
            yield Hit(
                summary=f"{file.filename or file.path} is a web page that asks for a password",
                detail=f"Sends it to: {actions or 'a script'}",
                where=Where(part=file.part, file=file.path),
            )
