"""Detector: a document whose macros start by themselves."""

from __future__ import annotations

from collections.abc import Iterator

from mailcore.detector import Hit, Lifecycle, detector
from mailcore.verdict import Where
from mailcore.view import MailView
from workers.attachments import judge, office
from workers.attachments.sightings import document_name, evidence_below

LINES = 5  # of the source, as evidence


@detector(category="malware", weight=6.0, lifecycle=Lifecycle.STABLE)
def document_has_auto_run_macros(view: MailView, *, suspicious_weight: float = 10.0) -> Iterator[Hit]:
    """Macros of a document start when it is opened; heavier where they start programs or load something."""
    for file in judge.documents_with_macros(view):
        if file.auto_run_macros:
            calls = ", ".join(file.suspicious_macro_calls)
            lines = evidence_below(view, file, office.MACRO_LINE)
            yield Hit(
                summary=f"{document_name(file)} runs macros when it is opened"
                + (f"; in them: {calls}" if calls else ""),
                detail="\n".join((f"{file.true_type}; {calls or 'no suspicious calls'}", *lines[:LINES])),
                where=Where(part=file.part, file=file.path, quote=lines[0] if lines else ""),
                weight=suspicious_weight if calls else None,
            )
