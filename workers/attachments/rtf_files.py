"""RTF files: their text, links, commands and objects."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import structs

from mailcore.view import FileFacts
from workers.attachments import equations, fields, names, ole_objects, outside, rtf
from workers.attachments.budget import Budget
from workers.attachments.compound import MAGIC
from workers.attachments.embedded import EQUATION
from workers.attachments.fields import EXTERNAL, PACKAGE
from workers.attachments.members import Members, Opening, whole
from workers.attachments.reading import Reading
from workers.attachments.signs import with_signs

UPDATE = "rtf.update"
DISGUISE = "rtf.disguise"


def is_rtf(_facts: FileFacts, data: bytes) -> bool:
    """As Word sees it: "{\\rt" is enough, blanks may come before."""
    return data[:64].lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{\\rt")


def has_objects(facts: FileFacts, data: bytes) -> bool:
    return is_rtf(facts, data) and b"\\objdata" in data


def read(data: bytes, facts: FileFacts, budget: Budget) -> Reading:
    """Text, links and signs."""
    limits = budget.limits
    document = _document(data, facts, budget)
    reading = fields.reading(facts, document.instructions)
    signs = list(_signs(document))
    if document.objects and not data.lstrip().startswith((b"{\\rtf1", b"{\\rtf ", b"{\\rtf\\", b"{\\rtf0")):
        signs.append((DISGUISE, f"it begins with {data.lstrip()[:16].decode('latin-1')}"))
    facts = with_signs(reading.facts, signs)
    text = document.text[: limits.text_characters] if budget.take_document() else ""
    return Reading(structs.replace(facts, text=text), reading.links)


def _document(data: bytes, facts: FileFacts, budget: Budget) -> rtf.RtfDocument:
    bound = budget.limits.document_bytes
    document = rtf.read_rtf(data[:bound], text_characters=budget.limits.text_characters, is_over=lambda: budget.is_over)
    if document.cut or len(data) > bound:
        budget.problem(f"{facts.path}: only its first part was read")
    return document


def _signs(document: rtf.RtfDocument) -> Iterator[tuple[str, str]]:
    if outside.internet_host(document.template):
        yield EXTERNAL, f"template {document.template}"
    for item in document.objects:
        inner = ole_objects.ole_object(item.data)
        name = (inner.class_name if inner else "") or item.class_name
        if item.words > rtf.ODD_WORDS:
            yield DISGUISE, f"{item.words} control words within the data of an object"
        if document.updates:
            # Good documents update links to workbooks; the detector asks for what.
            yield UPDATE, name or "an object without a class"
        if inner is None:
            if item.data:
                yield DISGUISE, f"an object whose data has no header: {item.data[:8].hex()}"
            continue
        if inner.linked and outside.internet_host(inner.linked):
            yield EXTERNAL, f"linked object {inner.linked}"
        package = ole_objects.package(inner.data[:8_192])
        if package and package.linked and outside.is_command(package.source):
            yield PACKAGE, package.source
        if equations.class_name_is_equation(name) and inner.data and not inner.data.startswith(MAGIC):
            wrong = equations.exploit_in_native(inner.data) or "an equation without the stream of an equation"
            yield EQUATION, wrong


def members(data: bytes, facts: FileFacts, opening: Opening) -> Members:
    """The objects of the file: packages by their names, others by their class."""
    document = _document(data, facts, opening.budget)
    for number, item in enumerate(document.objects, 1):
        inner = ole_objects.ole_object(item.data)
        content = inner.data if inner else item.data
        if not content:
            continue
        package = ole_objects.package(content)
        if package and not package.linked:
            yield whole(names.basename(package.name) or f"object {number}", package.data)
        else:
            yield whole(f"object {number}", content)
