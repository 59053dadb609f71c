"""What the pool has to do on a message: its pictures."""

from __future__ import annotations

from collections.abc import Callable

from mailcore.message import Message, Part
from workers.ocr.limits import ImageLimits
from workers.pool import Work

TYPES = frozenset(
    {
        "image/png",
        "image/x-png",
        "image/apng",
        "image/jpeg",
        "image/jpg",
        "image/pjpeg",
        "image/gif",
        "image/bmp",
        "image/x-ms-bmp",
        "image/x-bmp",
        "image/webp",
        "image/tiff",
    }
)
# Types under which mail programs send pictures that they do not know.
_VAGUE_TYPES = frozenset({"application/octet-stream", "application/binary", "image/*", "image/unknown", ""})
_EXTENSIONS = (".png", ".jpg", ".jpeg", ".jpe", ".jfif", ".gif", ".bmp", ".webp", ".tif", ".tiff")


def build_work(limits: ImageLimits) -> Callable[[Message], Work | None]:
    """`work` of the pool; what is a picture and worth a look, by the declared type, the name and the size."""

    def work(message: Message) -> Work | None:
        parts = tuple(part.id for part in message.parts if is_picture(part) and worth_reading(part, limits))
        return Work(parts=parts) if parts else None

    return work


def is_picture(part: Part) -> bool:
    kind = part.content_type.lower()
    return kind in TYPES or (kind in _VAGUE_TYPES and part.filename.lower().endswith(_EXTENSIONS))


def worth_reading(part: Part, limits: ImageLimits) -> bool:
    """False for pictures too small to hold a code; those that are too large are named as a problem later."""
    return part.size >= limits.least_bytes
