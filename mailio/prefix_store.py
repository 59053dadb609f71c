"""Lists of Safe Browsing as one file, which all processes map: first four bytes of hashes, sorted, a column a list.

A file is a head (magic, size of the description, description as msgpack), then the columns, 4 bytes an entry in the
order of bytes of this machine: one of all lists together, in which is looked, then one of each, to which changes are
made.
"""

from __future__ import annotations

import hashlib
import mmap
import os
import struct
import sys
from array import array
from bisect import bisect_left
from collections.abc import Mapping
from heapq import merge
from itertools import groupby
from pathlib import Path
from typing import IO

import msgspec
from msgspec import Struct, structs

from mailio.feed_store import FeedDamaged, identity, write_whole

SUFFIX = ".prefixes"
PREFIX = 4  # bytes
_MAGIC = b"mailchord prefixes 1" + (b"L" if sys.byteorder == "little" else b"B") + b"\n"
_SIZE = struct.Struct("<I")
_HEAD = 16_384  # bytes before the columns
_MOST_LISTS = 20


class PrefixList(Struct, frozen=True, kw_only=True):
    """One list: `version` is what its server calls this state of it, which is sent back as it came."""

    name: str
    count: int
    version: bytes = b""


class PrefixDescription(Struct, frozen=True, kw_only=True):
    """What a file says of itself. `source` is a hash of where it came from; `imported_at` seconds since the epoch.

    `together` are the entries of all lists, each once.
    """

    name: str
    imported_at: float
    lists: tuple[PrefixList, ...]
    together: int = 0
    source: bytes = b""
    skipped: int = 0


def prefixes_path(directory: Path, name: str) -> Path:
    return directory / (name + SUFFIX)


def checksum(numbers: array[int]) -> bytes:
    """SHA-256 of all prefixes in their order, as the server counts it: bytes of the hashes, the first one first."""
    if sys.byteorder == "big":
        return hashlib.sha256(numbers.tobytes()).digest()
    swapped = array("I", numbers)
    swapped.byteswap()
    return hashlib.sha256(swapped.tobytes()).digest()


def write_prefixes(path: Path, description: PrefixDescription, columns: Mapping[str, array[int]]) -> PrefixDescription:
    """Put the file in place of the one that is there, whole or not at all. Raises OSError."""
    together = array("I", (number for number, _ in groupby(merge(*(columns[each.name] for each in description.lists)))))
    whole = structs.replace(description, together=len(together))

    def write(file: IO[bytes]) -> PrefixDescription:
        head = msgspec.msgpack.encode(whole)
        file.write((_MAGIC + _SIZE.pack(len(head)) + head).ljust(_HEAD, b"\0"))
        for column in (together, *(columns[each.name] for each in whole.lists)):
            column.tofile(file)
        return whole

    return write_whole(path, write)


class PrefixFile:
    """One file, mapped into memory. Raises FeedDamaged and OSError when it is opened, and nothing later."""

    def __init__(self, path: Path) -> None:
        with path.open("rb") as file:
            state = os.fstat(file.fileno())
            self.description = _read_description(file)
            together = self.description.together
            self.size = _HEAD + PREFIX * (together + sum(each.count for each in self.description.lists))
            if state.st_size != self.size:
                raise FeedDamaged("it does not have the size that it says")
            view = memoryview(mmap.mmap(file.fileno(), self.size, access=mmap.ACCESS_READ))
        self.identity = identity(state)
        self.checked_at = state.st_mtime
        self._columns: dict[str, memoryview[int]] = {}
        at = _HEAD + PREFIX * together
        self._together: memoryview[int] = view[_HEAD:at].cast("I")
        for each in self.description.lists:
            self._columns[each.name] = view[at : at + PREFIX * each.count].cast("I")
            at += PREFIX * each.count

    def __len__(self) -> int:
        return sum(map(len, self._columns.values()))

    def has(self, prefix: bytes) -> bool:
        """Whether one of the lists has these four bytes."""
        number = int.from_bytes(prefix, "big")
        at = bisect_left(self._together, number)
        return at < len(self._together) and self._together[at] == number

    def numbers(self, name: str) -> array[int]:
        """The prefixes of one list, as numbers in ascending order; none where it is not there."""
        found = array("I")
        if name in self._columns:
            found.frombytes(self._columns[name].tobytes())
        return found


def _read_description(file: IO[bytes]) -> PrefixDescription:
    head = file.read(_HEAD)
    if not head.startswith(_MAGIC) or len(head) < _HEAD:
        raise FeedDamaged("it is no list of prefixes, or one of another machine")
    size = _SIZE.unpack_from(head, len(_MAGIC))[0]
    start = len(_MAGIC) + _SIZE.size
    try:
        description = msgspec.msgpack.decode(head[start : start + size], type=PrefixDescription)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise FeedDamaged("its description cannot be read") from None
    if len(description.lists) > _MOST_LISTS or min(
        0, description.together, *(each.count for each in description.lists)
    ):
        raise FeedDamaged("its description makes no sense")
    return description
