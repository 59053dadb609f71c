"""Cabinet files ([MS-CAB]), stored or MSZIP; LZX and Quantum are named; another program opens them.

libarchive 3.6 (Debian 12) corrupts memory on a hostile LZX stream, so cabinets never reach it.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator

from msgspec import Struct

MAGIC = b"MSCF\x00\x00\x00\x00"

_HEADER = struct.Struct("<4x4xI4xI4xBBHHHHH")  # size, first file, version, folders, files, flags, set, number (2.1)
_FOLDER = struct.Struct("<IHH")  # first data block, blocks, compression (2.2)
_FILE = struct.Struct("<IIHHHH")  # size, offset in the folder, folder, date, time, attributes (2.3)
_DATA = struct.Struct("<IHH")  # checksum, packed size, unpacked size (2.4)
_HAS_PREVIOUS, _HAS_NEXT, _HAS_RESERVE = 1, 2, 4
_STORED, _MSZIP = 0, 1
_UTF8_NAME = 0x80
_BLOCK = 32_768
_NAME_BYTES = 256


class DamagedCabinet(Exception):
    """Not what its header says, or packed in a way that is not read here."""


class CabinetFile(Struct, frozen=True):
    """One file of a cabinet: its name, and where its content is in the stream of which folder."""

    name: str
    size: int
    offset: int
    folder: int


class Cabinet:
    """The files of a cabinet in the order of its directory; raises DamagedCabinet for what is none."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        try:
            self._read_header()
        except (struct.error, ValueError, IndexError) as error:
            raise DamagedCabinet(f"the header is damaged: {error}") from error
        self._streams: dict[int, _FolderStream] = {}

    @property
    def is_read_here(self) -> bool:
        """False where some of its files are packed with LZX or Quantum."""
        return all(compression & 0xF in (_STORED, _MSZIP) for _, _, compression in self._folders)

    def files(self) -> Iterator[CabinetFile]:
        position = self._first_file
        for _ in range(self._file_count):
            if position + _FILE.size > len(self._data):
                raise DamagedCabinet("its directory is cut off")
            size, offset, folder, _, _, attributes = _FILE.unpack_from(self._data, position)
            begin = position + _FILE.size
            end = self._data.find(b"\x00", begin, begin + _NAME_BYTES)
            if end < 0:
                raise DamagedCabinet("a name without end")
            name = self._data[begin:end].decode("utf-8" if attributes & _UTF8_NAME else "cp437", "replace")
            yield CabinetFile(name, size, offset, folder)
            position = end + 1

    def read(self, file: CabinetFile) -> Iterator[bytes]:
        """The content in blocks of at most 32 KiB; files must be read in their order. Raises DamagedCabinet."""
        if file.folder >= len(self._folders):
            # 0xFFFD and above: the file goes on in another cabinet, which is not here.
            raise DamagedCabinet("it continues in another cabinet")
        stream = self._streams.get(file.folder)
        if stream is None:
            start, blocks, compression = self._folders[file.folder]
            stream = _FolderStream(self._data, start, blocks, compression, self._gap)
            self._streams[file.folder] = stream
        yield from stream.read(file.offset, file.size)

    def _read_header(self) -> None:
        _, self._first_file, _, _, folders, self._file_count, flags, _, _ = _HEADER.unpack_from(self._data)
        position, folder_gap, self._gap = _HEADER.size, 0, 0
        if flags & _HAS_RESERVE:
            header_gap, folder_gap, self._gap = struct.unpack_from("<HBB", self._data, position)
            position += 4 + header_gap
        for flag in (_HAS_PREVIOUS, _HAS_NEXT):
            # Names of the other cabinet and of its disk.
            for _ in range(2 if flags & flag else 0):
                position = self._data.index(b"\x00", position) + 1
        self._folders = [
            _FOLDER.unpack_from(self._data, position + number * (_FOLDER.size + folder_gap))
            for number in range(folders)
        ]


class _FolderStream:
    """The unpacked content of a folder, read once from front to back."""

    def __init__(self, data: bytes, start: int, blocks: int, compression: int, gap: int) -> None:
        if compression & 0xF not in (_STORED, _MSZIP):
            raise DamagedCabinet("packed with LZX or Quantum, which is not read here")
        self._blocks = self._unpacked(data, start, blocks, compression & 0xF, gap)
        self._position = 0
        self._rest = b""

    def read(self, offset: int, size: int) -> Iterator[bytes]:
        if offset < self._position:
            raise DamagedCabinet("its files overlap")
        for piece in self._take(offset - self._position):
            del piece
        yield from self._take(size)

    def _take(self, count: int) -> Iterator[bytes]:
        while count > 0:
            if not self._rest:
                self._rest = next(self._blocks, b"")
                if not self._rest:
                    raise DamagedCabinet("it is cut off")
            piece, self._rest = self._rest[:count], self._rest[count:]
            self._position += len(piece)
            count -= len(piece)
            yield piece

    @staticmethod
    def _unpacked(data: bytes, position: int, blocks: int, compression: int, gap: int) -> Iterator[bytes]:
        previous = b""
        for _ in range(blocks):
            if position + _DATA.size > len(data):
                return
            _, packed, unpacked = _DATA.unpack_from(data, position)
            begin = position + _DATA.size + gap
            block = data[begin : begin + packed]
            if compression == _MSZIP:
                # [MS-MCI] 2.1: "CK", then deflate that may look back into the block before.
                try:
                    inflater = zlib.decompressobj(-zlib.MAX_WBITS, zdict=previous)
                    block = inflater.decompress(block[2:], min(unpacked, _BLOCK) or 1)
                except zlib.error as error:
                    raise DamagedCabinet(f"a damaged block: {error}") from error
                previous = block
            if block:
                yield block
            position = begin + packed
