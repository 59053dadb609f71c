"""The true type of a file: libmagic's word, and a closer look where libmagic is vague."""

from __future__ import annotations

import functools
import threading
from typing import Any

COMPILED_HELP = "application/vnd.ms-htmlhelp"

# First bytes that libmagic 5.44 calls something else or nothing, or where it depends on the order of zip members.
_SIGNATURES: tuple[tuple[bytes, str], ...] = (
    (b"MZ", "application/vnd.microsoft.portable-executable"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/x-ole-storage"),
    (b"L\x00\x00\x00\x01\x14\x02\x00\x00\x00\x00\x00\xc0\x00\x00\x00\x00\x00\x00F", "application/x-ms-shortcut"),
    (b"{\\rt", "text/rtf"),
    (b"\xe4\x52\x5c\x7b\x8c\xd8\xa7\x4d\xae\xb1\x53\x78\xd0\x29\x96\xd3", "application/msonenote"),
    (b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (b"Rar!\x1a\x07", "application/x-rar"),
    (b"MSCF\x00\x00\x00\x00", "application/vnd.ms-cab-compressed"),
    (b"ITSF", COMPILED_HELP),
    (b"vhdxfile", "application/x-virtualbox-vhdx"),
    (b"ALZ\x01", "application/x-alz-compressed"),
    (b"EGGA\x00\x01", "application/x-egg-compressed"),
)
# The same elsewhere in the file: disks say what they are in a footer of 512 bytes or behind 16 empty sectors.
_FOOTER = 512
_FOOTERS = ((b"conectix", "application/x-virtualbox-vhd"), (b"koly", "application/x-apple-diskimage"))
_VOLUME = slice(0x8000, 0xA000)  # volume recognition sequence of ECMA-167, which UDF is made of

PROGRAMS = frozenset(
    {
        "application/vnd.microsoft.portable-executable",
        "application/x-dosexec",
        "application/x-executable",
        "application/x-pie-executable",
        "application/x-sharedlib",
        "application/x-mach-binary",
        "application/x-msi",
        "application/java-archive",
        "application/x-java-applet",
        "application/vnd.android.package-archive",
    }
)

# Of these, the ones that are archives or databases.
PACKAGES = frozenset({"application/x-msi", "application/java-archive", "application/vnd.android.package-archive"})

WINDOWS_PROGRAM = "application/vnd.microsoft.portable-executable"
ENCRYPTED_OFFICE = "application/x-encrypted-ooxml"

OLE = frozenset(
    {
        "application/x-ole-storage",
        "application/msword",
        "application/vnd.ms-excel",
        "application/vnd.ms-powerpoint",
        "application/vnd.ms-outlook",
        "application/CDFV2",
        "application/vnd.visio",
        "application/vnd.ms-project",
    }
)

# Content types of OOXML main parts (ECMA-376 part 1, annex A; the macro ones are [MS-OFFMACRO2]) by their first folder.
_OOXML_FOLDERS = {
    "word/": ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", "word.document"),
    "xl/": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "excel.sheet"),
    "ppt/": ("application/vnd.openxmlformats-officedocument.presentationml.presentation", "powerpoint.presentation"),
    "visio/": ("application/vnd.ms-visio.drawing", "visio.drawing"),
}
MACRO_OOXML = frozenset(f"application/vnd.ms-{kind}.macroenabled.12" for _, kind in _OOXML_FOLDERS.values())
PLAIN_OOXML = frozenset(plain for plain, _ in _OOXML_FOLDERS.values())
OOXML = MACRO_OOXML | PLAIN_OOXML

# An end-of-central-directory record stands in the last 22 + 65,535 bytes of a zip file (APPNOTE 4.3.16).
_ZIP_TAIL = 66_000
_ZIP_LIKE_PREFIXES = ("application/vnd.openxmlformats-officedocument", "application/vnd.oasis.opendocument")


class _Libmagic:
    """One libmagic handle a process; python-magic locks around each call."""

    def __init__(self) -> None:
        import magic  # loads the magic database (about 1 MB): only processes that need it

        self._magic: Any = magic.Magic(mime=True)
        self._error: type[Exception] = magic.MagicException

    def media_type(self, head: bytes) -> str:
        try:
            return str(self._magic.from_buffer(head))
        except self._error:
            # libmagic gives up on a few inputs that are damaged on purpose: that is no type, not a failure.
            return "application/octet-stream"


_lock = threading.Lock()


@functools.cache
def _libmagic() -> _Libmagic:
    with _lock:
        return _Libmagic()


def true_type(data: bytes, *, type_bytes: int) -> str:
    """Media type by content; "application/octet-stream" where nothing is known, "application/x-empty" for nothing."""
    if not data:
        return "application/x-empty"
    kind = _libmagic().media_type(data[:type_bytes])
    for signature, known in _SIGNATURES:
        if data.startswith(signature):
            return _sharper(kind, known, data)
    # PDF readers look for the header in the first 1,024 bytes (ISO 32000-1, implementation note 13).
    if kind in ("application/octet-stream", "text/plain") and b"%PDF-" in data[:1024]:
        return "application/pdf"
    if kind == "application/octet-stream" and (disk := _disk(data)):
        return disk
    if kind in ("text/plain", "application/octet-stream", "text/xml") and looks_like_html(data):
        return "text/html"
    return kind


def _sharper(kind: str, known: str, data: bytes) -> str:
    """Between libmagic's word and a signature of ours."""
    if known == WINDOWS_PROGRAM:
        # "MZ" alone is also how a text may begin; libmagic knows a DOS or PE header when it sees one.
        return kind if kind.startswith(("text/", "message/")) else WINDOWS_PROGRAM
    if known == "application/x-ole-storage":
        if kind == "application/x-msi":
            return kind
        if "encrypted" in kind or _is_encrypted_package(data):
            return ENCRYPTED_OFFICE
        return kind if kind in OLE else known
    return known


def _disk(data: bytes) -> str:
    """The type of a disk image that libmagic does not know, "" where it is none."""
    for mark, kind in _FOOTERS:
        if data[-_FOOTER:].startswith(mark):
            return kind
    volume = data[_VOLUME]
    return "application/x-udf-image" if volume[1:6] == b"BEA01" and b"NSR0" in volume else ""


def _is_encrypted_package(data: bytes) -> bool:
    """True for an OLE file that holds an encrypted OOXML document ([MS-OFFCRYPTO] 2.3.1 names the stream)."""
    return "EncryptedPackage".encode("utf-16-le") in data


def looks_like_html(data: bytes) -> bool:
    """True when a browser that is given this file as text would see a page: WHATWG MIME Sniffing, section 7.1."""
    head = data[:1024].lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n\x0c").replace(b"\x00", b"").lower()
    if head.startswith(b"<?xml"):
        # XHTML: a browser shows it as a page, also under the name .xml.
        head = head.partition(b"?>")[2].lstrip()
    return head.startswith((b"<!doctype html", b"<html", b"<head", b"<body", b"<script", b"<iframe"))


def holds_zip(kind: str, data: bytes) -> bool:
    """True when a zip program would open this file, whatever its first bytes say (appended and prefixed zips)."""
    if kind in OOXML or kind.startswith(_ZIP_LIKE_PREFIXES):
        return True
    # What is nothing else may have any number of zeros behind it: programs that unpack look further up.
    tail = len(data) if kind == "application/octet-stream" else _ZIP_TAIL
    end = data.rfind(b"PK\x05\x06", max(0, len(data) - tail))
    # A record without entries, or one whose directory cannot be in the file, is a chance hit.
    if end < 0 or len(data) - end < 22:
        return False
    entries = int.from_bytes(data[end + 10 : end + 12], "little")
    size = int.from_bytes(data[end + 12 : end + 16], "little")
    return entries > 0 and (size <= end or size == 0xFFFFFFFF)


def end_of_zip(data: bytes) -> int:
    """Where the last end-of-central-directory record ends, with its comment; the end of the file where there is none.

    Only what is longer than libarchive looks is cut off.
    """
    end = data.rfind(b"PK\x05\x06")
    if end < 0 or len(data) - end < _ZIP_TAIL:
        return len(data)
    return end + 22 + int.from_bytes(data[end + 20 : end + 22], "little")


def ooxml_type(names: list[str], content_types: str) -> str:
    """Type of an OOXML file from its member names and its `[Content_Types].xml`; "" when it is none."""
    if "[Content_Types].xml" not in names:
        return ""
    for folder, (plain, kind) in _OOXML_FOLDERS.items():
        if any(name.startswith(folder) for name in names):
            macros = "macroenabled" in content_types.lower() or "vbaproject" in content_types.lower()
            return f"application/vnd.ms-{kind}.macroenabled.12" if macros else plain
    return ""
