"""Detector: an archive that cannot be looked into."""

from __future__ import annotations

from collections.abc import Iterator

from mailcore.detector import Hit, Lifecycle, detector
from mailcore.verdict import Where
from mailcore.view import MailView
from workers import archives


@detector(category="attachment", weight=2.5, lifecycle=Lifecycle.STABLE)
def archive_is_encrypted(view: MailView) -> Iterator[Hit]:
    """An archive asks for a password, so nobody on the way could look into it."""
    for file in view.files:
        # Encrypted documents are left out: payslips and statements come like that every month.
        if file.encrypted and archives.is_archive(file.true_type):
            yield Hit(
                summary=f"{file.filename or file.path} is encrypted and could not be looked into",
                detail=f"{file.true_type}; {file.members} members listed",
                where=Where(part=file.part, file=file.path),
            )
