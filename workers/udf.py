"""Disk images with a file system of UDF (ECMA-167, OSTA UDF 1.02 to 2.01): what a double click shows as a drive.

libarchive reads ISO 9660 only, and Windows shows the UDF side of an image that has both. Read are plain partitions;
virtual ones and those with metadata files (2.50 and later) are named as unread.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from msgspec import Struct

SECTOR = 2_048
_RECOGNITION = slice(16 * SECTOR, 32 * SECTOR)  # volume recognition sequence (ECMA-167 2/8.3)
_ANCHOR, _PARTITION, _VOLUME, _END = 2, 5, 6, 8  # descriptor tags (3/7.2.1)
_FILE_SET, _NAME, _ENTRY, _EXTENDED_ENTRY = 256, 257, 261, 266  # (4/7.2.1)
_DIRECTORY, _DELETED, _PARENT = 2, 4, 8  # file characteristics (4/14.4.3)
_SHORT, _LONG, _INSIDE = 0, 1, 3  # where the content is described (4/14.6.8)
_UTF16 = 16  # OSTA compressed Unicode, else 8 bits a character (UDF 2.1.1)

_DESCRIPTORS = 64
_ENTRIES = 20_000
_DEPTH = 32
_DIRECTORY_BYTES = 4_194_304
_EXTENTS = 65_536
_BLOCK = 65_536


class DamagedImage(Exception):
    """Not what its descriptors say, or of a kind that is not read here."""


class ImageFile(Struct, frozen=True):
    """A file: its path in the image, and where its description is (a logical block)."""

    name: str
    block: int


class _Described(Struct, frozen=True):
    """What a file entry says: `extents` are (offset in the image or -1 for zeros, bytes), `inside` is content in it."""

    size: int
    extents: tuple[tuple[int, int], ...]
    inside: bytes


def is_udf(data: bytes) -> bool:
    """Whether there is a file system of UDF, beside one of ISO 9660 or alone."""
    volume = data[_RECOGNITION]
    return b"BEA01" in volume and b"NSR0" in volume


class Image:
    """The files of an image; raises DamagedImage."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        try:
            self._read_volume()
        except (struct.error, ValueError, IndexError) as error:
            raise DamagedImage(f"its descriptors are damaged: {error}") from error

    def files(self) -> Iterator[ImageFile]:
        """Every file, folder after folder. Raises DamagedImage at the end where some were left out."""
        folders = [("", self._root, 0)]
        seen = {self._root}
        left = _ENTRIES
        for path, block, depth in folders:
            for name, flags, target in self._names(block):
                left -= 1
                if left < 0:
                    raise DamagedImage(f"more than {_ENTRIES:,} names")
                if not flags & _DIRECTORY:
                    yield ImageFile(path + name, target)
                elif target not in seen:  # a folder in itself is read once
                    if depth >= _DEPTH:
                        raise DamagedImage(f"more than {_DEPTH} folders in one another")
                    seen.add(target)
                    folders.append((f"{path}{name}/", target, depth + 1))

    def read(self, file: ImageFile) -> Iterator[bytes]:
        """The content in blocks of at most 64 KiB. Raises DamagedImage."""
        yield from self._content(self._described(file.block))

    def _read_volume(self) -> None:
        where, length = self._anchor()
        starts: dict[int, int] = {}
        volume = b""
        for number in range(min(length // SECTOR, _DESCRIPTORS)):
            descriptor = self._sector(where + number)
            tag = _tag(descriptor)
            if tag == _PARTITION:
                (partition,) = struct.unpack_from("<H", descriptor, 22)
                (starts[partition],) = struct.unpack_from("<I", descriptor, 188)
            elif tag == _VOLUME:
                volume = descriptor
            elif tag == _END:
                break
        if not volume:
            raise DamagedImage("it describes no volume")
        (block_size,) = struct.unpack_from("<I", volume, 212)
        if block_size != SECTOR:
            raise DamagedImage(f"blocks of {block_size} bytes, which are not read here")
        # The first map (3/10.6.8, 3/10.7): type 1 names a partition; type 2 is of some other kind.
        kind, _, _, partition = struct.unpack_from("<BBHH", volume, 440)
        if kind != 1 or partition not in starts:
            raise DamagedImage("a kind of partition that is not read here")
        self._start = starts[partition]
        (files,) = struct.unpack_from("<I", volume, 252)
        file_set = self._block(files)
        if _tag(file_set) != _FILE_SET:
            raise DamagedImage("it describes no set of files")
        (self._root,) = struct.unpack_from("<I", file_set, 404)

    def _anchor(self) -> tuple[int, int]:
        """Sector and bytes of the descriptors, which one of three places tells (3/8.4.2.1)."""
        last = len(self._data) // SECTOR - 1
        for place in (256, last, last - 256):
            sector = self._data[place * SECTOR : (place + 1) * SECTOR] if place >= 0 else b""
            if len(sector) == SECTOR and _tag(sector) == _ANCHOR:
                length, where = struct.unpack_from("<II", sector, 16)
                return where, length
        raise DamagedImage("no anchor leads to its descriptors")

    def _names(self, block: int) -> Iterator[tuple[str, int, int]]:
        """Name, characteristics and logical block of what is in a folder (4/14.4)."""
        held = bytearray()
        for piece in self._content(self._described(block)):
            held += piece
            if len(held) > _DIRECTORY_BYTES:
                raise DamagedImage(f"a folder of more than {_DIRECTORY_BYTES:,} bytes")
        data, position = bytes(held), 0
        while position + 38 <= len(data) and _tag(data[position : position + 16]) == _NAME:
            flags, length = data[position + 18], data[position + 19]
            (target,) = struct.unpack_from("<I", data, position + 24)
            (used,) = struct.unpack_from("<H", data, position + 36)
            begin = position + 38 + used
            if not flags & (_DELETED | _PARENT):
                yield _name(data[begin : begin + length]), flags, target
            position = (begin + length + 3) & ~3

    def _described(self, block: int) -> _Described:
        """Raises DamagedImage."""
        entry = self._block(block)
        tag = _tag(entry)
        if tag not in (_ENTRY, _EXTENDED_ENTRY):
            raise DamagedImage("a name leads to no file")
        (flags,) = struct.unpack_from("<H", entry, 34)
        (size,) = struct.unpack_from("<Q", entry, 56)
        lengths = 168 if tag == _ENTRY else 208
        attributes, described = struct.unpack_from("<II", entry, lengths)
        begin = lengths + 8 + attributes
        allocation = entry[begin : begin + described]
        if flags & 7 == _INSIDE:
            return _Described(size, (), allocation[:size])
        if flags & 7 not in (_SHORT, _LONG):
            raise DamagedImage("content described in a way that is not read here")
        return _Described(size, tuple(self._extents(allocation, 8 if flags & 7 == _SHORT else 16)), b"")

    def _extents(self, allocation: bytes, step: int) -> Iterator[tuple[int, int]]:
        """Raises DamagedImage."""
        position = 0
        for _ in range(_EXTENTS):
            if position + step > len(allocation):
                return
            length, block = struct.unpack_from("<II", allocation, position)
            kind, length = length >> 30, length & 0x3FFFFFFF
            position += step
            if not length:
                return
            if kind == 3:  # more of them elsewhere: behind the 24 bytes of a descriptor (4/14.5)
                more = self._block(block)
                allocation, position = more[24 : 24 + struct.unpack_from("<I", more, 20)[0]], 0
            else:
                yield (self._start + block) * SECTOR if kind == 0 else -1, length
        raise DamagedImage(f"a file in more than {_EXTENTS:,} pieces")

    def _content(self, described: _Described) -> Iterator[bytes]:
        if described.inside:
            yield described.inside
            return
        left = described.size
        for offset, length in described.extents:
            for begin in range(0, min(length, left), _BLOCK):
                count = min(_BLOCK, length - begin, left - begin)
                piece = bytes(count) if offset < 0 else self._data[offset + begin : offset + begin + count]
                if piece:
                    yield piece
                if len(piece) < count:
                    raise DamagedImage("it is cut off")
            left -= min(length, left)

    def _sector(self, number: int) -> bytes:
        sector = self._data[number * SECTOR : (number + 1) * SECTOR]
        if len(sector) < SECTOR:
            raise DamagedImage("it is cut off")
        return sector

    def _block(self, number: int) -> bytes:
        return self._sector(self._start + number)


def _tag(descriptor: bytes) -> int:
    """The kind of a descriptor; -1 where the checksum of its tag is wrong (3/7.2.3)."""
    if len(descriptor) < 16 or sum(descriptor[:4]) + sum(descriptor[5:16]) & 0xFF != descriptor[4]:
        return -1
    return int.from_bytes(descriptor[:2], "little")


def _name(data: bytes) -> str:
    return data[1:].decode("utf-16-be" if data[:1] == bytes((_UTF16,)) else "latin-1", "replace")
