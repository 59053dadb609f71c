"""Reads the formulas of Excel 4 macro sheets: in workbooks of Excel 5 to 2003, in parts of .xlsm and .xlsb, in SYLK."""

from __future__ import annotations

import html
import re
import struct
from collections.abc import Iterator

from msgspec import Struct, field

from workers.attachments.excel4 import AUTO_RUN, FORMULAS, Formula
from workers.attachments.excel_tokens import BIFF5, BIFF8, BIFF12, Dialect, formula_text
from workers.workbook import cell_name

RECORDS = 200_000
# [MS-XLS] 2.3: records of the globals, then of the sheets.
_BOF, _BOUND_SHEET, _LABEL_OF_NAME, _FORMULA, _STRING, _LABEL = 0x0809, 0x0085, 0x0018, 0x0006, 0x0207, 0x0204
_MACRO_SHEET, _GLOBALS = 0x0040, 0x0005
# Built-in names (2.5.66): those that run by themselves.
_AUTO_NAMES = {0x01: "Auto_Open", 0x02: "Auto_Close", 0x0A: "Auto_Activate", 0x0B: "Auto_Deactivate"}

# [MS-XLSB] 2.3.1.
_ROW, _FORMULA_TEXT, _FORMULA_NUMBER, _FORMULA_BOOL, _FORMULA_ERROR = 0, 8, 9, 10, 11
NAME_12 = 39

_XML_CELL = re.compile(rb'<c\b[^<>]{0,300}?\br="([A-Z]{1,3}\d{1,7})"[^<>]{0,300}>')
_XML_FORMULA = re.compile(rb"<f\b[^<>/]{0,300}>([^<]{1,9000})</f>")
_XML_VALUE = re.compile(rb"<(?:v|t)\b[^<>]{0,100}>([^<]{1,9000})</(?:v|t)>")
_XML_NAME = re.compile(rb'<definedName\b[^<>]{0,500}?\bname="([^"]{1,255})"', re.IGNORECASE)
_SYLK_CELL = re.compile(rb"(?m)^C;([^\r\n]{1,9000})")


class Sheets(Struct, kw_only=True):
    """What macro sheets hold. `auto_run`: a name that starts them is defined. Filled by the readers here."""

    found: bool = False
    hidden: bool = False
    auto_run: bool = False
    formulas: list[Formula] = field(default_factory=list)
    values: dict[str, str] = field(default_factory=dict)


def of_workbook(stream: bytes) -> Sheets:
    """The macro sheets of a Workbook or Book stream."""
    sheets = Sheets()
    # Excel goes by the version at the start; sheets may say another one.
    dialect, kind_of_sheet = BIFF5 if stream[4:6] == b"\x00\x05" else BIFF8, _GLOBALS
    names: list[str] = []
    place = ""
    for record, body in records(stream):
        if record == _BOF and len(body) >= 4:
            kind_of_sheet = struct.unpack_from("<H", body, 2)[0]
            if kind_of_sheet != _GLOBALS and not sheets.found:
                # The globals come first, and name no macro sheet.
                break
        elif record == _BOUND_SHEET and len(body) > 5 and body[5] == 1:
            sheets.found = True
            # Hidden sheets are how good add-ins work, too; this is for people to read.
            sheets.hidden = sheets.hidden or body[4] & 3 != 0
        elif record == _LABEL_OF_NAME and len(body) > 14:
            name = name_of(body, dialect)
            names.append(name)
            sheets.auto_run = sheets.auto_run or AUTO_RUN.match(name) is not None
        elif kind_of_sheet != _GLOBALS:
            place = _cell_record(record, body, place, dialect, names, sheets, macro=kind_of_sheet == _MACRO_SHEET)
    sheets.auto_run = sheets.auto_run and sheets.found
    return sheets


def _cell_record(
    record: int, body: bytes, place: str, dialect: Dialect, names: list[str], sheets: Sheets, *, macro: bool
) -> str:
    """One record of a sheet; gives the cell of the formula whose text may come in the next record."""
    if record == _FORMULA and len(body) >= 22:
        row, column = struct.unpack_from("<HH", body)
        place = cell_name(row, column)
        if macro and len(sheets.formulas) < FORMULAS:
            length = struct.unpack_from("<H", body, 20)[0]
            sheets.formulas.append(Formula(place, formula_text(body[22 : 22 + length], dialect, names)))
        return place
    if record == _STRING and place and len(body) > 2:
        sheets.values.setdefault(place, text_at(body, 0, dialect))
    elif record == _LABEL and len(body) > 8:
        row, column = struct.unpack_from("<HH", body)
        sheets.values.setdefault(cell_name(row, column), text_at(body, 6, dialect))
    return ""


def records(stream: bytes) -> Iterator[tuple[int, bytes]]:
    """Type and content of each record of a Workbook stream ([MS-XLS] 2.1.4)."""
    position = 0
    for _ in range(RECORDS):
        if position + 4 > len(stream):
            return
        record, length = struct.unpack_from("<HH", stream, position)
        yield record, stream[position + 4 : position + 4 + length]
        position += 4 + length


