"""Macros in Office files: OLE documents, parts of OOXML, XML and MHT files that carry OLE in base64."""

from __future__ import annotations

import base64
import binascii
import re
import zlib
from collections.abc import Iterator
from itertools import islice

from msgspec import Struct, structs

from mailcore.view import FileFacts
from workers.attachments import excel4, macro_sheets, macro_source, vba
from workers.attachments.compound import MAGIC, CompoundFile, DamagedFile
from workers.attachments.limits import FileLimits
from workers.attachments.macro_sheets import Sheets
from workers.attachments.signs import with_signs
from workers.attachments.types import OLE

# Base64 of an OLE header, and of "ActiveMime", in which Word and Excel wrap it in single-file formats.
_BASE64_OLE = re.compile(rb"(?:0M8R4KGxGuE|QWN0aXZlTWlt)[A-Za-z0-9+/=\s]{100,}")
_BLOBS = 8
_ZLIB_HEADERS = (b"\x78\x01", b"\x78\x9c", b"\x78\xda", b"\x78\x5e")
# [MS-PPT] 2.10.34 ExOleObjStgCompressedAtom: recVer 0, recInstance 1, recType 0x1011, then length and unpacked size.
_PPT_OBJECT = b"\x10\x00\x11\x10"
EXCEL_4 = "Excel 4 macros"
NO_SOURCE = "its source was removed"
MACRO_LINE = "office.macro"
STOMPED = "office.stomped"
_SYLK = b"ID;P"
# Of documents in one file. Word also opens a page in one file (MHTML) that stands behind a PDF.
_FLAT_TYPES = frozenset({"text/xml", "application/xml", "text/plain", "text/html", "message/rfc822", "application/pdf"})


class Macros(Struct, frozen=True, kw_only=True):
    """What is known about the macros of one document; `lines` of their source show it.

    `other_source` says what the compiled code does and the source does not show ("VBA stomping").
    """

    found: bool = False
    auto_run: bool = False
    suspicious: tuple[str, ...] = ()
    lines: tuple[str, ...] = ()
    other_source: str = ""

    def joined(self, other: Macros) -> Macros:
        return Macros(
            found=self.found or other.found,
            auto_run=self.auto_run or other.auto_run,
            suspicious=tuple(dict.fromkeys(self.suspicious + other.suspicious)),
            lines=tuple(dict.fromkeys(self.lines + other.lines)),
            other_source=self.other_source or other.other_source,
        )


NONE = Macros()


def with_macros(facts: FileFacts, macros: Macros) -> FileFacts:
    """The facts of a file with those of its macros."""
    facts = structs.replace(
        facts, macros=macros.found, auto_run_macros=macros.auto_run, suspicious_macro_calls=macros.suspicious
    )
    lines = [(MACRO_LINE, line) for line in macros.lines]
    return with_signs(facts, [*lines, (STOMPED, macros.other_source)] if macros.other_source else lines)


def may_hold_macros(true_type: str, data: bytes) -> bool:
    """True for files that are worth a look; OOXML files are not: their parts are looked at one by one."""
    return (
        true_type in OLE
        or data.startswith(_SYLK)
        or (true_type in _FLAT_TYPES and _BASE64_OLE.search(data[:4_194_304]) is not None)
    )


def macros(data: bytes, limits: FileLimits) -> Macros:
    """Macros of an OLE, XML or MHT file; raises DamagedFile where an OLE file cannot be read."""
    if data.startswith(MAGIC):
        return _of_ole(data, limits, inner=True)
    if data.startswith(_SYLK):
        # Excel runs Excel 4 macros in SYLK files, whatever their name.
        return of_sheets(macro_sheets.of_sylk(data[: limits.document_bytes]))
    found = NONE
    for blob in blobs(data, limits):
        found = found.joined(_of_ole(blob, limits, inner=False))
    return found


