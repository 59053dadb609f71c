"""Detector: an archive built to exhaust who opens it."""

from __future__ import annotations

from collections.abc import Iterator

from mailcore.detector import Hit, Lifecycle, detector
from mailcore.verdict import Where
from mailcore.view import MailView
from workers.attachments.limits import FileLimits


@detector(category="malware", weight=15.0, lifecycle=Lifecycle.STABLE)
def archive_is_a_bomb(
    view: MailView, *, ratio: int = FileLimits().ratio, free_bytes: int = FileLimits().ratio_free_bytes
) -> Iterator[Hit]:
    """An archive unpacks to hundreds of times its size, or contains itself."""
    for file in view.files:
        # Logs and empty disk sectors pack well too: small ones are free, and none of them reaches this ratio.
        swells = file.unpacked_size > free_bytes and file.unpacked_size > ratio * max(1, file.size)
        if swells or file.contains_itself:
            yield Hit(
                summary=f"{file.filename or file.path} is an archive that unpacks without end",
                detail=f"{file.size:,} bytes packed, more than {file.unpacked_size:,} unpacked"
                + ("; holds a copy of itself" if file.contains_itself else ""),
                where=Where(part=file.part, file=file.path),
            )
