"""What the pool has to do on a message: pictures, files that may hold some, codes drawn with cells or characters."""

from __future__ import annotations

from collections.abc import Callable

from mailcore.message import Message, Part
from workers.ocr.blocks import may_hold_code
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
EXTENSIONS = (".png", ".jpg", ".jpeg", ".jpe", ".jfif", ".gif", ".bmp", ".webp", ".tif", ".tiff", ".apng")

# Files in which there may be pictures.
HOLDER_TYPES = frozenset(
    {
        "application/pdf",
        "application/x-pdf",
        "application/zip",
        "application/x-zip",
        "application/x-zip-compressed",
        "application/x-7z-compressed",
        "application/x-rar",
        "application/x-rar-compressed",
        "application/vnd.rar",
        "application/gzip",
        "application/x-gzip",
        "application/x-tar",
        "application/rtf",
        "text/rtf",
        "application/msword",
        "application/vnd.ms-excel",
        "application/vnd.ms-powerpoint",
        "application/xhtml+xml",
        "image/svg+xml",
    }
)
_HOLDER_FAMILIES = ("application/vnd.openxmlformats-officedocument.", "application/vnd.oasis.opendocument.")
HOLDER_EXTENSIONS = (
    ".pdf", ".zip", ".7z", ".rar", ".tar", ".gz", ".tgz", ".bz2", ".xz", ".zst", ".cab", ".iso", ".docx", ".docm",
    ".dotx", ".xlsx", ".xlsm", ".pptx", ".pptm", ".ppsx", ".doc", ".xls", ".ppt", ".rtf", ".odt", ".ods", ".odp",
    ".svg", ".htm", ".html", ".xhtml", ".shtml", ".eml", ".ics",
)  # fmt: skip
# Invitations may hold pictures: the smallest code, in base64, has 500 bytes.
_CALENDAR_TYPES = frozenset({"text/calendar", "application/ics"})
_LEAST_CALENDAR_BYTES = 600
_LIGHT_BYTES = 131_072
_VAGUE_EXTENSIONS = frozenset({"", "dat"})
# Rows of a table, or of boxes, with many cells: the smallest code has 21.
LEAST_ROWS = 12


def build_work(limits: ImageLimits) -> Callable[[Message], Work | None]:
    """`work` of the pool; what is a picture or may hold one, by the declared type, the name and the size.

    Light are invitations alone: hardly one holds a picture, and to see that costs less than a task of its own.
    """

    def work(message: Message) -> Work | None:
        parts = [part for part in message.parts if is_wanted(part, message, limits)]
        # Characters are in the text that everybody has.
        drawn = may_hold_code(message.text)
        if not parts and not drawn:
            return None
        return Work(parts=tuple(part.id for part in parts), light=not drawn and all(map(_is_light, parts)))

    return work


def is_wanted(part: Part, message: Message, limits: ImageLimits) -> bool:
    """Whether the pool looks at the bytes of that part."""
    if part.id in message.html_parts:
        return holds_drawing(message)
    return worth_reading(part, limits) and (is_picture(part) or is_holder(part, message))


def is_picture(part: Part) -> bool:
    kind = part.content_type.lower()
    return kind in TYPES or (kind in _VAGUE_TYPES and part.filename.lower().endswith(EXTENSIONS))


def is_holder(part: Part, message: Message) -> bool:
    """Whether it is an attachment in which pictures may be."""
    kind = part.content_type.lower()
    if part.is_container or part.id not in message.attachments:
        return False
    if kind in HOLDER_TYPES or kind.startswith(_HOLDER_FAMILIES) or kind in ("text/html", "message/rfc822"):
        return True
    if kind in _CALENDAR_TYPES:
        return part.size >= _LEAST_CALENDAR_BYTES
    # Without a word of what it is, mail programs and people look into it.
    if kind in _VAGUE_TYPES and _extension(part.filename) in _VAGUE_EXTENSIONS:
        return True
    return not kind.startswith(("text/", "image/")) and part.filename.lower().endswith(HOLDER_EXTENSIONS)


def _is_light(part: Part) -> bool:
    """By the declared type only: where it lies, the look in place takes longer, and finds no less."""
    return part.content_type.lower() in _CALENDAR_TYPES and part.size <= _LIGHT_BYTES


def _extension(filename: str) -> str:
    return filename.rpartition(".")[2].lower() if "." in filename else ""


def holds_drawing(message: Message) -> bool:
    """Whether there is a picture in the HTML itself, or what may be a code of cells or characters."""
    html = message.html
    return (
        html.inline_pictures > 0
        or html.long_rows >= LEAST_ROWS
        or may_hold_code(message.html_text)
        or may_hold_code(html.hidden_text)
    )


def worth_reading(part: Part, limits: ImageLimits) -> bool:
    """False for pictures too small to hold a code; those that are too large are named as a problem later."""
    return part.size >= limits.least_bytes
