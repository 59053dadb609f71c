"""Instructions of fields in Word documents: DDE commands, links, documents that are pulled in ([ECMA-376] 17.16)."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator

from msgspec import structs

from mailcore.view import FileFacts
from workers.attachments import documents, outside
from workers.attachments.budget import Budget
from workers.attachments.compound import MAGIC, opened
from workers.attachments.reading import Reading
from workers.attachments.signs import with_signs

DDE = "office.dde"
EXTERNAL = "office.external"
PACKAGE = "office.package"

FIELDS = 5_000
_CHARACTERS = 4_000  # of one instruction
_DEPTH = 20
_XML = re.compile(
    rb'<w:fldChar\b[^<>]{0,200}?w:fldCharType\s*=\s*["\'](begin|separate|end)["\']'
    rb'|<w:fldSimple\b[^<>]{0,200}?w:instr\s*=\s*(?:"([^"]{1,4000})"|\'([^\']{1,4000})\')'
    rb"|<w:instrText\b[^<>]{0,200}>([^<]{1,4000})</w:instrText>"
)
_DOC = re.compile("\x13([^\x13-\x15]{1,500})(?=[\x13-\x15])")
_DDE = re.compile(r"\s*dde(?:auto)?\b", re.IGNORECASE)
_LINK = re.compile(r"\s*hyperlink\s+(?:\\[a-z]\s+)?\"?((?:https?|ftp|file|mailto):[^\s\"]{1,2000})", re.IGNORECASE)
_INCLUDED = re.compile(r"\s*(includetext|link|import)\s+(?:[\w.]{1,60}\s+)?\"?([^\s\"]{4,2000})", re.IGNORECASE)
_QUOTE = re.compile(r"\s*quote((?:\s+\d{1,5}){1,500})\s*", re.IGNORECASE)


def holds_fields(_facts: FileFacts, data: bytes) -> bool:
    """A part of a Word document, or a whole one in XML, with fields in it."""
    return data[:200].lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<") and (
        b"<w:instrText" in data or b"<w:fldSimple" in data
    )


def read_xml(data: bytes, facts: FileFacts, budget: Budget) -> Reading:
    """Fields of `word/document.xml` and its like."""
    return reading(facts, instructions_of_xml(data[: budget.limits.document_bytes]))


def is_word(facts: FileFacts, data: bytes) -> bool:
    return facts.true_type == "application/msword" and data.startswith(MAGIC)


def read_word(data: bytes, facts: FileFacts, budget: Budget) -> Reading:
    """Fields of a Word 97 document; they stand in its text, between marks ([MS-DOC] 2.8.25)."""
    compound = opened(data, size=facts.size, most=budget.limits.document_bytes)
    if compound is None:
        return Reading(facts)
    entry = compound.find("WordDocument")
    text = compound.read(entry) if entry else b""
    return reading(facts, [*_of_text(text.decode("latin-1")), *_of_text(text.decode("utf-16-le", "replace"))])


def _of_text(text: str) -> Iterator[str]:
    for number, match in enumerate(_DOC.finditer(text)):
        if number >= FIELDS:
            return
        yield match[1]


def reading(facts: FileFacts, instructions: Iterable[str]) -> Reading:
    """The facts with what the instructions are for, and their links."""
    links: dict[str, None] = {}
    signs: list[tuple[str, str]] = []
    for instruction in instructions:
        link, included = _LINK.match(instruction), _INCLUDED.match(instruction)
        if _DDE.match(instruction):
            signs.append((DDE, instruction))
        elif link and len(links) < documents.LINKS:
            links[link[1]] = None
        elif included and outside.internet_host(included[2].replace("\\\\", "\\")):
            signs.append((EXTERNAL, f"{included[1].lower()} {included[2]}"))
    return Reading(structs.replace(with_signs(facts, signs)), tuple(links))


def instructions_of_xml(data: bytes) -> Iterator[str]:
    """Instructions, put together from the runs that they are split into; of nested ones the inner are filled in."""
    open_fields: list[list[str]] = []
    in_result: list[bool] = []
    for number, match in enumerate(_XML.finditer(data)):
        if number >= FIELDS * 4:
            return
        mark, text = match[1], match[4]
        if match[2] or match[3]:
            yield _text(match[2] or match[3])
        elif mark == b"begin" and len(open_fields) < _DEPTH:
            open_fields.append([])
            in_result.append(False)
        elif mark == b"separate" and in_result:
            in_result[-1] = True
        elif mark == b"end" and open_fields:
            instruction = "".join(open_fields.pop())[:_CHARACTERS]
            in_result.pop()
            yield instruction
            if open_fields and not in_result[-1]:
                open_fields[-1].append(_value(instruction))
        elif text and open_fields and not in_result[-1]:
            open_fields[-1].append(_text(text))
        elif text and not open_fields:
            yield _text(text)
    # Word closes what is left open at the end.
    for pieces in open_fields:
        yield "".join(pieces)[:_CHARACTERS]


def _value(instruction: str) -> str:
    """What an inner field puts into the outer one: QUOTE 68 68 69 is "DDE"."""
    quote = _QUOTE.fullmatch(instruction)
    if not quote:
        return ""
    return "".join(chr(number) for number in map(int, quote[1].split()) if 31 < number < 0xD800)


def _text(data: bytes) -> str:
    return html.unescape(data.decode("utf-8", "replace"))
