"""Compound files (OLE2, [MS-CFB]): the streams of .doc, .xls, .ppt, .msg and vbaProject.bin, with hard bounds.

Read flat, as a list of directory entries: the tree and its order do not matter here, and orphans are seen too.
Libraries follow the sector chains that a file claims; here no chain is longer than the file itself.
"""

from __future__ import annotations

import struct
from array import array
from collections.abc import Iterator
from itertools import islice

from msgspec import Struct

MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
STORAGE, STREAM, ROOT = 1, 2, 5

# Name, bytes of the name, type, ..., class, ..., first sector, size (2.6.1).
_ENTRY = struct.Struct("<64sHB13x16s20xIQ")
_ENTRIES = 10_000
_SAME_NAME = 20
_LARGEST_REGULAR_SECTOR = 0xFFFFFFFA


class DamagedFile(Exception):
    """The bytes are not what their header says."""


class Entry(Struct, frozen=True):
    """One directory entry; `kind` is STORAGE, STREAM or ROOT. `class_id` is who made a storage, 16 bytes as stored."""

    name: str
    kind: int
    start: int
    size: int
    class_id: bytes = b""


class CompoundFile:
    """The entries of a compound file and their content; raises DamagedFile for what is none."""

    def __init__(self, data: bytes) -> None:
        if len(data) < 512 or not data.startswith(MAGIC):
            raise DamagedFile("no compound file")
        self._data = data
        self._shift = int.from_bytes(data[30:32], "little")
        self._mini_shift = int.from_bytes(data[32:34], "little")
        if self._shift not in (9, 12) or self._mini_shift != 6:
            raise DamagedFile("odd sector size")
        self._cutoff = int.from_bytes(data[56:60], "little")
        self._sectors = (len(data) >> self._shift) + 1
        self._fat = self._read_fat()
        self._mini_fat = _numbers(self._chain(int.from_bytes(data[60:64], "little")))
        self.entries = tuple(self._read_entries())
        self._mini_stream: bytes | None = None
        # Streams may claim the same sectors: what is read in all stays near the size of the file.
        self._bytes_left = 2 * len(data) + 65_536

    def streams(self) -> Iterator[Entry]:
        return (entry for entry in self.entries if entry.kind == STREAM)

    def has(self, *names: str) -> bool:
        """True when there is an entry of one of these names (case does not count, 2.6.4)."""
        wanted = {name.lower() for name in names}
        return any(entry.name.lower() in wanted for entry in self.entries)

    def find(self, name: str) -> Entry | None:
        return next((entry for entry in self.streams() if entry.name.lower() == name.lower()), None)

    def named(self, *names: str) -> Iterator[Entry]:
        """Streams of these names, of the document and of the documents in it, at most _SAME_NAME."""
        wanted = {name.lower() for name in names}
        return islice((entry for entry in self.streams() if entry.name.lower() in wanted), _SAME_NAME)

    def read(self, entry: Entry) -> bytes:
        """The bytes of a stream, or as much of them as is there."""
        size = min(entry.size, len(self._data), self._bytes_left)
        content = self._read_mini(entry.start, size) if entry.size < self._cutoff else self._read(entry.start, size)
        self._bytes_left -= len(content)
        return content

    def _read_fat(self) -> array[int]:
        """The allocation table, whose sectors are named in the header and in the DIFAT chain (2.5.1)."""
        named = list(_numbers(self._data[76:512]))
        sector, left = int.from_bytes(self._data[68:72], "little"), self._sectors
        while sector < _LARGEST_REGULAR_SECTOR and left > 0:
            numbers = _numbers(self._sector(sector))
            if not numbers:
                break
            named.extend(numbers[:-1])
            sector, left = numbers[-1], left - 1
        table = array("I")
        for number in named[: self._sectors]:
            if number < _LARGEST_REGULAR_SECTOR:
                table.extend(_numbers(self._sector(number)))
            if len(table) > self._sectors + 1024:
                break
        return table

    def _read_entries(self) -> Iterator[Entry]:
        directory = self._chain(int.from_bytes(self._data[48:52], "little"))
        for offset in range(0, min(len(directory), _ENTRIES * 128) - 127, 128):
            name, length, kind, class_id, start, size = _ENTRY.unpack_from(directory, offset)
            if kind in (STORAGE, STREAM, ROOT):
                # Version 3 files may hold rubbish in the upper half of the size (2.6.3).
                size = size & 0xFFFFFFFF if self._shift == 9 else size
                text = name[: max(0, min(length, 64) - 2)].decode("utf-16-le", "replace")
                yield Entry(text, kind, start, size, class_id)

    def _sector(self, number: int) -> bytes:
        begin = (number + 1) << self._shift
        return self._data[begin : begin + (1 << self._shift)]

    def _chain(self, start: int) -> bytes:
        return self._read(start, len(self._data))

    def _read(self, start: int, size: int) -> bytes:
        """At most `size` bytes along a chain of sectors."""
        found: list[bytes] = []
        sector, length = start, 0
        # A chain that is longer than the file runs in a circle.
        while length < size and sector < len(self._fat) and len(found) < self._sectors:
            found.append(self._sector(sector))
            length += 1 << self._shift
            sector = self._fat[sector]
        return b"".join(found)[:size]

    def _read_mini(self, start: int, size: int) -> bytes:
        """The same for short streams, whose 64-byte sectors lie in the root entry's stream (2.4)."""
        if self._mini_stream is None:
            root = next((entry for entry in self.entries if entry.kind == ROOT), None)
            self._mini_stream = self._read(root.start, min(root.size, len(self._data))) if root else b""
        found: list[bytes] = []
        sector, step = start, 1 << self._mini_shift
        while len(found) * step < size and sector < len(self._mini_fat):
            begin = sector << self._mini_shift
            found.append(self._mini_stream[begin : begin + step])
            sector = self._mini_fat[sector]
        return b"".join(found)[:size]


def opened(data: bytes, *, size: int, most: int) -> CompoundFile | None:
    """The file; None where it is damaged, or larger than `most`: what looks for macros in it has said so already."""
    if size > most:
        return None
    try:
        return CompoundFile(data)
    except DamagedFile:
        return None


def _numbers(data: bytes) -> array[int]:
    numbers = array("I")
    numbers.frombytes(data[: len(data) // 4 * 4])
    return numbers
