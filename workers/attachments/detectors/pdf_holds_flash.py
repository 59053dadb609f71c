"""Detector: a PDF document with a Flash film."""

from __future__ import annotations

from collections.abc import Iterator

from mailcore.detector import Hit, Lifecycle, detector
from mailcore.verdict import Where
from mailcore.view import MailView
from workers.attachments import signs
from workers.attachments.pdf_actions import FLASH


@detector(category="malware", weight=2.5, lifecycle=Lifecycle.STABLE)
def pdf_holds_flash(view: MailView) -> Iterator[Hit]:
    """A PDF holds a Flash film: exploits came in them, and no reader plays them any more."""
    for file in view.files:
        # Three-dimensional models and videos are not meant.
        if signs.of_kind(file, {FLASH}):
            yield Hit(
                summary=f"{file.filename or file.path} holds a Flash film",
                where=Where(part=file.part, file=file.path),
            )
