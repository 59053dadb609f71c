"""Windows programs (PE): what they import, how they are packed and signed, who they say they are, what hangs behind.

pefile reads the headers only (fast_load) and the three directories that are asked for.
"""

from __future__ import annotations

import math
from collections import Counter
from typing import Any

from msgspec import structs

from mailcore.view import FileFacts
from workers.attachments import types
from workers.attachments.budget import Budget
from workers.attachments.members import Members, Opening, whole
from workers.attachments.reading import Reading
from workers.attachments.signs import Signs

PACKED = "pe.packed"
RUNS_WRITABLE = "pe.writable_code"
IMPORTS = "pe.imports"
FEW_IMPORTS = "pe.few_imports"
UNSIGNED = "pe.unsigned"
SIGNED = "pe.signed"
VERSION = "pe.version"
OVERLAY = "pe.overlay"
DOTNET = "pe.dotnet"
DAMAGED = "pe.damaged"

WORDS = {
    PACKED: "packed",
    RUNS_WRITABLE: "code that can be written",
    IMPORTS: "calls",
    FEW_IMPORTS: "hides what it calls",
    UNSIGNED: "not signed",
    SIGNED: "carries a signature, which is not verified here",
    VERSION: "says that it is",
    OVERLAY: "data behind its end",
    DOTNET: "for .NET",
    DAMAGED: "damaged",
}

_BYTES = 33_554_432
_SECTIONS = 96
_ENTROPY_BYTES = 1_048_576
_IMPORT_SYMBOLS = 4_096
# Packed and encrypted data: 7.2 bits in a byte and more; code has 6 to 6.8.
_PACKED_ENTROPY = 7.2
_LEAST_ENTROPY_BYTES = 4_096
_PACKERS = {
    b"UPX0": "UPX", b"UPX1": "UPX", b"UPX!": "UPX", b".aspack": "ASPack", b".adata": "ASPack", b".MPRESS1": "MPRESS",
    b".MPRESS2": "MPRESS", b".petite": "Petite", b".themida": "Themida", b".vmp0": "VMProtect", b".vmp1": "VMProtect",
    b".nsp0": "NsPack", b".nsp1": "NsPack", b"pebundle": "PEBundle", b".enigma1": "Enigma", b".y0da": "yoda",
    b"FSG!": "FSG", b".packed": "a packer",
}  # fmt: skip
# Calls by which code is put into other processes, keys are read, people are watched. Each has good uses; sets of them
# are the matter.
_NOTED = {
    "writes into other processes": frozenset(
        {b"WriteProcessMemory", b"CreateRemoteThread", b"NtUnmapViewOfSection", b"QueueUserAPC", b"VirtualAllocEx"}
    ),
    "reads keys": frozenset({b"SetWindowsHookExA", b"SetWindowsHookExW", b"GetAsyncKeyState", b"GetKeyboardState"}),
    "downloads": frozenset(
        {b"URLDownloadToFileA", b"URLDownloadToFileW", b"InternetReadFile", b"WinHttpReadData", b"InternetOpenUrlA"}
    ),
    "looks for watchers": frozenset({b"IsDebuggerPresent", b"CheckRemoteDebuggerPresent"}),
}
_VERSION_KEYS = ("CompanyName", "ProductName", "OriginalFilename")
_SECURITY, _IMPORT_DIRECTORY, _COM = 4, 1, 14
_EXECUTE, _WRITE = 0x20000000, 0x80000000
# Archives that self-extractors carry behind the program, or in it; pictures, behind them.
ARCHIVES = {b"7z\xbc\xaf\x27\x1c": "7z", b"Rar!\x1a\x07": "rar", b"MSCF\x00\x00\x00\x00": "cab"}
_LEAST_OVERLAY = 1_024


def is_program(facts: FileFacts, _data: bytes) -> bool:
    return facts.true_type == types.WINDOWS_PROGRAM


def read(data: bytes, facts: FileFacts, budget: Budget) -> Reading:
    """Signs of a program. What is damaged says so: nobody sends a program that does not start."""
    import pefile  # only processes that see programs

    if len(data) > _BYTES:
        budget.problem(f"{facts.path}: only the first {_BYTES:,} bytes of the program were read")
    signs = Signs()
    try:
        program = pefile.PE(data=data[:_BYTES], fast_load=True)
    except pefile.PEFormatError as error:
        signs.add(DAMAGED, str(error).strip("'"))
        return Reading(structs.replace(facts, signs=signs.after(facts.signs)))
    try:
        _sections(program, signs)
        _directories(program, signs)
    finally:
        program.close()
    for company in _versions(data):
        signs.add(VERSION, company)
    end = _end(program)
    if facts.size - end > _LEAST_OVERLAY and end:
        signs.add(OVERLAY, f"{facts.size - end:,} bytes behind {end:,}")
    return Reading(structs.replace(facts, signs=signs.after(facts.signs)))


