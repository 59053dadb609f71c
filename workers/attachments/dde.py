"""Dynamic Data Exchange in workbooks and tables: formulas and links that start a program when they are updated."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from itertools import chain

from mailcore.view import FileFacts
from workers.attachments import macro_sheets, names
from workers.attachments.budget import Budget
from workers.attachments.compound import MAGIC, opened
from workers.attachments.fields import DDE
from workers.attachments.reading import Reading
from workers.attachments.signs import with_signs

_TABLES = frozenset({"csv", "tsv", "tab", "slk", "dif"})
_BYTES = 8_388_608
_LINKS = 1_000
# A cell that begins with a formula: =cmd|'/c calc'!A0. Also +, - and @, and a call around it.
_BAR = re.compile(rb"\|[ \t]{0,8}['\"][^\r\n]{1,300}")
_BEFORE = 130
_CELL_END = re.compile(rb"[\r\n,;\t]")
_FORMULA_START = re.compile(rb"[ '\"]{0,8}[=+\-@]")
_FORMULA = re.compile(rb'\bss:Formula\s*=\s*"(=[^"|]{1,200}\|[^"]{1,1000})"')
_DDE_LINK = re.compile(rb"<ddeLink\b([^<>]{1,2000})>")
_SERVICE = re.compile(rb"\bdde(Service|Topic)\s*=\s*(?:\"([^\"]{0,1000})\"|'([^']{0,1000})')")
_SUP_BOOK, _SUP_BOOK_12 = 0x01AE, 360  # [MS-XLS] 2.4.271, [MS-XLSB] 2.4.288 BrtBeginSupBook


def is_table(facts: FileFacts, data: bytes) -> bool:
    return names.extension(facts.filename) in _TABLES and b"|" in data


def read_table(data: bytes, facts: FileFacts, _budget: Budget) -> Reading:
    """Formulas in a file of comma-separated values."""
    cells = []
    for match in _found(_BAR, data):
        before = _CELL_END.split(data[max(0, match.start() - _BEFORE) : match.start()])[-1]
        if _FORMULA_START.match(before):
            cells.append((before + match[0]).decode("utf-8", "replace"))
    return Reading(with_signs(facts, ((DDE, cell) for cell in cells)))


def is_linked_part(facts: FileFacts, data: bytes) -> bool:
    """`xl/externalLinks/externalLink1.xml` or `.bin`, or a workbook in one XML file."""
    if facts.filename.lower().startswith("externallink"):
        return True
    return b"urn:schemas-microsoft-com:office:spreadsheet" in data[:4_096]


def read_linked_part(data: bytes, facts: FileFacts, _budget: Budget) -> Reading:
    """Links of a workbook to other programs."""
    found: list[str] = []
    for match in _found(_DDE_LINK, data):
        words = {name: html.unescape((one or two).decode("utf-8", "replace")) for name, one, two in _parts(match[1])}
        found.append(f"{words.get(b'Service', '')}|{words.get(b'Topic', '')}")
    found += (html.unescape(match[1].decode("utf-8", "replace")) for match in _found(_FORMULA, data))
    if facts.filename.lower().endswith(".bin"):
        found += _of_binary_part(data)
    return Reading(with_signs(facts, ((DDE, words) for words in found)))


def _found(pattern: re.Pattern[bytes], data: bytes) -> Iterator[re.Match[bytes]]:
    for number, match in enumerate(pattern.finditer(data[:_BYTES])):
        if number >= _LINKS:
            return
        yield match


def _parts(attributes: bytes) -> list[tuple[bytes, bytes, bytes]]:
    return [(match[1], match[2] or b"", match[3] or b"") for match in _SERVICE.finditer(attributes)]


def _of_binary_part(data: bytes) -> Iterator[str]:
    for record, body in macro_sheets.binary_records(data):
        if record == _SUP_BOOK_12 and len(body) > 6 and body[0] == 1:
            service = _wide(body, 2)
            yield f"{service}|{_wide(body, 6 + 2 * len(service))}"


def _wide(body: bytes, start: int) -> str:
    length = min(int.from_bytes(body[start : start + 4], "little"), 1_000)
    return body[start + 4 : start + 4 + 2 * length].decode("utf-16-le", "replace")


def is_workbook(facts: FileFacts, data: bytes) -> bool:
    return facts.true_type == "application/vnd.ms-excel" and data.startswith(MAGIC)


def read_workbook(data: bytes, facts: FileFacts, budget: Budget) -> Reading:
    """The same of a workbook of Excel 97 to 2003: SupBook records whose path is "service", 3, "topic"."""
    compound = opened(data, size=facts.size, most=budget.limits.document_bytes)
    if compound is None:
        return Reading(facts)
    found = list[str]()
    books = (macro_sheets.records(compound.read(entry)) for entry in compound.named("Workbook"))
    for record, body in chain.from_iterable(books):
        if record == _SUP_BOOK and len(body) > 5 and len(found) < _LINKS:
            length = int.from_bytes(body[2:4], "little")
            wide = body[4] & 1
            path = body[5 : 5 + (2 * length if wide else length)].decode("utf-16-le" if wide else "latin-1", "replace")
            if "\x03" in path:
                found.append(path.replace("\x03", "|"))
    return Reading(with_signs(facts, ((DDE, words) for words in found)))
