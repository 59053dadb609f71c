"""VBA source code in the streams of a compound file ([MS-OVBA]), with bounds.

Module sources are found by how they begin, not by the directory of the project, which malicious files damage.
"""

from __future__ import annotations

import re

from workers.attachments.compound import CompoundFile

# A compressed container (signature byte 1, chunk header) whose text begins with "Attribut(e VB_Name ...)": eight
# literals after a flag byte of 0, as every VBA editor writes it.
_MODULE = re.compile(rb"\x01.[\xb0-\xbf]\x00Attribut", re.DOTALL)
_CHUNK = 4_096

# Identifiers in the stream _VBA_PROJECT (2.3.4.1 calls it opaque): all that the compiled code uses.
_PROJECT_BYTES = 1_048_576
_STARTS = re.compile(r"auto_?open|auto_?exec|auto_?close|(?:document|workbook)_(?:open|close|beforeclose|activate)")
_STARTS_PROGRAMS = re.compile(
    r"shellexecute|urldownloadtofile|createobject|virtualalloc|createthread|winexec|\bshell\b|callbyname"
)

# Lines that every module has, also in documents in which nobody ever wrote a macro. After a colon stands code.
_BOILERPLATE = re.compile(r"(?im)^[ \t]*(?:attribute vb_[^\n:]*|option [a-z]+[^\n:]*|'[^\n]*|rem [^\n]*)$")


def module_sources(compound: CompoundFile, *, characters: int) -> str:
    """The source text of all modules, at most that many characters."""
    found: list[str] = []
    left = characters
    for entry in compound.streams():
        content = compound.read(entry)
        for match in _MODULE.finditer(content):
            if left <= 0:
                return "\n".join(found)
            source = decompress(content, match.start(), limit=left).decode("cp1252", "replace")
            found.append(source)
            left -= len(source)
    return "\n".join(found)


def has_project(compound: CompoundFile) -> bool:
    """True when there is a VBA project, even one whose source has been taken out ("VBA stomping")."""
    return compound.has("_VBA_PROJECT") and compound.has("dir")


def names_without_source(compound: CompoundFile, source: str) -> tuple[str, ...]:
    """Names that the compiled code knows and the source does not: a start by itself together with what starts programs.

    Spared: one of the two alone. The list of names keeps those of procedures that an author deleted.
    """
    entry = compound.find("_VBA_PROJECT")
    compiled = compound.read(entry)[:_PROJECT_BYTES].decode("cp1252", "replace").lower() if entry else ""
    text = source.lower()
    found = []
    for names in (_STARTS, _STARTS_PROGRAMS):
        first = next((name for name in names.findall(compiled) if name not in text), "")
        if not first:
            return ()
        found.append(first)
    return tuple(found)


def code_of(source: str) -> str:
    """The source without the lines that every document has; "" where nobody wrote a macro."""
    return _BOILERPLATE.sub("", source.replace("\r\n", "\n").replace("\r", "\n")).strip()


def decompress(data: bytes, start: int, *, limit: int) -> bytes:
    """The container that begins at `start` (2.4.1.3.1), at most about `limit` bytes; stops where it is damaged."""
    out = bytearray()
    position = start + 1
    while position + 2 <= len(data) and len(out) < limit:
        header = int.from_bytes(data[position : position + 2], "little")
        if (header >> 12) & 0b111 != 0b011:
            break
        end = min(position + (header & 0xFFF) + 3, len(data))
        if header & 0x8000:
            _decompress_chunk(data, position + 2, end, out)
        else:
            out += data[position + 2 : position + 2 + _CHUNK]
        position = end
    return bytes(out[:limit])


def _decompress_chunk(data: bytes, position: int, end: int, out: bytearray) -> None:
    """Tokens of one chunk (2.4.1.3.2): a flag byte says which of the next eight are literals, which are copies."""
    begin = len(out)
    while position < end:
        flags = data[position]
        position += 1
        for bit in range(8):
            if position >= end or len(out) - begin >= _CHUNK:
                break
            if not flags >> bit & 1:
                out.append(data[position])
                position += 1
                continue
            token = int.from_bytes(data[position : position + 2], "little")
            position += 2
            bits = max((len(out) - begin - 1).bit_length(), 4)
            length = (token & (0xFFFF >> bits)) + 3
            offset = (token >> (16 - bits)) + 1
            if offset > len(out) - begin:
                return
            _copy(out, offset, min(length, _CHUNK - (len(out) - begin)))
        if len(out) - begin >= _CHUNK:
            return


def _copy(out: bytearray, offset: int, length: int) -> None:
    """Repeat what stands `offset` bytes back; source and target may overlap."""
    pattern = bytes(out[-offset:])
    out += (pattern * (length // offset + 1))[:length]
