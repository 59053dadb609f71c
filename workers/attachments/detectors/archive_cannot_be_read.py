"""Detector: an archive that is damaged or of a kind that we cannot open."""

from __future__ import annotations

from collections.abc import Iterator

from mailcore.detector import Hit, Lifecycle, detector
from mailcore.verdict import Where
from mailcore.view import MailView
from workers import archives

# Kinds that nobody packs in any more but who wants to get past scanners; the common ones that are damaged are mostly
# an accident.
_RARE = frozenset(
    {
        "application/x-ace-compressed", "application/x-alz-compressed", "application/x-arj",
        "application/x-egg-compressed", "application/x-lha", "application/x-lzh-compressed", "application/x-zoo",
    }
)  # fmt: skip


@detector(category="attachment", weight=2.0, lifecycle=Lifecycle.STABLE)
def archive_cannot_be_read(view: MailView, *, rare_weight: float = 4.0) -> Iterator[Hit]:
    """An archive is damaged, or of a kind that cannot be opened here: its content was not looked at."""
    for file in view.files:
        # Encrypted ones have their own detector.
        unread = file.problem or (file.true_type in archives.UNOPENABLE and not file.members)
        if unread and archives.is_archive(file.true_type) and not file.encrypted:
            yield Hit(
                summary=f"{file.filename or file.path} could not be opened",
                detail=f"{file.true_type}: {file.problem or 'a kind of archive that cannot be opened here'}",
                where=Where(part=file.part, file=file.path),
                weight=rare_weight if file.true_type in _RARE else None,
            )
