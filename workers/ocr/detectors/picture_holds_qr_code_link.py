"""Detector: a QR code that leads to the web."""

from __future__ import annotations

from collections.abc import Iterator

from mailcore.detector import Hit, Lifecycle, detector
from mailcore.verdict import Where
from mailcore.view import MailView
from workers.ocr import codes


@detector(category="phishing", weight=1.5, lifecycle=Lifecycle.STABLE)
def picture_holds_qr_code_link(view: MailView, *, instead_of_links_weight: float = 3.0) -> Iterator[Hit]:
    """A picture holds a QR code with a link; heavier where the mail itself has no link, so the code is the message."""
    for image in view.images:
        # Codes of tickets, labels and payments hold numbers, not links: they are not counted.
        for url in codes.urls(image.codes)[:1]:
            # Signatures and newsletters show a code beside links that say the same.
            alone = not view.message.links
            yield Hit(
                summary="A QR code in a picture leads to a web page"
                + (", and there is no other link in the mail" if alone else ""),
                detail=url[:500],
                where=Where(part=image.part, quote=url[:200]),
                weight=instead_of_links_weight if alone else None,
            )
