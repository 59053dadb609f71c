"""Builder of disk images with a file system of UDF for tests: one partition, one folder a path, files in one piece."""

from __future__ import annotations

import struct
from collections.abc import Mapping

SECTOR = 2_048
_START = 270  # of the partition
_ANCHOR = 256


def _sector(tag: int, body: bytes) -> bytes:
    """A descriptor: its tag with the checksum, then `body` from the byte 16 on."""
    head = bytearray(struct.pack("<HHBBHHHI", tag, 2, 0, 0, 0, 0, 0, 0))
    head[4] = (sum(head[:4]) + sum(head[5:])) & 0xFF
    return (bytes(head) + body).ljust(SECTOR, b"\0")


def _put(size: int, **fields: bytes) -> bytes:
    """Fields at their places, which count from the start of the descriptor: `at_20=b"..."`."""
    body = bytearray(size - 16)
    for place, value in fields.items():
        begin = int(place.removeprefix("at_")) - 16
        body[begin : begin + len(value)] = value
    return bytes(body)


def _entry(kind: int, size: int, block: int, inside: bytes = b"") -> bytes:
    described = inside or struct.pack("<II", size, block)
    return _sector(
        261,
        _put(
            SECTOR,
            at_27=bytes((kind,)),
            at_34=struct.pack("<H", 3 if inside else 0),
            at_56=struct.pack("<Q", size),
            at_172=struct.pack("<I", len(described)),
            at_176=described,
        ),
    )


def _name(name: str, block: int, flags: int) -> bytes:
    written = (b"\x10" + name.encode("utf-16-be")) if not name.isascii() else b"\x08" + name.encode()
    fields = struct.pack("<HBBIIHI", 1, flags, len(written), SECTOR, block, 0, 0).ljust(20, b"\0") + bytes(2)
    found = _sector(257, fields + written)[: 38 + len(written)]
    return found + bytes(-len(found) % 4)


def udf(
    members: Mapping[str, bytes], *, folder: str = "", inside: bool = False, kind: int = 1, loop: bool = False
) -> bytes:
    """An image with these files, in a folder where one is named; `inside`: content stands in the descriptions.

    `kind` is that of the partition map; in a `loop` the folder holds itself.
    """
    blocks: dict[int, bytes] = {0: _sector(256, _put(SECTOR, at_400=struct.pack("<II", SECTOR, 1)))}
    listed, free = b"", 10
    for name, content in members.items():
        blocks[free] = _entry(5, len(content), free + 1, content if inside else b"")
        for number in range(0, len(content), SECTOR):
            blocks[free + 1 + number // SECTOR] = content[number : number + SECTOR].ljust(SECTOR, b"\0")
        listed += _name(name, free, 0)
        free += 2 + len(content) // SECTOR
    listed = _name("", 1, 10) + listed
    if folder:
        listed += _name("again", 3, 2) if loop else b""
        blocks[3] = _entry(4, len(listed), 0, listed)
        listed = _name("", 1, 10) + _name(folder, 3, 2)
    blocks[1] = _entry(4, len(listed), 0, listed)
    image = bytearray((_START + free) * SECTOR)
    for number, sector in {
        16: b"\0BEA01\1".ljust(SECTOR, b"\0"),
        17: b"\0NSR02\1".ljust(SECTOR, b"\0"),
        18: b"\0TEA01\1".ljust(SECTOR, b"\0"),
        32: _sector(5, _put(SECTOR, at_188=struct.pack("<II", _START, free))),
        33: _sector(
            6,
            _put(
                SECTOR,
                at_212=struct.pack("<I", SECTOR),
                at_248=struct.pack("<II", SECTOR, 0),
                at_264=struct.pack("<II", 6, 1),
                at_440=struct.pack("<BBHH", kind, 6, 1, 0),
            ),
        ),
        34: _sector(8, b""),
        _ANCHOR: _sector(2, struct.pack("<II", 16 * SECTOR, 32)),
        **{_START + block: content for block, content in blocks.items()},
    }.items():
        image[number * SECTOR : number * SECTOR + SECTOR] = sector
    return bytes(image)


def bridge(image: bytes, name: str, content: bytes) -> bytes:
    """The image with a file system of ISO 9660 beside the other, which shows one file only (ECMA-119 8.4, 9.1)."""

    def both(value: int, size: int) -> bytes:
        return value.to_bytes(size, "little") + value.to_bytes(size, "big")

    def record(sector: int, size: int, flags: int, identifier: bytes) -> bytes:
        body = bytes(1) + both(sector, 4) + both(size, 4) + bytes(7) + bytes((flags, 0, 0)) + both(1, 2)
        body += bytes((len(identifier),)) + identifier + bytes(1 - len(identifier) % 2)
        return bytes((len(body) + 1,)) + body

    root = record(40, SECTOR, 2, b"\0")
    volume = bytearray(SECTOR)
    for place, value in {
        0: b"\1CD001\1", 80: both(len(image) // SECTOR, 4), 120: both(1, 2) * 2 + both(SECTOR, 2) + both(10, 4),
        140: (38).to_bytes(4, "little"), 148: (39).to_bytes(4, "big"), 156: root, 881: b"\1",
    }.items():  # fmt: skip
        volume[place : place + len(value)] = value
    listed = root + record(40, SECTOR, 2, b"\1") + record(41, len(content), 0, name.encode())
    found = bytearray(image)
    for number, sector in {
        16: bytes(volume), 17: b"\xffCD001\1", 18: b"\0BEA01\1", 19: b"\0NSR02\1", 20: b"\0TEA01\1", 40: listed,
        41: content,
    }.items():  # fmt: skip
        found[number * SECTOR : (number + 1) * SECTOR] = sector.ljust(SECTOR, b"\0")
    return bytes(found)
