"""Detector: a disk image is attached."""

from __future__ import annotations

from collections.abc import Iterator

from mailcore.detector import Hit, Lifecycle, detector
from mailcore.verdict import Where
from mailcore.view import MailView
from workers.attachments import names

_TYPES = frozenset(
    {
        "application/x-apple-diskimage", "application/x-iso9660-image", "application/x-udf-image", "application/x-vhd",
        "application/x-virtualbox-vhd", "application/x-virtualbox-vhdx",
    }
)  # fmt: skip
_EXTENSIONS = frozenset({"iso", "img", "vhd", "vhdx", "udf", "dmg"})


@detector(category="malware", weight=5.0, lifecycle=Lifecycle.STABLE)
def attachment_is_disk_image(view: MailView) -> Iterator[Hit]:
    """A disk image is attached: Windows opens it by a double click, without the warning for files from the net."""
    for file in view.files:
        by_name = names.extension(file.filename) in _EXTENSIONS and not file.true_type.startswith(("text/", "image/"))
        # "photo.img" that is a picture, "iso" notes that are text: named by people who mean something else.
        if file.true_type in _TYPES or by_name:
            yield Hit(
                summary=f"{file.filename or file.path} is a disk image",
                detail=f"Type by content: {file.true_type}; {file.size:,} bytes; {file.members} members",
                where=Where(part=file.part, file=file.path),
            )
