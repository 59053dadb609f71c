"""Detector: an object in a document that starts a program of the computer."""

from __future__ import annotations

from collections.abc import Iterator

from mailcore.detector import Hit, Lifecycle, detector
from mailcore.view import MailView
from workers.attachments import fields
from workers.attachments.sightings import sightings


@detector(category="malware", weight=7.0, lifecycle=Lifecycle.STABLE)
def document_links_to_program(view: MailView) -> Iterator[Hit]:
    """A click on an object or a link in a document starts a program or a command."""
    # Spared: links to documents, and files that are put into a document: those are looked at as files.
    for seen in sightings(view, (fields.PACKAGE,)):
        yield Hit(
            summary=f"A click in {seen.name} starts {seen.signs[0].evidence}",
            detail=seen.detail,
            where=seen.where,
        )
