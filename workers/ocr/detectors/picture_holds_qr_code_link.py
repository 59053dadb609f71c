"""Detector: a QR code that leads to the web."""

from __future__ import annotations

from collections.abc import Iterator

from mailcore.detector import Hit, Lifecycle, detector
from mailcore.verdict import Where
from mailcore.view import MailView
from workers.ocr import codes
from workers.ocr.holders import MEMBER, PAGE


@detector(category="phishing", weight=1.5, lifecycle=Lifecycle.STABLE)
def picture_holds_qr_code_link(
    view: MailView, *, instead_of_links_weight: float = 3.0, in_file_weight: float = 0.5
) -> Iterator[Hit]:
    """A picture holds a QR code with a link; heavier where the mail itself has no link, so the code is the message."""
    for image in view.images:
        # Codes of tickets, labels and payments hold numbers, not links: they are not counted. Nor is the page in a
        # visiting card, which telephones show and do not open.
        leading = [code for code in image.codes if codes.payload(code) is codes.Payload.LINK]
        for url in codes.urls(leading)[:1]:
            # Signatures and newsletters show a code beside links that say the same.
            alone = not view.message.links
            # Invoices, tickets, manuals and handouts have codes on their pages.
            in_file = image.reached in (MEMBER, PAGE)
            yield Hit(
                summary=f"A QR code in a {'file' if in_file else 'picture'} leads to a web page"
                + (", and there is no other link in the mail" if alone else ""),
                detail=url[:500],
                where=Where(part=image.part, quote=url[:200]),
                weight=in_file_weight if in_file else instead_of_links_weight if alone else None,
            )
