"""Builders of Windows programs whose code calls what it is told: for emulators, never to be run. Names do not exist."""

from __future__ import annotations

import struct
from collections.abc import Sequence

from msgspec import Struct

_BASE, _RVA, _HEADERS = 0x400000, 0x1000, 0x400
_SLOTS = 64


class Result(Struct, frozen=True):
    """As an argument: what the call of that number gave back. With `at`, what it wrote to `Out(at)` of it."""

    number: int


class Out(Struct, frozen=True):
    """As an argument: where the called function may write a handle, which `Result` of that number then is."""

    number: int


class Data(Struct, frozen=True):
    """As an argument: the address of these bytes."""

    content: bytes


Argument = int | str | Data | Result | Out
Call = tuple[str, *tuple[Argument, ...]]


def wide(text: str) -> Data:
    """The address of a text in UTF-16."""
    return Data(text.encode("utf-16-le") + b"\0\0")


class _Layout:
    """The one section: slots for results first, then data as it comes."""

    def __init__(self) -> None:
        self.content = bytearray(8 * _SLOTS)

    def add(self, content: bytes) -> int:
        """The address (RVA) of these bytes in the image."""
        place = _RVA + len(self.content)
        self.content += content + bytes(-len(content) % 8 or 8)
        return place

    def slot(self, number: int) -> int:
        return _BASE + _RVA + 8 * number

    def value(self, argument: Argument) -> tuple[int, bool]:
        """A number, and whether it is the address at which the argument stands."""
        match argument:
            case int():
                return argument, False
            case str():
                return _BASE + self.add(argument.encode() + b"\0"), False
            case Data():
                return _BASE + self.add(argument.content), False
            case Out():
                return self.slot(argument.number), False
            case Result():
                return self.slot(argument.number), True

    def imports(self, names: Sequence[str], size: int) -> tuple[dict[str, int], int]:
        """Where the address of each function will stand, and where the table of imports is (PE format, section 6.4)."""
        places, descriptors = {}, b""
        for library in dict.fromkeys(name.partition(".")[0] for name in names):
            functions = [name for name in dict.fromkeys(names) if name.partition(".")[0] == library]
            hints = [self.add(b"\0\0" + name.partition(".")[2].encode() + b"\0") for name in functions]
            thunks = b"".join(hint.to_bytes(size, "little") for hint in [*hints, 0])
            lookup, table = self.add(thunks), self.add(thunks)
            places |= {name: _BASE + table + size * number for number, name in enumerate(functions)}
            descriptors += struct.pack("<IIIII", lookup, 0, 0, self.add(f"{library}.dll".encode() + b"\0"), table)
        return places, self.add(descriptors + bytes(20))


def program(*calls: Call | bytes, bits: int = 32, library: bool = False, ends: bool = True) -> bytes:
    """A program that makes these calls in this order ("kernel32.WinExec", arguments), and then ends itself.

    Bytes among them are machine code that stands there as it is.
    """
    layout = _Layout()
    ending: tuple[Call, ...] = (("kernel32.ExitProcess", 0),) if ends and not library else ()
    steps = [*calls, *ending]
    places, table = layout.imports([step[0] for step in steps if isinstance(step, tuple)], bits // 8)
    code, number = b"" if bits == 32 else b"\x48\x81\xec\x88\0\0\0", 0
    for step in steps:
        if isinstance(step, bytes):
            code += step
            continue
        name, *arguments = step
        values = [layout.value(argument) for argument in arguments]
        make = _call_32 if bits == 32 else _call_64
        code += make(places[name], values, layout.slot(number))
        number += 1
    # A library says that it could be loaded; x64 gives the stack back.
    code += b"\xb8\1\0\0\0" + (b"\xc2\x0c\0" if bits == 32 else b"\x48\x81\xc4\x88\0\0\0\xc3")
    return _file(bytes(layout.content), code, table, bits=bits, library=library)


def _call_32(place: int, values: Sequence[tuple[int, bool]], slot: int) -> bytes:
    """push arguments from the last to the first; call [place]; mov [slot], eax"""
    pushes = [struct.pack("<HI", 0x35FF, value) if is_place else b"\x68" + struct.pack("<I", value & 0xFFFFFFFF)
              for value, is_place in reversed(values)]  # fmt: skip
    return b"".join(pushes) + struct.pack("<HI", 0x15FF, place) + b"\xa3" + struct.pack("<I", slot)


def _call_64(place: int, values: Sequence[tuple[int, bool]], slot: int) -> bytes:
    """Four arguments in rcx, rdx, r8 and r9, the others on the stack behind 32 bytes; mov [slot], rax"""
    code = b""
    for number, (value, is_place) in enumerate(values):
        code += (b"\x48\xa1" if is_place else b"\x48\xb8") + struct.pack("<Q", value & 0xFFFFFFFFFFFFFFFF)
        registers = (b"\x48\x89\xc1", b"\x48\x89\xc2", b"\x49\x89\xc0", b"\x49\x89\xc1")
        code += registers[number] if number < 4 else b"\x48\x89\x44\x24" + bytes([32 + 8 * (number - 4)])
    return code + b"\x48\xa1" + struct.pack("<Q", place) + b"\xff\xd0\x48\xa3" + struct.pack("<Q", slot)


def _file(data: bytes, code: bytes, table: int, *, bits: int, library: bool) -> bytes:
    """The headers (PE format, sections 2 to 4), and one section that may be read, written and run."""
    content = data + code
    content += bytes(-len(content) % 512)
    image = 0x1000 + (len(content) + 0xFFF) // 0x1000 * 0x1000
    optional = struct.pack(
        "<HBBIIIII", 0x10B if bits == 32 else 0x20B, 14, 0, len(content), 0, 0, _RVA + len(data), _RVA
    )
    optional += struct.pack("<II", _RVA, _BASE) if bits == 32 else struct.pack("<Q", _BASE)
    optional += struct.pack("<IIHHHHHHIIIIHH", 0x1000, 0x200, 6, 0, 0, 0, 6, 0, 0, image, _HEADERS, 0, 2, 0)
    optional += b"".join(value.to_bytes(bits // 8, "little") for value in (0x100000, 0x1000, 0x100000, 0x1000))
    optional += struct.pack("<II", 0, 16)
    optional += b"".join(struct.pack("<II", *((table, 40) if number == 1 else (0, 0))) for number in range(16))
    characteristics = 0x2 | (0x100 if bits == 32 else 0x20) | (0x2000 if library else 0)
    machine = 0x14C if bits == 32 else 0x8664
    coff = struct.pack("<HHIIIHH", machine, 1, 0, 0, 0, len(optional), characteristics)
    header = struct.pack("<8sIIIIIIHHI", b".text", len(content), _RVA, len(content), _HEADERS, 0, 0, 0, 0, 0xE0000020)
    start = b"MZ" + bytes(58) + struct.pack("<I", 64) + b"PE\0\0" + coff + optional + header
    return start.ljust(_HEADERS, b"\0") + content
