"""Files that are two things at once: a picture that is a script, a PDF that is an archive to its last byte.

Each program sees what it looks for, and who judges the one does not see the other.
"""

from __future__ import annotations

import re

from msgspec import structs

from mailcore.view import FileFacts
from workers.attachments import types
from workers.attachments.budget import Budget
from workers.attachments.members import Members, Opening, whole
from workers.attachments.reading import Reading
from workers.attachments.signs import Signs
from workers.attachments.windows_programs import ARCHIVES, begins_archive

SECOND_TYPE = "file.second_type"

_SEARCHED = 16_777_216
_MOST = 3
# Programs are spared: installers carry archives. So are archives (a stored PDF is their first member) and Office files.
_SINGLE = ("image/", "audio/", "video/", "font/", "application/pdf", "text/html", "text/rtf", "application/gzip")
_MARKUP = re.compile(
    rb"<script[\s>]|<hta:application|<!doctype html|<html[\s>]|<\?php\s|<job[\s>]{1,4}<script", re.IGNORECASE
)
# A picture whose first bytes after the signature open a comment or an assignment of JavaScript.
_SCRIPT_HEAD = re.compile(
    rb"(?:GIF8[79]a|BM|\xff\xd8\xff\xe0|RIFF)(?:/\*|=[\x00-\x20]{0,40}[0-9\"'/(]).{0,65536}?(?:\*/|;)", re.DOTALL
)
_LEAST_BEFORE = 16
# What libmagic makes of an archive with something before it.
_NOTHING = ("application/octet-stream", "text/")
_PDF_HEAD = 1_024
# The header of a page in one file (MHTML), and of the part in which Word saves macros: a PDF may well hold a mail.
_WEB_ARCHIVE = re.compile(rb"^mime-version:", re.IGNORECASE | re.MULTILINE)
_WEB_ARCHIVE_MACROS = re.compile(rb"^content-type:[ \t]{0,8}application/x-mso", re.IGNORECASE | re.MULTILINE)
_COMMENT = 65_535
_PE_HEADER = b"PE\x00\x00"


def is_single(facts: FileFacts, _data: bytes) -> bool:
    """What is one thing by its nature, and no text (SVG pictures are pages anyway)."""
    return facts.true_type.startswith(_SINGLE) and facts.true_type != "image/svg+xml"


def read(data: bytes, facts: FileFacts, _budget: Budget) -> Reading:
    """Signs of a second type."""
    signs = Signs()
    if ends_as_zip(data):
        signs.add(SECOND_TYPE, f"{facts.true_type}, and a zip archive to its last byte")
    if facts.true_type != "application/pdf" and b"%PDF-" in data[:_PDF_HEAD]:
        signs.add(SECOND_TYPE, f"{facts.true_type}, and a PDF document")
    if facts.true_type == "application/pdf" and _WEB_ARCHIVE.search(data) and _WEB_ARCHIVE_MACROS.search(data):
        signs.add(SECOND_TYPE, "application/pdf, and a document of Word with macros, saved as a web page")
    if facts.true_type.startswith(("image/", "audio/", "video/", "font/", "application/gzip")):
        markup = _MARKUP.search(data[:_SEARCHED])
        if markup:
            signs.add(SECOND_TYPE, f"{facts.true_type}, and a page: {markup[0].decode('latin-1')}")
        if _SCRIPT_HEAD.match(data[:_SEARCHED]):
            signs.add(SECOND_TYPE, f"{facts.true_type}, and a script that begins with its signature")
    if _has_pictures_end(facts):
        for _, extension in _appended(data):
            signs.add(SECOND_TYPE, f"{facts.true_type}, and a file of type {extension} behind it")
    return Reading(structs.replace(facts, signs=signs.after(facts.signs)))


def has_appended(facts: FileFacts, data: bytes) -> bool:
    if facts.true_type.startswith(_NOTHING):
        return any(signature in data for signature in ARCHIVES)
    return _has_pictures_end(facts) and any(signature in data for signature in (*ARCHIVES, _PE_HEADER))


def members(data: bytes, facts: FileFacts, _opening: Opening) -> Members:
    """Archives and programs behind a picture, archives behind what is nothing: programs that unpack look for where
    one begins. A zip there is opened as one anyway.
    """
    found = _archives(data) if facts.true_type.startswith(_NOTHING) else _appended(data)
    for number, (position, extension) in enumerate(found, 1):
        yield whole(f"appended-{number}.{extension}", data[position:])


def ends_as_zip(data: bytes) -> bool:
    """A zip whose end record, with its comment, is the end of the file: what is embedded in a document is not."""
    if data.startswith(b"PK") or not types.holds_zip("", data):
        return False
    end = data.rfind(b"PK\x05\x06", max(0, len(data) - _COMMENT - 22))
    comment = int.from_bytes(data[end + 20 : end + 22], "little")
    return end >= 0 and 0 <= len(data) - (end + 22 + comment) <= 2


def _has_pictures_end(facts: FileFacts) -> bool:
    return facts.true_type.startswith("image/") and facts.true_type != "image/svg+xml"


def _appended(data: bytes) -> list[tuple[int, str]]:
    """Where archives and programs begin in what should be a picture only."""
    found = _archives(data)
    mark = data.find(_PE_HEADER, 64)
    for _ in range(_MOST):
        if mark < 0:
            break
        start = _program_before(data, mark)
        if start > 0:
            found.append((start, "exe"))
            break
        mark = data.find(_PE_HEADER, mark + 4)
    return found


def _archives(data: bytes) -> list[tuple[int, str]]:
    found: list[tuple[int, str]] = []
    for signature, extension in ARCHIVES.items():
        position = data.find(signature, _LEAST_BEFORE)
        if position > 0 and begins_archive(data, position):
            found.append((position, extension))
    return found


def _program_before(data: bytes, mark: int) -> int:
    """Where the DOS header that points at this PE header begins; -1 where there is none."""
    start = data.rfind(b"MZ", max(0, mark - 4_096), mark)
    while start >= 0:
        if start + int.from_bytes(data[start + 60 : start + 64], "little") == mark:
            return start
        start = data.rfind(b"MZ", max(0, mark - 4_096), start)
    return -1
