"""Objects in compound files: packages and embedded files as nodes; equations, controls and links as signs."""

from __future__ import annotations

import re
import uuid
import zlib
from collections.abc import Iterator
from itertools import islice

from mailcore.view import FileFacts
from workers.attachments import documents, equations, names, office, ole_objects, outside
from workers.attachments.budget import Budget
from workers.attachments.compound import MAGIC, STREAM, CompoundFile, DamagedFile, Entry, opened
from workers.attachments.fields import EXTERNAL, PACKAGE
from workers.attachments.members import Broken, Members, Opening, whole
from workers.attachments.reading import Reading
from workers.attachments.signs import with_signs

EQUATION = "office.equation"
CONTROL = "office.control"

OBJECTS = 200
_STREAMS = 2_000
_NOT_DOCUMENTS = frozenset({"application/x-msi", "application/vnd.ms-outlook"})
_NATIVE = "\x01Ole10Native"
_NUMBERED = re.compile(r"_\d{1,12}")
# Streams that hold a whole file: OOXML in old documents, PDF of Acrobat, ODF.
_WHOLE = frozenset({"package", "contents", "embeddedodf"})
_FILES = (MAGIC, b"PK\x03\x04", b"%PDF", b"{\\rt", b"MZ")
# [MS-PPT] 2.10.34 ExOleObjStgCompressedAtom and 2.10.35 ExOleObjStgUncompressedAtom: type 0x1011.
_SLIDE_OBJECT = re.compile(rb"[\x00\x10]\x00\x11\x10(....)", re.DOTALL)
# [MS-PPT] 2.8.7 InteractiveInfoAtom with action 2 (RunProgramAction), and the type of the string that follows.
_INTERACTIVE = re.compile(rb"\xf3\x0f\x10\x00\x00\x00.{8}\x02.{7}", re.DOTALL)
_STRING_ATOM = b"\xba\x0f"
_SLIDES = "powerpoint document"
# A URL moniker as stored ([MS-OSHARED] 2.3.7.6), then a length and the address.
_URL_MONIKER = uuid.UUID("79eac9e0-baf9-11ce-8c82-00aa004ba90b").bytes_le
_LINKS_IN = frozenset({"workbook", "powerpoint document", "\x05documentsummaryinformation", "data", "1table", "0table"})
_LINK_STREAM = "\x01ole"

_CONTROLS = {
    uuid.UUID(text).bytes_le: name
    for text, name in (
        ("d27cdb6e-ae6d-11cf-96b8-444553540000", "Shockwave Flash"),
        ("8856f961-340a-11d0-a96b-00c04fd705a2", "Web Browser"),
        ("25336920-03f9-11cf-8fd0-00aa00686f13", "a page of HTML"),
        ("06290bd2-48aa-11d2-8432-006008c3fbfc", "Scriptlet"),
        ("06290bd3-48aa-11d2-8432-006008c3fbfc", "Scriptlet Component"),
        ("ecabb0c7-7f19-11d2-978e-0000f8757e2a", "New Moniker"),
        ("3050f4d8-98b5-11cf-bb82-00aa00bdce0b", "HTML Application"),
        ("72c24dd5-d70a-438b-8a42-98424b88afb8", "Windows Script Host"),
        ("bdd1f04b-858b-11d1-b16a-00c0f0283628", "ListView (CVE-2012-0158)"),
        ("996bf5e0-8044-4650-adeb-0b013914e99c", "ListView (CVE-2012-0158)"),
        ("c74190b6-8589-11d1-b16a-00c0f0283628", "TreeView (CVE-2012-0158)"),
        ("1efb6596-857c-11d1-b16a-00c0f0283628", "TabStrip (CVE-2012-1856)"),
        ("f20da720-c02f-11ce-927b-0800095ae340", "Object Packager"),
        ("88d96a0a-f192-11d4-a65f-0040963251e5", "XML Document"),
    )
}
# Packages are how people put files into documents; they are looked at as files. Elsewhere they are no control.
_PACKAGER = uuid.UUID("f20da720-c02f-11ce-927b-0800095ae340").bytes_le
_CLASS_IN_XML = re.compile(rb'\bclassid\s*=\s*["\']\{?([0-9A-Fa-f-]{36})\}?["\']')


def is_compound(facts: FileFacts, data: bytes) -> bool:
    """A document, or an object out of one."""
    return data.startswith(MAGIC) and facts.true_type not in _NOT_DOCUMENTS and names.extension(facts.filename) != "msg"


def is_control_part(facts: FileFacts, data: bytes) -> bool:
    """`word/activeX/activeX1.xml`."""
    return facts.filename.lower().startswith("activex") and b"classid" in data[:65_536]


def read_control_part(data: bytes, facts: FileFacts, _budget: Budget) -> Reading:
    """Controls in a part of OOXML: those that are known to be of use to attackers only."""
    found = (uuid.UUID(match[1].decode("ascii")).bytes_le for match in _CLASS_IN_XML.finditer(data[:65_536]))
    return Reading(with_signs(facts, ((CONTROL, _CONTROLS[control]) for control in found if control in _CONTROLS)))


