"""Detector: "invoice.pdf.exe"."""

from __future__ import annotations

from collections.abc import Iterator

from mailcore.detector import Hit, Lifecycle, detector
from mailcore.verdict import Where
from mailcore.view import MailView
from workers.attachments import names


@detector(category="malware", weight=7.0, lifecycle=Lifecycle.STABLE)
def attachment_has_two_extensions(view: MailView, *, page_weight: float = 3.0) -> Iterator[Hit]:
    """A file that runs when it is opened is named like a document: invoice.pdf.exe, photo.jpg.scr, fax.pdf.html."""
    for file in view.files:
        *before, last = names.extensions(file.filename) or ("",)
        # Only the last but one counts: "minutes.2024.js" and "jquery.min.js" are named like this by good people.
        if not before or before[-1] not in names.HARMLESS:
            continue
        if last in names.PROGRAMS or last in names.SCRIPTS:
            weight = None
        elif last in ("htm", "html", "shtml", "xhtml", "svg") and file.depth == 0:
            # Members of archives: "logo.png.html" is how wikis and mirrors save pages.
            weight = page_weight
        else:
            # "report.pdf.zip", "contract.pdf.p7m", "notes.txt.gz": packed, signed or encrypted, as the name says.
            continue
        yield Hit(
            summary=f"{names.basename(file.filename)} pretends to be a .{before[-1]} file, but is a .{last} file",
            detail=f"Type by content: {file.true_type or 'unknown'}",
            where=Where(part=file.part, file=file.path),
            weight=weight,
        )
