"""Where the directory of a zip archive stands, and archives whose members say that they are no files.

A member that is marked as a link, a device or a folder of Unix is a file for Windows all the same, which does not look
at that mark (APPNOTE 4.4.15: external file attributes). Who reads archives as Unix does would not see it.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from msgspec import Struct

ENTRIES = 100_000
_END = struct.Struct("<4s4xHHIIH")
_LOCATOR, _END_64 = struct.Struct("<4s4xQ4x"), struct.Struct("<4s20x8xQQQ")
_ENTRY = struct.Struct("<4sBB2xHH4xIIIHHH4xII")
_IN_64 = 0xFFFFFFFF
_UNIX = 3
_TYPE, _FILE, _FOLDER, _LINK = 0o170000, 0o100000, 0o040000, 0o120000
_TYPE_BITS = 16
LINK_BYTES = 4_096  # the longest target of a link (PATH_MAX)


class Directory(Struct, frozen=True):
    """`begin`: where the archive begins, from which offsets count; `start` and `end` of the directory in the file."""

    begin: int
    start: int
    end: int
    count: int


class Entry(Struct, frozen=True):
    """A member as the directory lists it; `position` is that of its entry in the file, `mode` that of Unix."""

    position: int
    name: bytes
    flags: int
    method: int
    crc: int
    packed: int
    size: int
    offset: int
    mode: int


def directory(data: bytes) -> Directory | None:
    """None where there is none, or it cannot be in this file."""
    end = data.rfind(b"PK\x05\x06")
    if end < 0 or len(data) - end < _END.size:
        return None
    _, _, count, size, position, _ = _END.unpack_from(data, end)
    if _IN_64 in (position, size) or count == _IN_64 & 0xFFFF:
        found = _directory_64(data, end)
        if found is not None:
            end, count, size, position = found
    if position + size > end:
        return None
    behind = end - size
    # Something stands before the archive: its directory is nearer to the end than it says.
    moved = not data.startswith(b"PK\x01\x02", position) and data.startswith(b"PK\x01\x02", behind)
    return Directory(behind - position if moved else 0, behind if moved else position, end, count)


def _directory_64(data: bytes, end: int) -> tuple[int, int, int, int] | None:
    """The same of zip64 (APPNOTE 4.3.14, 4.3.15), which stands before the record of the old kind."""
    locator = end - _LOCATOR.size
    if locator < 0 or not data.startswith(b"PK\x06\x07", locator):
        return None
    start = data.rfind(b"PK\x06\x06", 0, locator)
    if start < 0 or start + _END_64.size > locator:
        return None
    _, count, size, position = _END_64.unpack_from(data, start)
    return start, count, size, position


def entries(data: bytes, found: Directory | None, *, most: int = ENTRIES) -> Iterator[Entry]:
    """What the directory lists, up to what is no entry."""
    if found is None:
        return
    position = found.start
    for _ in range(min(found.count, most)):
        if position + _ENTRY.size > found.end:
            return
        magic, _, system, flags, method, crc, packed, size, name, extra, comment, attributes, offset = (
            _ENTRY.unpack_from(data, position)
        )
        if magic != b"PK\x01\x02":
            return
        named = data[position + 46 : position + 46 + name]
        # Other systems write something else there (APPNOTE 4.4.2.2).
        mode = attributes >> _TYPE_BITS if system == _UNIX else 0
        yield Entry(position, named, flags, method, crc, packed, size, found.begin + offset, mode)
        position += 46 + name + extra + comment


def as_files(data: bytes) -> tuple[bytes, frozenset[str]]:
    """The same archive with all members marked as files, and the names of those that were marked as links.

    Folders whose names say so stay folders.
    """
    patched: bytearray | None = None
    links: set[str] = set()
    for entry in entries(data, directory(data)):
        is_link = _is_link(entry)
        if is_link:
            links.add(entry.name.decode("utf-8", "replace"))
        if is_link or is_no_file(entry):
            patched = bytearray(data) if patched is None else patched
            patched[entry.position + 5] = 0
            patched[entry.position + 38 : entry.position + 42] = bytes(4)
    return bytes(patched) if patched is not None else data, frozenset(links)


def is_no_file(entry: Entry) -> bool:
    """A member that is marked as what no archive holds: a device, a folder without a slash, a link of many bytes."""
    kind = entry.mode & _TYPE
    return not (kind in (0, _FILE) or _is_link(entry) or (kind == _FOLDER and entry.name.endswith(b"/")))


def _is_link(entry: Entry) -> bool:
    return entry.mode & _TYPE == _LINK and entry.size <= LINK_BYTES
