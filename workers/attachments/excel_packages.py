"""Reads .xlsm and .xlsb as their macros see them: cells of all sheets, shared texts, names ([MS-XLSB], ECMA-376)."""

from __future__ import annotations

import html
import io
import posixpath
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from itertools import islice

from msgspec import Struct, field

from workers.attachments import macro_sheets
from workers.attachments.excel_tokens import BIFF12, formula_text
from workers.attachments.excel_workbooks import CELLS, NAMES, SHEETS, STRINGS, rk_number, workbook_of
from workers.workbook import Cell, Sheet, Value, Workbook, column_number

PART_BYTES = 8_388_608
PARTS_BYTES = 33_554_432
_RELATIONS = 2_000  # of one part

_CONTENT_TYPES = re.compile(rb"\[content_types\]\.xml", re.IGNORECASE)
_WORKBOOK_RELATION = re.compile(r"/officeDocument$", re.IGNORECASE)
_STRINGS_RELATION = re.compile(r"/sharedStrings$", re.IGNORECASE)
_MACRO_RELATION = re.compile(r"/xl(?:Intl)?Macrosheet$", re.IGNORECASE)
_SHEET_RELATION = re.compile(r"/(?:xl(?:Intl)?Macrosheet|worksheet)$", re.IGNORECASE)
_RELATION = re.compile(r"<(?:\w{1,20}:)?Relationship\b([^<>]{0,4000}+)>")
_SHEET = re.compile(r"<(?:\w{1,20}:)?sheet\b([^<>]{0,2000}+)>")
_DEFINED = re.compile(r"<(?:\w{1,20}:)?definedName\b([^<>]{0,2000}+)>([^<]{0,9000}+)<")
_ATTRIBUTE = re.compile(r"([\w:]{1,40})\s{0,8}=\s{0,8}(?:\"([^\"]{0,2000}+)\"|'([^']{0,2000}+)')")
_CELL = re.compile(r"<(?:\w{1,20}:)?c\b([^<>]{0,300}+)>")
_FORMULA = re.compile(r"<(?:\w{1,20}:)?f\b[^<>/]{0,300}+>([^<]{1,9000}+)<")
_VALUE = re.compile(r"<(?:\w{1,20}:)?(?:v|t)\b[^<>]{0,100}+>([^<]{1,33000}+)<")
_PLACE = re.compile(r"([A-Z]{1,3})(\d{1,7})")

# [MS-XLSB] 2.3.1.
_ROW, _BLANK_RK, _ERROR, _BOOL, _REAL, _TEXT, _SHARED = 0, 2, 3, 4, 5, 6, 7
_FORMULAS = {8: "text", 9: "number", 10: "bool", 11: "error"}
_SHARED_ITEM, _BUNDLE_SHEET, _EXTERN_SHEETS = 19, 156, 362


_UNREADABLE = (
    *(zipfile.BadZipFile, zlib.error, OSError, EOFError, ValueError, NotImplementedError, RuntimeError, struct.error),
)


class _Part(Struct):
    """What the part of the workbook says: sheets with the relation that leads to them, names, sheets as counted."""

    sheets: list[tuple[str, str]] = field(default_factory=list)
    labels: list[tuple[str, bytes | str]] = field(default_factory=list)
    counted: list[str] = field(default_factory=list)


def may_be_one(data: bytes) -> bool:
    """Names of parts stand in an archive as they are; but for this one, a workbook may have any."""
    return data.startswith(b"PK") and _CONTENT_TYPES.search(data) is not None


