"""Detector: a PDF document that takes a file from a server of Windows."""

from __future__ import annotations

from collections.abc import Iterator

from mailcore.detector import Hit, Lifecycle, detector
from mailcore.verdict import Where
from mailcore.view import MailView
from workers.attachments import signs
from workers.attachments.pdf_actions import FILE_SHARE, FILE_SHARE_AT_CLICK


@detector(category="phishing", weight=9.0, lifecycle=Lifecycle.STABLE)
def pdf_asks_file_share(view: MailView, *, click_weight: float = 0.5) -> Iterator[Hit]:
    """A PDF asks a file share by itself, which hands over the hash of the user's password (CVE-2018-4993)."""
    for file in view.files:
        by_itself = signs.of_kind(file, {FILE_SHARE})
        # Light: documents within a company lead to the files on its server.
        found = by_itself or signs.of_kind(file, {FILE_SHARE_AT_CLICK})
        if found:
            yield Hit(
                summary=f"{file.filename or file.path} leads to a file share"
                + (" without being asked" if by_itself else ""),
                detail="; ".join(sign.evidence for sign in found),
                where=Where(part=file.part, file=file.path, quote=found[0].evidence),
                weight=None if by_itself else click_weight,
            )
