"""Which messages have files that may hold code: only these are worth a look."""

from __future__ import annotations

from mailcore.message import Message, Part
from workers.pool import Work

# Scripts, pages, old Office files and those with macros, and what may hold one of them. No pictures, no tables, no
# texts, and no OOXML without macros (Word runs none in it).
EXTENSIONS = frozenset(
    (
        *("js", "jse", "mjs", "vbs", "vbe", "wsf", "wsc", "wsh", "sct", "hta", "ps1", "psm1", "ps1xml", "bat", "cmd"),
        *("htm", "html", "xhtml", "shtml", "mht", "mhtml", "svg", "doc", "dot", "xls", "xlt", "xla", "ppt", "pot"),
        *("pps", "docm", "dotm", "xlsm", "xltm", "xlam", "xlsb", "pptm", "potm", "ppsm", "rtf", "pub", "one"),
        *("slk", "xlw", "pdf"),
        *("zip", "7z", "rar", "tar", "gz", "tgz", "bz2", "xz", "zst", "lzh", "arj", "cab", "iso", "img", "udf", "vhd"),
        *("vhdx", "wim", "jar", "eml", "msg", "dat"),
        # Programs, also those that unpack themselves; and what only a sandbox with virtual machines can run.
        *("exe", "scr", "com", "pif", "msi", "dll", "cpl", "ocx", "xll", "lnk"),
    )
)
TYPES = frozenset(
    {
        "application/javascript",
        "application/x-javascript",
        "text/javascript",
        "text/html",
        "application/xhtml+xml",
        "image/svg+xml",
        "application/zip",
        "application/x-zip-compressed",
        "application/x-7z-compressed",
        "application/x-rar-compressed",
        "application/vnd.rar",
        "application/msword",
        "application/pdf",
        "application/vnd.ms-excel",
        "application/vnd.ms-powerpoint",
        "application/ms-tnef",
        "message/rfc822",
        "application/x-msdownload",
        "application/x-dosexec",
        "application/vnd.microsoft.portable-executable",
    }
)


# Few PDF documents have a script, and to see that one has none costs less than a task of its own.
LIGHT_TYPE, LIGHT_EXTENSIONS = "application/pdf", ("pdf", "")
LIGHT_BYTES = 524_288


def work(message: Message) -> Work | None:
    """The attachments that may hold code; None where there are none. Light are small PDF documents alone, until one
    is seen to hold a script.
    """
    wanted = frozenset(message.attachments)
    parts = [part for part in message.parts if part.id in wanted and may_hold_code(part)]
    if not parts:
        return None
    light = sum(part.size for part in parts) <= LIGHT_BYTES and all(map(_is_light, parts))
    return Work(parts=tuple(part.id for part in parts), light=light)


def may_hold_code(part: Part) -> bool:
    """By the name, as Windows goes by it; by the declared type where there is no name with an extension."""
    extension = _extension(part)
    return extension in EXTENSIONS if extension else part.content_type.lower() in TYPES


def _is_light(part: Part) -> bool:
    """By name and declared type only: where they lie, the look in place takes longer, and finds no less."""
    return part.content_type.lower() == LIGHT_TYPE and _extension(part) in LIGHT_EXTENSIONS


def _extension(part: Part) -> str:
    name = part.filename.replace("\\", "/").rpartition("/")[2].lower().rstrip(". \t\u00a0")
    return name.rpartition(".")[2] if "." in name else ""