def of_package(data: bytes) -> Workbook | None:
    """A workbook of Excel 2007 and later; None without macro sheets, and for an archive that cannot be read."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return _Package(archive).read()
    except _UNREADABLE:
        # Its own opener says what is wrong with it.
        return None


class _Package:
    """One archive; parts are unpacked once, within PARTS_BYTES."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self._names = {name.lower().replace("\\", "/").lstrip("/"): name for name in archive.namelist()}
        self._left = PARTS_BYTES
        self._cells_left = CELLS
        self._strings: list[str] = []

    def read(self) -> Workbook | None:
        own = _relations(self._text("_rels/.rels"), "/")
        name = self._first(own, _WORKBOOK_RELATION, "xl/workbook.xml", "xl/workbook.bin")
        folder, base = posixpath.split(name)
        relations = _relations(self._text(posixpath.join(folder, "_rels", f"{base}.rels")), f"/{folder}")
        targets = {key: target for key, (kind, target) in relations.items() if _SHEET_RELATION.search(kind)}
        macros = {target for kind, target in relations.values() if _MACRO_RELATION.search(kind)}
        macros |= {part for part in self._names if "/macrosheets/" in part and not part.endswith(".rels")}
        macros = {part for part in macros if "binaryindex" not in part}
        if not macros:
            return None
        content = self._part(name)
        part = _xml_workbook(decoded(content)) if _is_xml(content) else _binary_workbook(content)
        texts = (posixpath.join(folder, f"sharedstrings.{extension}") for extension in ("xml", "bin"))
        strings = self._part(self._first(relations, _STRINGS_RELATION, *texts))
        self._strings = _xml_strings(decoded(strings)) if _is_xml(strings) else list(_binary_strings(strings))
        titles = {targets[key]: title for title, key in part.sheets if key in targets}
        # Those that nothing names come last; Excel would not find them, and who wrote them may.
        places = dict.fromkeys([*titles, *sorted(macros)])
        names = [name for name, _ in part.labels]
        sheets = []
        for number, place in enumerate(list(places)[:SHEETS], 1):
            sheet = Sheet(name=titles.get(place, f"Macro{number}"), is_macro=place in macros)
            content = self._part(place)
            self._fill(sheet, content, names, part.counted)
            sheets.append(sheet)
        meanings = {
            name: meaning if isinstance(meaning, str) else formula_text(meaning, BIFF12, names, part.counted)
            for name, meaning in part.labels
        }
        return workbook_of(sheets, meanings)

    def _first(self, relations: dict[str, tuple[str, str]], kind: re.Pattern[str], *usual: str) -> str:
        """The part that is there and that a relation of that kind leads to, else the first of the usual ones."""
        related = (target for name, target in relations.values() if kind.search(name))
        return next((name for name in (*related, *usual) if name in self._names), "")

    def _part(self, name: str) -> bytes:
        known = self._names.get(name)
        if known is None:
            return b""
        with self._archive.open(known) as file:
            content = file.read(min(PART_BYTES, self._left))
        self._left -= len(content)
        return content

    def _text(self, name: str) -> str:
        return decoded(self._part(name))

    def _fill(self, sheet: Sheet, content: bytes, names: Sequence[str], counted: Sequence[str]) -> None:
        is_xml = _is_xml(content)
        cells = _xml_cells(decoded(content), self._strings) if is_xml else self._binary_cells(content, names, counted)
        for place, cell in cells:
            if self._cells_left <= 0:
                return
            self._cells_left -= 1
            sheet.cells[place] = cell

    def _binary_cells(
        self, content: bytes, names: Sequence[str], counted: Sequence[str]
    ) -> Iterator[tuple[tuple[int, int], Cell]]:
        row = 0
        for record, found in macro_sheets.binary_records(content):
            body = found.ljust(16, b"\0")  # of one that is cut off
            if record == _ROW and len(body) >= 4:
                row = struct.unpack_from("<I", body)[0] & 0xFFFFF
            elif record in _FORMULAS or _BLANK_RK <= record <= _SHARED:
                place = row, struct.unpack_from("<I", body)[0] & 0x3FFF
                value, after = _binary_value(record, body, self._strings)
                formula = ""
                if record in _FORMULAS:
                    size = int.from_bytes(body[after + 2 : after + 6], "little")
                    formula = formula_text(body[after + 6 : after + 6 + size], BIFF12, names, counted)
                yield place, Cell(formula, value)


def _binary_value(record: int, body: bytes, strings: Sequence[str]) -> tuple[Value, int]:
    """The value behind the eight bytes of every cell, and where it ends."""
    kind = _FORMULAS.get(record, "")
    if record == _ERROR or kind == "error":
        return None, 9
    if record == _BOOL or kind == "bool":
        return bool(body[8]), 9
    if record == _REAL or kind == "number":
        return struct.unpack_from("<d", body, 8)[0], 16
    if record == _TEXT or kind == "text":
        length = struct.unpack_from("<I", body, 8)[0]
        return body[12 : 12 + 2 * length].decode("utf-16-le", "replace"), 12 + 2 * length
    number = struct.unpack_from("<I", body, 8)[0]
    if record == _SHARED:
        return (strings[number] if number < len(strings) else None), 12
    return rk_number(body[8:12]), 12


