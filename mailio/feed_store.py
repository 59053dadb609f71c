"""An imported list of links as one file, which all processes map: hashes of its entries, and when each was listed.

A file is a head (magic, size of the description, description as msgpack), then three columns: the sorted hashes (64
bits), an index by their first bits (32 bits each, in the order of bytes of this machine) and days since 1970 (16 bits,
0: unknown). That is 10.4 bytes an entry. Hashes are keyed with a secret of the installation: nobody can make an
address that has the hash of a listed one. One that is not listed is taken for one that is with a chance of n / 2^64,
1 in 1.8 million million at ten million entries.
"""

from __future__ import annotations

import hashlib
import mmap
import os
import secrets
import struct
import sys
import tempfile
from array import array
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import accumulate
from pathlib import Path
from typing import IO, TypeVar

import msgspec
from msgspec import Struct

HASH = 8  # bytes
SALT = 16
DAY = 86_400.0
LAST_DAY = 65_535  # in the year 2149
SUFFIX = ".feed"
_MAGIC = b"mailchord links 1" + (b"L" if sys.byteorder == "little" else b"B") + b"\n"
_SIZE = struct.Struct("<I")
_HEAD = 4_096  # bytes before the columns
_PARTS = 256  # of the hashes by their first byte, which are sorted one after the other
_PER_SLOT = 16  # entries of one slot of the index

Written = TypeVar("Written")


class FeedDamaged(Exception):
    """The file is no list of links, or not all of one: why, in words."""


class Description(Struct, frozen=True, kw_only=True):
    """What a file says of itself. Times are seconds since the epoch; `etag` and `modified` are the server's words.

    `source` is a hash of where it came from, which may have a key in it. `skipped` are lines that nobody understood.
    """

    name: str
    count: int
    slots: int
    salt: bytes
    imported_at: float
    source: bytes = b""
    etag: str = ""
    modified: str = ""
    skipped: int = 0


def hash_of(key: str, salt: bytes) -> bytes:
    """The hash of a key (`mailcore.link_addresses`)."""
    return hashlib.blake2b(key.encode("utf-8", "replace"), key=salt, digest_size=HASH).digest()


def path_of(directory: Path, name: str) -> Path:
    return directory / (name + SUFFIX)


def salt_of(directory: Path) -> bytes:
    """The secret of this installation, that the lists have which are there; a new one where there is none."""
    for path in sorted(directory.glob("*" + SUFFIX)):
        with suppress(OSError, FeedDamaged), path.open("rb") as file:
            return _read_description(file).salt
    return secrets.token_bytes(SALT)


