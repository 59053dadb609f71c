"""Objects in documents: packages of the Object Packager ([MS-OLEDS] 2.3.6), and what the OLE 1 header of RTF wraps."""

from __future__ import annotations

import struct

from msgspec import Struct

NAME_BYTES = 1_000


class Package(Struct, frozen=True, kw_only=True):
    """A file in a document: its name, the path that it came from, its bytes; `linked` ones have a path only."""

    name: str
    source: str
    data: bytes = b""
    linked: bool = False


class OleObject(Struct, frozen=True, kw_only=True):
    """An object of OLE 1: its class, the file that it is linked to ("" where it is embedded), its bytes."""

    class_name: str
    linked: str = ""
    data: bytes = b""


def package(native: bytes) -> Package | None:
    """The package in an Ole10Native stream, or in OLE 1 data, which lacks the size at the start; None: it is none."""
    for start in (4, 0):
        if native[start : start + 2] != b"\x02\x00":
            continue
        reader = _Bytes(native, start + 2)
        try:
            label, source = reader.string(), reader.string()
            kind = reader.number(4)
            if kind == 0x00010000:
                return Package(name=label or source, source=source, linked=True)
            if kind != 0x00030000:
                continue
            reader.skip(reader.number(4))
            size = reader.number(4)
        except struct.error:
            continue
        return Package(name=label or source, source=source, data=native[reader.position : reader.position + size])
    return None


def ole_object(data: bytes) -> OleObject | None:
    """The object behind an OLE 1 header ([MS-OLEDS] 2.2.4, 2.2.5, 2.2.6); None where there is no such header."""
    reader = _Bytes(data, 4)
    try:
        form = reader.number(4) & 0xFF
        name = reader.prefixed()
        topic, item = reader.prefixed(), reader.prefixed()
        if form == 1:
            return OleObject(class_name=name, linked=topic or item)
        size = reader.number(4)
    except struct.error:
        return None
    if form != 2:
        return None
    # Office believes neither the size nor the version: what is there, is taken.
    return OleObject(class_name=name, data=data[reader.position : reader.position + size] or data[reader.position :])


class _Bytes:
    """Reads forward; raises struct.error at the end."""

    def __init__(self, data: bytes, position: int) -> None:
        self._data = data
        self.position = position

    def number(self, length: int) -> int:
        piece = self._data[self.position : self.position + length]
        if len(piece) < length:
            raise struct.error
        self.position += length
        return int.from_bytes(piece, "little")

    def skip(self, length: int) -> None:
        if self.position + length > len(self._data):
            raise struct.error
        self.position += length

    def string(self) -> str:
        end = self._data.find(b"\0", self.position, self.position + NAME_BYTES)
        if end < 0:
            raise struct.error
        text = self._data[self.position : end]
        self.position = end + 1
        return text.decode("cp1252", "replace")

    def prefixed(self) -> str:
        length = self.number(4)
        start = self.position
        self.skip(length)
        return self._data[start : start + min(length, NAME_BYTES)].split(b"\0")[0].decode("cp1252", "replace")