def may_extract_itself(facts: FileFacts, _data: bytes) -> bool:
    return facts.true_type in types.PROGRAMS and facts.true_type not in types.PACKAGES


def members(data: bytes, _facts: FileFacts, opening: Opening) -> Members:
    """Archives that a self-extractor carries, as files; a zip behind a program is opened as one anyway."""
    found = 0
    for signature, extension in ARCHIVES.items():
        position = data.find(signature, 512)
        # The signature also stands in the code that looks for it: there no archive follows.
        while position >= 0 and found < 3 and not opening.budget.is_over:
            if begins_archive(data, position):
                found += 1
                yield whole(f"self-extracting-{found}.{extension}", data[position:])
                break
            position = data.find(signature, position + 1)


def begins_archive(data: bytes, position: int) -> bool:
    """Whether the header behind a signature makes sense, and the archive fits into what follows."""
    rest = len(data) - position
    head = data[position : position + 36]
    if head.startswith(b"7z"):
        # Start header: offset and size of the next one (7zFormat.txt).
        offset, size = int.from_bytes(head[12:20], "little"), int.from_bytes(head[20:28], "little")
        return 0 < size <= rest and 32 + offset + size <= rest
    if head.startswith(b"Rar!"):
        return head[6:8] in (b"\x00\xcf", b"\x01\x00") or (head[6:7] == b"\x00" and head[9:10] == b"\x73")
    size = int.from_bytes(head[8:12], "little")
    return 36 < size <= rest and head[24:26] in (b"\x02\x01", b"\x03\x01")


def _sections(program: Any, signs: Signs) -> None:
    for section in program.sections[:_SECTIONS]:
        name = bytes(section.Name).rstrip(b"\x00")
        if name in _PACKERS:
            signs.add(PACKED, f"{_PACKERS[name]} (section {name.decode('latin-1')})")
        flags = int(section.Characteristics)
        runs = bool(flags & _EXECUTE)
        if runs and flags & _WRITE and int(section.SizeOfRawData):
            signs.add(RUNS_WRITABLE, name.decode("latin-1"))
        content = section.get_data(length=_ENTROPY_BYTES) if runs else b""
        if len(content) >= _LEAST_ENTROPY_BYTES:
            entropy = entropy_of(content)
            if entropy >= _PACKED_ENTROPY:
                signs.add(PACKED, f"code in {name.decode('latin-1')} has {entropy:.1f} bits in a byte")


def _directories(program: Any, signs: Signs) -> None:
    directories = program.OPTIONAL_HEADER.DATA_DIRECTORY
    security = directories[_SECURITY] if len(directories) > _SECURITY else None
    signed = security is not None and security.VirtualAddress and security.Size
    signs.add(SIGNED if signed else UNSIGNED)
    if len(directories) > _COM and directories[_COM].VirtualAddress:
        signs.add(DOTNET)
        return
    program.parse_data_directories(directories=[_IMPORT_DIRECTORY])
    names: set[bytes] = set()
    for library in getattr(program, "DIRECTORY_ENTRY_IMPORT", ()):
        names.update(symbol.name for symbol in library.imports[:_IMPORT_SYMBOLS] if symbol.name)
    for does, calls in _NOTED.items():
        if called := sorted(names & calls):
            signs.add(IMPORTS, f"{does}: {', '.join(name.decode('latin-1') for name in called)}")
    if 0 < len(names) <= 8 and {b"LoadLibraryA", b"GetProcAddress"} <= names:
        signs.add(FEW_IMPORTS, ", ".join(sorted(name.decode("latin-1") for name in names)))


def _versions(data: bytes) -> list[str]:
    """CompanyName and its like of the version resource, found by their names: the tree is not walked."""
    start = data.find("VS_VERSION_INFO".encode("utf-16-le"))
    if start < 0:
        return []
    block = data[start : start + 8_192]
    found = []
    for key in _VERSION_KEYS:
        name = key.encode("utf-16-le")
        position = block.find(name)
        if position < 0:
            continue
        raw = block[position + len(name) :].lstrip(b"\x00")
        # Padding may have eaten the upper half of nothing: text begins with its low byte.
        text = raw[:240].decode("utf-16-le", "replace").split("\x00")[0].strip()
        if text and text.isprintable():
            found.append(f"{key} {text}")
    return found


def _end(program: Any) -> int:
    """Where the last section ends, or the signature behind it."""
    end = max((section.PointerToRawData + section.SizeOfRawData for section in program.sections), default=0)
    directories = program.OPTIONAL_HEADER.DATA_DIRECTORY
    if len(directories) > _SECURITY and directories[_SECURITY].VirtualAddress:
        end = max(end, directories[_SECURITY].VirtualAddress + directories[_SECURITY].Size)
    return int(end)


def entropy_of(data: bytes) -> float:
    """Bits in a byte (Shannon), 0 to 8."""
    size = len(data)
    return -sum(count / size * math.log2(count / size) for count in Counter(data).values()) if size else 0.0