class FeedWriter:
    """Gathers entries in memory, ten bytes each, and writes them as one file."""

    def __init__(self, salt: bytes) -> None:
        self.salt = salt
        self.added = 0
        self._parts = [bytearray() for _ in range(_PARTS)]

    def add(self, key: str, day: int) -> bytes:
        """`day` is the days since 1970 of its listing, 0 where nobody knows. Gives the hash of the key."""
        found = hash_of(key, self.salt)
        self._parts[found[0]] += found + day.to_bytes(2, "big")
        self.added += 1
        return found

    def write(self, path: Path, description: Description, *, today: int, before: FeedFile | None = None) -> Description:
        """Put the file in place of the one that is there, whole or not at all. Raises OSError.

        Entries without a date have the one of `before`, or `today`. What stands there twice counts once, with its first
        date. Gives the description with the count. The entries are gone from memory then.
        """
        days = array("H")
        slots = 1 << max(0, (self.added // _PER_SLOT).bit_length())

        def columns(file: IO[bytes]) -> Description:
            index = array("I", bytes(4 * (slots + 1)))
            shift = 64 - (slots.bit_length() - 1)
            file.seek(_HEAD)
            for number in range(_PARTS):
                part, self._parts[number] = self._parts[number], bytearray()
                hashes = bytearray()
                for found, day in _sorted(part):
                    hashes += found
                    index[(int.from_bytes(found, "big") >> shift) + 1] += 1
                    days.append(day or (before.day_of(found) if before is not None else None) or today)
                file.write(hashes)
            for slot, begin in enumerate(accumulate(index)):
                index[slot] = begin
            index.tofile(file)
            days.tofile(file)
            whole = msgspec.structs.replace(description, count=len(days), slots=slots, salt=self.salt)
            head = msgspec.msgpack.encode(whole)
            file.seek(0)
            file.write((_MAGIC + _SIZE.pack(len(head)) + head).ljust(_HEAD, b"\0"))
            return whole

        return write_whole(path, columns)


class FeedFile:
    """One file, mapped into memory. Raises FeedDamaged and OSError when it is opened, and nothing later."""

    def __init__(self, path: Path) -> None:
        with path.open("rb") as file:
            state = os.fstat(file.fileno())
            self.description = _read_description(file)
            count, slots = self.description.count, self.description.slots
            index_at = _HEAD + HASH * count
            days_at = index_at + 4 * (slots + 1)
            self.size = days_at + 2 * count
            if slots & (slots - 1) or slots < 1 or state.st_size != self.size:
                raise FeedDamaged("it does not have the size that it says")
            self._map = mmap.mmap(file.fileno(), self.size, access=mmap.ACCESS_READ)
        self.identity = identity(state)
        self.checked_at = state.st_mtime
        view = memoryview(self._map)
        self._index = view[index_at : index_at + 4 * (slots + 1)].cast("I")
        self._days = view[days_at : self.size].cast("H")
        self._shift = 64 - (slots.bit_length() - 1)

    def __len__(self) -> int:
        return self.description.count

    def day_of(self, found: bytes) -> int | None:
        """When that hash was listed, in days since 1970; None where it is not listed."""
        slot = int.from_bytes(found, "big") >> self._shift
        first = self._index[slot]
        start = _HEAD + HASH * first
        bucket = self._map[start : _HEAD + HASH * self._index[slot + 1]]
        at = bucket.find(found)
        while at % HASH:  # -1 too: of it the rest is 7
            if at < 0:
                return None
            at = bucket.find(found, at + 1)
        place = first + at // HASH
        return self._days[place] if place < len(self._days) else None


def identity(state: os.stat_result) -> tuple[int, int, int]:
    """What changes when another file takes the place of one, or its time is set."""
    return state.st_ino, state.st_size, state.st_mtime_ns


def write_whole(path: Path, write: Callable[[IO[bytes]], Written]) -> Written:
    """Write a file beside that one, make it safe on its medium, and put it in place. Raises OSError."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            written = write(file)
            file.flush()
            os.fchmod(file.fileno(), 0o644)
            os.fsync(file.fileno())
        os.replace(name, path)
    except BaseException:
        with suppress(FileNotFoundError):
            os.unlink(name)
        raise
    directory = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)
    return written


def _read_description(file: IO[bytes]) -> Description:
    head = file.read(len(_MAGIC) + _SIZE.size)
    if not head.startswith(_MAGIC) or len(head) < len(_MAGIC) + _SIZE.size:
        raise FeedDamaged("it is no list of links, or one of another machine")
    size = _SIZE.unpack(head[len(_MAGIC) :])[0]
    try:
        description = msgspec.msgpack.decode(file.read(min(size, _HEAD)), type=Description)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise FeedDamaged("its description cannot be read") from None
    if description.count < 0 or len(description.salt) != SALT:
        raise FeedDamaged("its description makes no sense")
    return description


def _sorted(part: bytearray) -> Iterator[tuple[bytes, int]]:
    """Hashes and days, each hash once, with the first day that is known."""
    records = bytes(part)
    last, first_day = b"", 0
    for record in sorted(records[at : at + HASH + 2] for at in range(0, len(records), HASH + 2)):
        day = int.from_bytes(record[HASH:], "big")
        if record[:HASH] == last:
            first_day = first_day or day
            continue
        if last:
            yield last, first_day
        last, first_day = record[:HASH], day
    if last:
        yield last, first_day