def name_of(body: bytes, dialect: Dialect) -> str:
    """The name that a Lbl record defines (2.4.150)."""
    flags, length = body[0], body[3]
    if dialect is BIFF5:
        text = body[14 : 14 + length].decode("cp1252", "replace")
    elif body[14] & 1:
        text = body[15 : 15 + 2 * length].decode("utf-16-le", "replace")
    else:
        text = body[15 : 15 + length].decode("cp1252", "replace")
    return _AUTO_NAMES.get(ord(text), f"builtin{ord(text)}") if flags & 0x20 and len(text) == 1 else text


def text_at(body: bytes, start: int, dialect: Dialect) -> str:
    length = struct.unpack_from("<H", body, start)[0]
    if dialect is BIFF5:
        return body[start + 2 : start + 2 + length].decode("cp1252", "replace")
    if len(body) > start + 2 and body[start + 2] & 1:
        return body[start + 3 : start + 3 + 2 * length].decode("utf-16-le", "replace")
    return body[start + 3 : start + 3 + length].decode("cp1252", "replace")


def of_binary_part(data: bytes) -> Sheets:
    """A macro sheet of .xlsb: `xl/macrosheets/sheet1.bin`."""
    sheets = Sheets(found=True)
    row = 0
    for record, body in binary_records(data):
        if record == _ROW and len(body) >= 4:
            row = struct.unpack_from("<I", body)[0] & 0xFFFFF
        elif record in (_FORMULA_TEXT, _FORMULA_NUMBER, _FORMULA_BOOL, _FORMULA_ERROR) and len(body) > 16:
            if len(sheets.formulas) >= FORMULAS:
                break
            place = cell_name(row, struct.unpack_from("<I", body)[0] & 0x3FFF)
            after = {_FORMULA_NUMBER: 16, _FORMULA_BOOL: 9, _FORMULA_ERROR: 9}.get(record, 8)
            if record == _FORMULA_TEXT:
                length = struct.unpack_from("<I", body, 8)[0]
                sheets.values.setdefault(place, body[12 : 12 + 2 * length].decode("utf-16-le", "replace"))
                after = 12 + 2 * length
            tokens = body[after + 6 :]
            if len(tokens) > 0:
                size = int.from_bytes(body[after + 2 : after + 6], "little")
                sheets.formulas.append(Formula(place, formula_text(tokens[:size], BIFF12)))
    return sheets


def names_of_binary_workbook(data: bytes) -> Iterator[str]:
    """Names that `xl/workbook.bin` defines (BrtName, 2.4.718)."""
    for record, body in binary_records(data):
        if record == NAME_12 and len(body) > 13:
            length = struct.unpack_from("<I", body, 9)[0]
            yield body[13 : 13 + 2 * min(length, 255)].decode("utf-16-le", "replace")


def binary_records(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Records of [MS-XLSB] (2.1.4): a type of one or two bytes, a length of up to four, seven bits in each."""
    position = 0
    for _ in range(RECORDS):
        if position >= len(data):
            return
        record = data[position]
        position += 1
        if record & 0x80 and position < len(data):
            record = record & 0x7F | (data[position] & 0x7F) << 7
            position += 1
        length = 0
        for shift in (0, 7, 14, 21):
            if position >= len(data):
                return
            byte = data[position]
            position += 1
            length |= (byte & 0x7F) << shift
            if not byte & 0x80:
                break
        yield record, data[position : position + length]
        position += length


def of_xml_part(data: bytes) -> Sheets:
    """A macro sheet of .xlsm: `xl/macrosheets/sheet1.xml`."""
    sheets = Sheets(found=True)
    cells = list(_XML_CELL.finditer(data))[:FORMULAS]
    for cell, following in zip(cells, [*cells[1:], None], strict=False):
        content = data[cell.end() : following.start() if following else cell.end() + 20_000]
        place = cell[1].decode("ascii")
        formula, value = _XML_FORMULA.search(content), _XML_VALUE.search(content)
        if formula:
            sheets.formulas.append(Formula(place, unescaped(formula[1])))
        if value and b't="s"' not in cell[0]:
            sheets.values.setdefault(place, unescaped(value[1]))
    return sheets


def names_of_xml_workbook(data: bytes) -> Iterator[str]:
    """Names that `xl/workbook.xml` defines."""
    return (unescaped(match[1]) for match in _XML_NAME.finditer(data))


def of_sylk(data: bytes) -> Sheets:
    """The cells of a SYLK file, and whether it says that it holds macros (";E" in its O record)."""
    sheets = Sheets(found=re.search(rb"(?m)^O;[^\r\n]*E\b", data[:65_536]) is not None)
    sheets.auto_run = re.search(rb"(?im)^NN;NAuto_(?:open|close)", data) is not None
    sheets.found = sheets.found or sheets.auto_run
    if not sheets.found:
        return sheets
    row = column = 1
    for match in _SYLK_CELL.finditer(data):
        for piece in match[1].decode("cp1252", "replace").split(";"):
            if piece[:1] == "Y" and piece[1:].isdecimal():
                row = int(piece[1:8])
            elif piece[:1] == "X" and piece[1:].isdecimal():
                column = int(piece[1:8])
            elif piece[:1] == "K" and piece[1:2] == '"':
                sheets.values.setdefault(cell_name(row - 1, column - 1), piece[2:-1])
            elif piece[:1] == "E" and len(sheets.formulas) < FORMULAS:
                sheets.formulas.append(Formula(cell_name(row - 1, column - 1), piece[1:]))
    return sheets


def unescaped(data: bytes) -> str:
    return html.unescape(data.decode("utf-8", "replace"))
