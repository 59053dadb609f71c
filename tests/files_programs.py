"""Builders of programs for tests: headers that are right, and no code that does anything."""

from __future__ import annotations

import hashlib
import struct

CODE, WRITABLE_CODE = 0x60000020, 0xE0000020
_HEADERS = 0x400


def noise(size: int, seed: str = "noise") -> bytes:
    """Bytes like packed or encrypted ones, the same each time."""
    blocks = (hashlib.sha256(f"{seed} {number}".encode()).digest() for number in range(size // 32 + 1))
    return b"".join(blocks)[:size]


def portable_executable(
    content: bytes = b"\xc3" * 512,
    *,
    section: str = ".text",
    flags: int = CODE,
    signed: bool = False,
    company: str = "",
    overlay: bytes = b"",
) -> bytes:
    """A PE32 program of one section (Microsoft PE format, sections 2 to 4), with a version where a company is named."""
    content += version_resource(company) if company else b""
    content += bytes(-len(content) % 512)
    signature = struct.pack("<IHH", 16, 0x200, 2) + bytes(8) if signed else b""
    directories = [(0, 0)] * 16
    if signed:
        directories[4] = (_HEADERS + len(content), len(signature))
    optional = struct.pack(
        "<HBBIIIIIIIIIHHHHHHIIIIHHIIIIII",
        0x10B, 14, 0, len(content), 0, 0, 0x1000, 0x1000, 0x2000, 0x400000, 0x1000, 0x200,
        6, 0, 0, 0, 6, 0, 0, 0x1000 + 0x1000 * (len(content) // 0x1000 + 1), _HEADERS, 0, 3, 0, 0, 0, 0, 0, 0, 16,
    )  # fmt: skip
    optional += b"".join(struct.pack("<II", *directory) for directory in directories)
    coff = struct.pack("<HHIIIHH", 0x14C, 1, 0, 0, 0, len(optional), 0x102)
    header = section.encode().ljust(8, b"\0")
    header += struct.pack("<IIIIIIHHI", len(content), 0x1000, len(content), _HEADERS, 0, 0, 0, 0, flags)
    start = b"MZ" + bytes(58) + struct.pack("<I", 64) + b"PE\0\0" + coff + optional + header
    return start.ljust(_HEADERS, b"\0") + content + signature + overlay


def version_resource(company: str) -> bytes:
    """The part of a version resource that names the maker."""
    words = ("VS_VERSION_INFO", "StringFileInfo", "CompanyName", company)
    return b"".join(word.encode("utf-16-le") + bytes(4) for word in words)


def elf(*, packed: bool = False, writable_code: bool = False) -> bytes:
    """A 64-bit ELF program of one segment."""
    header = b"\x7fELF\x02\x01\x01" + bytes(9)
    header += struct.pack("<HHIQQQIHHHHHH", 2, 62, 1, 0, 64, 0, 0, 64, 56, 1, 64, 0, 0)
    segment = struct.pack("<IIQQQQQQ", 1, 7 if writable_code else 5, 0, 0, 0, 200, 200, 4096)
    return header + segment + (b"UPX!" if packed else b"") + bytes(100)


def macho(*, signed: bool = False) -> bytes:
    """A 64-bit Mach-O program."""
    command = struct.pack("<IIII", 0x1D, 16, 0, 0) if signed else struct.pack("<IIII", 0x2, 16, 0, 0)
    return struct.pack("<IIIIIIII", 0xFEEDFACF, 0x0100000C, 0, 2, 1, 16, 0, 0) + command + bytes(64)
