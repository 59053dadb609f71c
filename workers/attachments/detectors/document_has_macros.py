"""Detector: a document with macros that wait for a person."""

from __future__ import annotations

from collections.abc import Iterator

from mailcore.detector import Hit, Lifecycle, detector
from mailcore.verdict import Where
from mailcore.view import MailView
from workers.attachments import judge, office
from workers.attachments.sightings import document_name, evidence_below

LINES = 5  # of the source, as evidence


@detector(category="attachment", weight=1.5, lifecycle=Lifecycle.STABLE)
def document_has_macros(view: MailView, *, suspicious_weight: float = 4.0) -> Iterator[Hit]:
    """A document holds macros that do not start by themselves; heavier where they start programs or load something."""
    for file in judge.documents_with_macros(view):
        # Those that start by themselves have their own detector.
        if not file.auto_run_macros:
            calls = ", ".join(file.suspicious_macro_calls)
            lines = evidence_below(view, file, office.MACRO_LINE)
            yield Hit(
                summary=f"{document_name(file)} holds macros",
                detail="\n".join((f"{file.true_type}; {calls or 'no suspicious calls'}", *lines[:LINES])),
                where=Where(part=file.part, file=file.path, quote=lines[0] if lines else ""),
                # One such call is common in good macros, which read settings or write a file.
                weight=suspicious_weight if len(file.suspicious_macro_calls) > 1 else None,
            )