def read_compound(data: bytes, facts: FileFacts, budget: Budget) -> Reading:
    """Signs and links of a compound file."""
    compound = opened(data, size=facts.size, most=budget.limits.document_bytes)
    if compound is None:
        return Reading(facts)
    signs: list[tuple[str, str]] = []
    wrong = equations.exploit_in(compound)
    if wrong:
        signs.append((EQUATION, wrong))
    for entry in compound.entries:
        if entry.class_id in _CONTROLS and entry.class_id != _PACKAGER:
            signs.append((CONTROL, _CONTROLS[entry.class_id]))
    links: dict[str, None] = {}
    for entry in list(compound.streams())[:_STREAMS]:
        lowered = entry.name.lower()
        if lowered == _NATIVE.lower():
            signs += _linked_package(compound.read(entry))
        if lowered == _LINK_STREAM:
            signs += ((EXTERNAL, f"linked object {url}") for url in _urls(compound.read(entry)) if _is_outside(url))
        elif lowered == _SLIDES:
            # Whatever it is: Office asks before it starts a program from a slide, and good slides have none.
            signs += ((PACKAGE, program) for program in _programs_on_slides(compound.read(entry)))
        if lowered in _LINKS_IN and len(links) < documents.LINKS:
            links.update(dict.fromkeys(_urls(compound.read(entry))))
    return Reading(with_signs(facts, signs), tuple(links)[: documents.LINKS])


def _programs_on_slides(stream: bytes) -> Iterator[str]:
    """Programs that a click on a slide starts: action 2 of an InteractiveInfoAtom, the path in the record behind it."""
    for match in islice(_INTERACTIVE.finditer(stream), OBJECTS):
        start = match.end()
        if stream[start + 2 : start + 4] == _STRING_ATOM:
            length = min(int.from_bytes(stream[start + 4 : start + 8], "little"), 2_000)
            yield stream[start + 8 : start + 8 + length].decode("utf-16-le", "replace")


def _linked_package(stream: bytes) -> Iterator[tuple[str, str]]:
    """A link of the Object Packager that a double click follows."""
    package = ole_objects.package(stream[:8_192])
    if package and package.linked and outside.is_command(package.source):
        yield PACKAGE, package.source


def _is_outside(url: str) -> bool:
    return bool(outside.internet_host(url))


def _urls(stream: bytes) -> Iterator[str]:
    """Addresses behind URL monikers."""
    position = stream.find(_URL_MONIKER)
    for _ in range(documents.LINKS):
        if position < 0:
            return
        length = min(int.from_bytes(stream[position + 16 : position + 20], "little"), 4_000)
        url = stream[position + 20 : position + 20 + length].decode("utf-16-le", "replace").partition("\0")[0]
        if ":" in url[:40]:
            yield url
        position = stream.find(_URL_MONIKER, position + 20)


def members(data: bytes, facts: FileFacts, opening: Opening) -> Members:
    """Files in a document: packages, and streams that hold a whole file."""
    budget = opening.budget
    if facts.size > budget.limits.document_bytes:
        return
    try:
        compound = CompoundFile(data)
    except DamagedFile as error:
        raise Broken(f"damaged: {error}") from error
    for number, (name, content) in enumerate(_files(compound, facts, budget), 1):
        if number > OBJECTS:
            budget.problem(f"{facts.path}: more than {OBJECTS} objects are in it; the rest was not looked at")
            return
        yield whole(name or f"object {number}", content)


def _files(compound: CompoundFile, facts: FileFacts, budget: Budget) -> Iterator[tuple[str, bytes]]:
    for entry in compound.entries:
        lowered = entry.name.lower()
        if entry.kind != STREAM:
            continue
        if lowered == _NATIVE.lower():
            yield from _native(compound.read(entry))
        elif lowered in _WHOLE:
            content = compound.read(entry)
            if content.startswith(_FILES):
                yield "", content
        elif _NUMBERED.fullmatch(entry.name):
            # Documents of Word 2003 in XML keep their objects so, packed, behind four bytes of flags.
            content = _inflated(compound.read(entry)[4:], facts, budget)
            if content.startswith(MAGIC):
                yield "", content
        elif lowered == _SLIDES:
            yield from _of_slides(compound, entry, facts, budget)


def _native(stream: bytes) -> Iterator[tuple[str, bytes]]:
    package = ole_objects.package(stream)
    if package and not package.linked:
        yield names.basename(package.name), package.data
    elif package is None and len(stream) > 4:
        # An object of a program of OLE 1, whatever it is.
        yield "", stream[4:]


def _of_slides(compound: CompoundFile, entry: Entry, facts: FileFacts, budget: Budget) -> Iterator[tuple[str, bytes]]:
    """Objects of a presentation: compressed compound files in the stream of the slides."""
    stream = compound.read(entry)
    for number, match in enumerate(_SLIDE_OBJECT.finditer(stream)):
        if number >= OBJECTS:
            return
        length = int.from_bytes(match[1], "little")
        content = stream[match.end() : match.end() + length]
        if stream[match.start()] == 0x10:
            content = _inflated(content[4:], facts, budget)
        if content.startswith(MAGIC):
            yield "", content


def _inflated(data: bytes, facts: FileFacts, budget: Budget) -> bytes:
    """What a zlib stream holds, bounded here and counted by who reads it; b"" where it is none."""
    bound = max(1, min(budget.limits.waiting_bytes, budget.unpacked_left))
    inflater = zlib.decompressobj()
    try:
        content = inflater.decompress(data, bound)
    except zlib.error:
        return b""
    if inflater.unconsumed_tail:
        budget.problem(f"{facts.path}: an object in it unpacks to more than {bound:,} bytes")
    return content


def is_flat(facts: FileFacts, data: bytes) -> bool:
    """A document in one XML or MHT file, whose compound files stand in it in base64."""
    return not data.startswith(MAGIC) and office.may_hold_macros(facts.true_type, data)


def flat_members(data: bytes, _facts: FileFacts, opening: Opening) -> Members:
    """The compound files of such a document."""
    for number, content in enumerate(office.blobs(data, opening.budget.limits), 1):
        yield whole(f"object {number}", content)