def blobs(data: bytes, limits: FileLimits) -> Iterator[bytes]:
    """Compound files in base64, at most _BLOBS."""
    for match in islice(_BASE64_OLE.finditer(data[: limits.document_bytes]), _BLOBS):
        blob = _decoded(match.group(), limits)
        if blob.startswith(MAGIC):
            yield blob


def _of_ole(data: bytes, limits: FileLimits, *, inner: bool) -> Macros:
    compound = CompoundFile(data)
    source = vba.module_sources(compound, characters=limits.macro_characters)
    code = vba.code_of(source)
    judgement = macro_source.judge(code)
    found = Macros(
        found=bool(code), auto_run=judgement.auto_run, suspicious=judgement.suspicious, lines=judgement.lines
    )
    if judgement.cut or len(source) >= limits.macro_characters:
        # A word, not a partial scan: large good workbooks would be deferred until the attempts end.
        found = found.joined(Macros(suspicious=("more source than is judged",)))
    if not source and vba.has_project(compound):
        # Only the compiled code is left, which Office runs all the same.
        found = Macros(found=True, suspicious=(NO_SOURCE,), other_source="all of it was removed")
    elif source:
        hidden = vba.names_without_source(compound, source)
        if hidden:
            found = found.joined(Macros(found=True, other_source=" and ".join(hidden)))
    for workbook in compound.named("Workbook", "Book"):
        found = found.joined(of_sheets(macro_sheets.of_workbook(compound.read(workbook))))
    slides = compound.find("PowerPoint Document") if inner else None
    if slides is not None:
        found = found.joined(_of_slides(compound.read(slides), limits))
    return found


def of_sheets(sheets: Sheets) -> Macros:
    """What macro sheets of Excel 4 do."""
    if not sheets.found:
        return NONE
    does = excel4.behaviour(sheets.formulas, sheets.values)
    return Macros(found=True, auto_run=sheets.auto_run, suspicious=(EXCEL_4, *does.does), lines=does.lines)


def _of_slides(stream: bytes, limits: FileLimits) -> Macros:
    """VBA projects of presentations are compressed OLE files in the stream of the slides."""
    found = NONE
    position = stream.find(_PPT_OBJECT)
    for _ in range(_BLOBS):
        if position < 0:
            break
        length = int.from_bytes(stream[position + 4 : position + 8], "little")
        blob = _inflated(stream[position + 12 : position + 8 + length], limits)
        if blob.startswith(MAGIC):
            try:
                found = found.joined(_of_ole(blob, limits, inner=False))
            except DamagedFile:
                found = found.joined(Macros(suspicious=("a damaged object",)))
        position = stream.find(_PPT_OBJECT, position + 12)
    return found


def _decoded(text: bytes, limits: FileLimits) -> bytes:
    """The OLE file in base64, unwrapped from ActiveMime where it is in one."""
    compact = text.translate(None, b" \t\r\n")
    try:
        blob = base64.b64decode(compact[: len(compact) // 4 * 4])
    except (binascii.Error, ValueError):
        return b""
    if blob.startswith(MAGIC):
        return blob
    # The header of ActiveMime has no fixed length; the zlib stream begins near byte 50.
    starts = [blob.find(header, 30, 200) for header in _ZLIB_HEADERS]
    begin = min((start for start in starts if start >= 0), default=-1)
    return _inflated(blob[begin:], limits) if begin >= 0 else b""


def _inflated(data: bytes, limits: FileLimits) -> bytes:
    """What comes out of a zlib stream; one that breaks off gives what it held up to there."""
    inflater = zlib.decompressobj()
    out = bytearray()
    try:
        for begin in range(0, len(data), 4_096):
            out += inflater.decompress(data[begin : begin + 4_096], limits.document_bytes - len(out) + 1)
            if inflater.eof or len(out) > limits.document_bytes:
                break
    except zlib.error:
        return bytes(out)
    return bytes(out)
