"""Detector: a document or table that sends a command to another program by DDE."""

from __future__ import annotations

from collections.abc import Iterator

from mailcore.detector import Hit, Lifecycle, detector
from mailcore.view import MailView
from workers.attachments import fields, outside
from workers.attachments.sightings import sightings


@detector(category="malware", weight=9.0, lifecycle=Lifecycle.STABLE)
def document_starts_program_by_dde(view: MailView, *, quiet_weight: float = 0.4) -> Iterator[Hit]:
    """A document, workbook or table starts a program by DDE; light where the other program runs no commands."""
    for seen in sightings(view, (fields.DDE,)):
        starts = any(outside.starts_program(sign.evidence) for sign in seen.signs)
        yield Hit(
            summary=f"{seen.name} "
            + ("starts a program by DDE when it is opened" if starts else "asks another program for data by DDE"),
            detail=seen.detail,
            where=seen.where,
            # Spared: figures that a workbook takes from a market feed or a machine, cells linked into an old letter.
            weight=None if starts else quiet_weight,
        )
