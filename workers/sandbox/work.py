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


def work(message: Message) -> Work | None:
    """The attachments that may hold code, never light; None where there are none."""
    wanted = frozenset(message.attachments)
    parts = tuple(part.id for part in message.parts if part.id in wanted and may_hold_code(part))
    return Work(parts=parts) if parts else None


def may_hold_code(part: Part) -> bool:
    """By the name, as Windows goes by it; by the declared type where there is no name with an extension."""
    name = part.filename.replace("\\", "/").rpartition("/")[2].lower().rstrip(". \t\u00a0")
    _, dot, extension = name.rpartition(".")
    return extension in EXTENSIONS if dot else part.content_type.lower() in TYPES
