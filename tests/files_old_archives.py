"""Builders of archives that few pack in any more: LZH and ARJ, stored."""

from __future__ import annotations

import binascii
import struct
from collections.abc import Iterable

_FOREVER_AGO = 0x58210000  # a day in 2024, as MS-DOS writes it


def lzh(members: Iterable[tuple[bytes, bytes]], *, size: int | None = None) -> bytes:
    """An LZH archive, heads of level 0; `size` is what each member says of itself."""
    archive = b""
    for name, content in members:
        told = len(content) if size is None else size
        head = b"-lh0-" + struct.pack("<IIIBB", len(content), told, _FOREVER_AGO, 0x20, 0)
        head += bytes([len(name)]) + name + struct.pack("<H", _crc16(content))
        archive += bytes([len(head), sum(head) & 0xFF]) + head + content
    return archive + b"\0"


def arj(members: Iterable[tuple[bytes, bytes]]) -> bytes:
    """An ARJ archive."""
    archive = _arj_head(2, b"a.arj", b"")
    for name, content in members:
        archive += _arj_head(0, name, content) + content
    return archive + b"\x60\xea\0\0"


def _arj_head(kind: int, name: bytes, content: bytes) -> bytes:
    check = binascii.crc32(content)
    first = bytes((30, 11, 1, 2, 0, 0, kind, 0))
    first += struct.pack("<IIIIHHH", _FOREVER_AGO, len(content), len(content), check, 0, 0x20, 0)
    head = first + name + b"\0\0"
    return b"\x60\xea" + struct.pack("<H", len(head)) + head + struct.pack("<I", binascii.crc32(head)) + b"\0\0"


def _crc16(data: bytes) -> int:
    """CRC-16/ARC."""
    check = 0
    for byte in data:
        check ^= byte
        for _ in range(8):
            check = (check >> 1) ^ 0xA001 if check & 1 else check >> 1
    return check