def _is_xml(content: bytes) -> bool:
    return content.lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n\0").startswith(b"<")


def decoded(data: bytes) -> str:
    """XML in UTF-8, or in UTF-16 as its first bytes say."""
    return data.decode("utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig", "replace")


def _attributes(text: str) -> dict[str, str]:
    """By their names without prefixes."""
    return {
        name.rpartition(":")[2].lower(): html.unescape(double or single)
        for name, double, single in _ATTRIBUTE.findall(text)
    }


def _relations(text: str, folder: str) -> dict[str, tuple[str, str]]:
    """Type and target of each relation of a part in that folder, by its id."""
    found: dict[str, tuple[str, str]] = {}
    for match in islice(_RELATION.finditer(text), _RELATIONS):
        entries = _attributes(match[1])
        target = posixpath.normpath(posixpath.join(folder, entries.get("target", ""))).lstrip("/").lower()
        found[entries.get("id", "")] = entries.get("type", ""), target
    return found


def _xml_workbook(text: str) -> _Part:
    part = _Part()
    for match in islice(_SHEET.finditer(text), SHEETS):
        entries = _attributes(match[1])
        part.sheets.append((entries.get("name", ""), entries.get("id", "")))
    for match in islice(_DEFINED.finditer(text), NAMES):
        part.labels.append((_attributes(match[1]).get("name", ""), html.unescape(match[2])))
    return part


def _binary_workbook(data: bytes) -> _Part:
    part = _Part()
    for record, body in macro_sheets.binary_records(data):
        if record == _BUNDLE_SHEET and len(part.sheets) < SHEETS:
            relation, after = _wide(body, 8)
            title, _ = _wide(body, after)
            part.sheets.append((title, relation))
        elif record == _EXTERN_SHEETS:
            for _, first, _ in struct.iter_unpack("<iii", body[4 : 4 + (len(body) - 4) // 12 * 12]):
                part.counted.append(part.sheets[first][0] if 0 <= first < len(part.sheets) else "")
        elif record == macro_sheets.NAME_12 and len(body) > 13 and len(part.labels) < NAMES:
            name, after = _wide(body, 9)
            size = int.from_bytes(body[after : after + 4], "little")
            part.labels.append((name, body[after + 4 : after + 4 + size]))
    return part


def _wide(body: bytes, at: int) -> tuple[str, int]:
    """A text with its length in four bytes before it, and where it ends."""
    length = int.from_bytes(body[at : at + 4], "little")
    if length > 32_767:
        return "", at + 4
    return body[at + 4 : at + 4 + 2 * length].decode("utf-16-le", "replace"), at + 4 + 2 * length


def _xml_strings(text: str) -> list[str]:
    """Texts in pieces of different looks are one."""
    return ["".join(map(html.unescape, _VALUE.findall(item))) for item in text.split("<si", STRINGS + 1)[1:]]


def _binary_strings(data: bytes) -> Iterator[str]:
    count = 0
    for record, body in macro_sheets.binary_records(data):
        if record == _SHARED_ITEM and count < STRINGS:
            count += 1
            yield _wide(body, 1)[0]


def _xml_cells(text: str, strings: Sequence[str]) -> Iterator[tuple[tuple[int, int], Cell]]:
    cells = list(islice(_CELL.finditer(text), CELLS))
    for cell, following in zip(cells, [*cells[1:], None], strict=False):
        entries = _attributes(cell[1])
        place = _PLACE.fullmatch(entries.get("r", ""))
        if place is None:
            continue
        content = text[cell.end() : following.start() if following else cell.end() + 40_000]
        formula, value = _FORMULA.search(content), _VALUE.search(content)
        kind = entries.get("t", "n")
        yield (
            (int(place[2]) - 1, column_number(place[1])),
            Cell(html.unescape(formula[1]) if formula else "", _xml_value(kind, value[1], strings) if value else None),
        )


def _xml_value(kind: str, written: str, strings: Sequence[str]) -> Value:
    words = html.unescape(written)
    if kind in ("str", "inlineStr"):
        return words
    if kind == "b":
        return words.strip() == "1"
    if kind == "s":
        number = int(words) if words.isdecimal() and len(words) < 8 else len(strings)
        return strings[number] if number < len(strings) else None
    try:
        return None if kind == "e" else float(words[:40])
    except ValueError:
        return None
