"""Detector: the EICAR test file, by which people check that scanning works."""

from __future__ import annotations

from collections.abc import Iterator

from mailcore.detector import Hit, Lifecycle, detector
from mailcore.verdict import Where
from mailcore.view import MailView


@detector(category="malware", weight=100.0, lifecycle=Lifecycle.STABLE, fixed=True)
def attachment_is_eicar_test_file(view: MailView) -> Iterator[Hit]:
    """An attachment, or a file in an archive, is the EICAR anti-malware test file."""
    for file in view.files:
        if file.eicar:
            yield Hit(
                summary=f"{file.filename or file.path} is the EICAR test file",
                detail="The standard file for testing malware scanners. It is harmless.",
                where=Where(part=file.part, file=file.path),
            )
