"""Programs of Linux (ELF) and macOS (Mach-O): what their headers say. Both are read to the end of the headers only."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from msgspec import structs

from mailcore.view import FileFacts
from workers.attachments.budget import Budget
from workers.attachments.reading import Reading
from workers.attachments.signs import Signs

KIND = "unix.kind"
PACKED = "unix.packed"
RUNS_WRITABLE = "unix.writable_code"
SIGNED = "unix.signed"
DAMAGED = "unix.damaged"

_ELF = b"\x7fELF"
_MACH = {
    b"\xfe\xed\xfa\xce": (">", 28), b"\xce\xfa\xed\xfe": ("<", 28), b"\xfe\xed\xfa\xcf": (">", 32),
    b"\xcf\xfa\xed\xfe": ("<", 32),
}  # fmt: skip
_FAT = b"\xca\xfe\xba\xbe"
_MACHINES = {3: "x86", 8: "MIPS", 20: "PowerPC", 40: "ARM", 62: "x86-64", 183: "ARM64", 243: "RISC-V"}
_ELF_TYPES = {1: "object", 2: "program", 3: "library or program", 4: "core dump"}
_MACH_TYPES = {1: "object", 2: "program", 6: "library", 8: "bundle"}
_LOAD, _DYNAMIC, _INTERPRETER = 1, 2, 3
_HEADERS = 1_024
_SEARCHED = 4_194_304
_CODE_SIGNATURE, _ENCRYPTED, _ENCRYPTED_64 = 0x1D, 0x21, 0x2C


def is_program(_facts: FileFacts, data: bytes) -> bool:
    """By the first bytes; a Java class begins like a Mach-O for several machines, but with a larger number."""
    head = data[:4]
    return head == _ELF or head in _MACH or (head == _FAT and 0 < int.from_bytes(data[4:8], "big") < 20)


def read(data: bytes, facts: FileFacts, _budget: Budget) -> Reading:
    """Signs of a program."""
    signs = Signs()
    try:
        if data.startswith(_ELF):
            _read_elf(data, signs)
        else:
            for offset in _machos(data):
                _read_macho(data, offset, signs)
    except (struct.error, IndexError) as error:
        signs.add(DAMAGED, f"its headers are cut off: {error}")
    if b"UPX!" in data[:_SEARCHED]:
        signs.add(PACKED, "UPX")
    return Reading(structs.replace(facts, signs=signs.after(facts.signs)))


def _read_elf(data: bytes, signs: Signs) -> None:
    """The file header and the program headers (System V ABI, chapters 4 and 5)."""
    wide, order = data[4] == 2, ">" if data[5] == 2 else "<"
    kind, machine = struct.unpack_from(order + "HH", data, 16)
    layout = order + ("HHIQQQIHHHHHH" if wide else "HHIIIIIHHHHHH")
    start, size, count, sections = (struct.unpack_from(layout, data, 16)[index] for index in (4, 8, 9, 11))
    segments = set()
    for number in range(min(count, _HEADERS)):
        position = start + number * size
        segment = struct.unpack_from(order + "I", data, position)[0]
        flags = struct.unpack_from(order + "I", data, position + (4 if wide else 24))[0]
        segments.add(segment)
        if segment == _LOAD and flags & 0b011 == 0b011:
            signs.add(RUNS_WRITABLE, f"segment {number}")
    linked = "dynamically linked" if {_DYNAMIC, _INTERPRETER} & segments else "statically linked"
    words = (_MACHINES.get(machine, f"machine {machine}"), _ELF_TYPES.get(kind, "file"), linked)
    signs.add(KIND, ", ".join(("ELF", *words, *(() if sections else ("no sections",)))))


def _machos(data: bytes) -> Iterator[int]:
    """Where the programs of the single machines begin."""
    if not data.startswith(_FAT):
        yield 0
        return
    for number in range(min(int.from_bytes(data[4:8], "big"), 20)):
        yield int(struct.unpack_from(">I", data, 8 + 20 * number + 8)[0])


def _read_macho(data: bytes, offset: int, signs: Signs) -> None:
    """The header and its load commands (mach-o/loader.h)."""
    order, length = _MACH.get(data[offset : offset + 4], ("", 0))
    if not order:
        signs.add(DAMAGED, f"no program at {offset:,}")
        return
    machine, _, kind, count = struct.unpack_from(order + "IIII", data, offset + 4)
    position = offset + length
    for _ in range(min(count, _HEADERS)):
        command, size = struct.unpack_from(order + "II", data, position)
        if command == _CODE_SIGNATURE:
            signs.add(SIGNED)
        elif command in (_ENCRYPTED, _ENCRYPTED_64) and struct.unpack_from(order + "I", data, position + 16)[0]:
            signs.add(PACKED, "encrypted segment")
        if size < 8:
            break
        position += size
    machines = {7: "x86", 12: "ARM"}
    name = machines.get(machine & 0xFFFFFF, f"machine {machine}") + (" 64 bit" if machine >> 24 & 1 else "")
    signs.add(KIND, f"Mach-O, {name}, {_MACH_TYPES.get(kind, 'file')}")
