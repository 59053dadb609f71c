"""Detector: macros whose compiled code is not what their source says."""

from __future__ import annotations

from collections.abc import Iterator

from mailcore.detector import Hit, Lifecycle, detector
from mailcore.view import MailView
from workers.attachments import office
from workers.attachments.sightings import sightings


@detector(category="malware", weight=5.0, lifecycle=Lifecycle.STABLE)
def document_macros_hide_their_source(view: MailView) -> Iterator[Hit]:
    """The source of macros was removed or replaced; Office runs the compiled code (VBA stomping)."""
    # Spared: names of procedures that were deleted, as long as they do not both start by themselves and run something.
    for seen in sightings(view, (office.STOMPED,)):
        yield Hit(
            summary=f"The macros of {seen.name} do something else than their source says: {seen.signs[0].evidence}",
            detail=seen.detail,
            where=seen.where,
        )
