"""Detector: a PDF document that starts a program."""

from __future__ import annotations

from collections.abc import Iterator

from mailcore.detector import Hit, Lifecycle, detector
from mailcore.verdict import Where
from mailcore.view import MailView
from workers.attachments import signs
from workers.attachments.pdf_actions import LAUNCH, LAUNCH_DOCUMENT
from workers.attachments.pdf_scripts import OPENS_EMBEDDED


@detector(category="malware", weight=12.0, lifecycle=Lifecycle.STABLE)
def pdf_starts_programs(view: MailView, *, embedded_weight: float = 9.0, document_weight: float = 0.5) -> Iterator[Hit]:
    """A PDF starts a program, or its script opens a file that is embedded in it."""
    for file in view.files:
        programs = signs.of_kind(file, {LAUNCH})
        embedded = signs.of_kind(file, {OPENS_EMBEDDED})
        # Light: manuals and collections on a disk lead to the documents beside them.
        documents = signs.of_kind(file, {LAUNCH_DOCUMENT})
        found = programs or embedded or documents
        if not found:
            continue
        what = "starts a program" if programs else "opens a file embedded in it" if embedded else "opens another file"
        yield Hit(
            summary=f"{file.filename or file.path} {what}",
            detail="; ".join(sign.evidence for sign in found),
            where=Where(part=file.part, file=file.path, quote=found[0].evidence),
            weight=None if programs else embedded_weight if embedded else document_weight,
        )
