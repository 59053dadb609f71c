"""Detector: a PDF document that opens an address or sends data without being asked."""

from __future__ import annotations

from collections.abc import Iterator

from mailcore.detector import Hit, Lifecycle, detector
from mailcore.verdict import Where
from mailcore.view import MailView
from workers.attachments import signs
from workers.attachments.pdf_actions import STARTS


@detector(category="phishing", weight=6.0, lifecycle=Lifecycle.STABLE)
def pdf_acts_when_opened(view: MailView) -> Iterator[Hit]:
    """A PDF opens an address, sends its form or opens another file as soon as it or one of its pages is shown."""
    for file in view.files:
        # Left out by its reader: going to a page, zooming, printing, and documents that lie beside this one.
        found = signs.of_kind(file, {STARTS})
        if found:
            yield Hit(
                summary=f"{file.filename or file.path} acts {found[0].evidence}",
                detail="; ".join(sign.evidence for sign in found),
                where=Where(part=file.part, file=file.path, quote=found[0].evidence),
            )
