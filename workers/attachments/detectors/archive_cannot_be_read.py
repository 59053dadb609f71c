"""Detector: an archive that is damaged or of a kind that we cannot open."""

from __future__ import annotations

from collections.abc import Iterator

from mailcore.detector import Hit, Lifecycle, detector
from mailcore.verdict import Where
from mailcore.view import MailView
from workers import archives


@detector(category="attachment", weight=2.0, lifecycle=Lifecycle.STABLE)
def archive_cannot_be_read(view: MailView) -> Iterator[Hit]:
    """An archive is damaged, or of a kind that cannot be opened here: its content was not looked at."""
    for file in view.files:
        # Encrypted ones have their own detector.
        unread = file.problem or file.true_type in archives.UNOPENABLE
        if unread and archives.is_archive(file.true_type) and not file.encrypted:
            yield Hit(
                summary=f"{file.filename or file.path} could not be opened",
                detail=f"{file.true_type}: {file.problem or 'a kind of archive that cannot be opened here'}",
                where=Where(part=file.part, file=file.path),
            )
