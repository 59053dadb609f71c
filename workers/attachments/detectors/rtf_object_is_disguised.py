"""Detector: an RTF file that hides the objects in it."""

from __future__ import annotations

from collections.abc import Iterator

from mailcore.detector import Hit, Lifecycle, detector
from mailcore.view import MailView
from workers.attachments import rtf_files
from workers.attachments.sightings import sightings


@detector(category="malware", weight=6.0, lifecycle=Lifecycle.STABLE)
def rtf_object_is_disguised(view: MailView, *, updating_weight: float = 9.0) -> Iterator[Hit]:
    """An RTF file writes its objects in a way that hides them from scanners; heavier where they start at once."""
    # Spared: objects that are updated on opening (linked workbooks), and objects as Word writes them.
    for seen in sightings(view, (rtf_files.DISGUISE,)):
        updates = any(sign.kind == rtf_files.UPDATE for sign in seen.file.signs)
        yield Hit(
            summary=f"{seen.name} hides an object" + (" that starts when it is opened" if updates else ""),
            detail=seen.detail,
            where=seen.where,
            weight=updating_weight if updates else None,
        )
