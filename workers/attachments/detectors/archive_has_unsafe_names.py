"""Detector: an archive that would write outside of the folder where it is unpacked."""

from __future__ import annotations

from collections.abc import Iterator

from mailcore.detector import Hit, Lifecycle, detector
from mailcore.verdict import Where
from mailcore.view import MailView


@detector(category="malware", weight=5.0, lifecycle=Lifecycle.STABLE)
def archive_has_unsafe_names(view: MailView) -> Iterator[Hit]:
    """Members of an archive are named so that unpacking writes elsewhere: /etc/x, ..\\..\\x, C:\\x."""
    for file in view.files:
        if file.unsafe_member_names:
            yield Hit(
                summary=f"{file.filename or file.path} would write outside of its folder when it is unpacked",
                detail="; ".join(ascii(name) for name in file.unsafe_member_names),
                where=Where(part=file.part, file=file.path),
            )
