"""Detector: a PDF document with a page that is one large link."""

from __future__ import annotations

from collections.abc import Iterator

from mailcore.detector import Hit, Lifecycle, detector
from mailcore.verdict import Where
from mailcore.view import MailView
from workers.attachments import signs
from workers.attachments.pdf_structure import LARGE_BUTTON, PICTURE_WITH_LINK


@detector(category="phishing", weight=4.0, lifecycle=Lifecycle.STABLE)
def pdf_is_one_picture_with_link(view: MailView, *, button_weight: float = 2.5) -> Iterator[Hit]:
    """A page of a PDF is a picture with hardly any text and a link over it; lighter: a short letter with a button."""
    for file in view.files:
        # Left out by its reader: pages with text, links over a logo or a line, pages with many links. A flyer that is
        # one link stays below the tag, unless the link is bad too.
        pictures = signs.of_kind(file, {PICTURE_WITH_LINK})
        found = pictures or signs.of_kind(file, {LARGE_BUTTON})
        if found:
            what = "a picture with a link over it" if pictures else "little more than a large button"
            yield Hit(
                summary=f"{file.filename or file.path} is {what}",
                detail="; ".join(sign.evidence for sign in found),
                where=Where(part=file.part, file=file.path, quote=found[0].evidence),
                weight=None if pictures else button_weight,
            )
