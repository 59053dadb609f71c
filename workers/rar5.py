"""Which members of a RAR 5 archive are encrypted: libarchive reads them as if they were not.

The form is that of the "RAR 5.0 archive format" of RARLAB: blocks of numbers with 7 bits a byte.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

SIGNATURE = b"Rar!\x1a\x07\x01\x00"
BLOCKS = 20_000
_FILE, _END = 2, 5
_HAS_EXTRA, _HAS_DATA = 0x1, 0x2
_HAS_TIME, _HAS_CRC = 0x2, 0x4
_ENCRYPTION = 1


def encrypted_names(data: bytes) -> frozenset[str]:
    """Names of encrypted members; none for what is no RAR 5, and of a damaged one those before the damage."""
    if not data.startswith(SIGNATURE):
        return frozenset()
    found: set[str] = set()
    with suppress(IndexError):  # damaged: what stands before that counts
        for fields, extra in _files(data):
            if any(kind == _ENCRYPTION for kind in _records(extra)):
                found.add(_name(fields))
    return frozenset(found)


def _files(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Header fields and extra area of each file. Raises IndexError for a cut number."""
    position = len(SIGNATURE)
    for _ in range(BLOCKS):
        size, start = _number(data, position + 4)
        if not size:
            return
        end = start + size
        kind, position = _number(data, start)
        flags, position = _number(data, position)
        extra_size, position = _number(data, position) if flags & _HAS_EXTRA else (0, position)
        data_size, position = _number(data, position) if flags & _HAS_DATA else (0, position)
        if kind == _END:
            return
        if kind == _FILE:
            yield data[position : end - extra_size], data[max(position, end - extra_size) : end]
        position = end + data_size


def _name(fields: bytes) -> str:
    flags, position = _number(fields, 0)
    for _ in range(2):  # unpacked size, attributes
        _, position = _number(fields, position)
    position += 4 * bool(flags & _HAS_TIME) + 4 * bool(flags & _HAS_CRC)
    for _ in range(2):  # method, system
        _, position = _number(fields, position)
    length, position = _number(fields, position)
    return fields[position : position + length].decode("utf-8", "replace")


def _records(extra: bytes) -> Iterator[int]:
    """The kinds of records in an extra area."""
    position = 0
    while position < len(extra):
        size, start = _number(extra, position)
        kind, _ = _number(extra, start)
        yield kind
        position = start + max(1, size)


def _number(data: bytes, position: int) -> tuple[int, int]:
    """A number of at most 10 bytes, the lowest 7 bits first, and where it ends. Raises IndexError."""
    value = 0
    for place in range(10):
        byte = data[position + place]
        value |= (byte & 0x7F) << (7 * place)
        if byte < 0x80:
            return value, position + place + 1
    raise IndexError("a number without end")
