"""Reads workbooks of Excel 5 to 2003 and SYLK files as their macros see them: cells of all sheets, names ([MS-XLS])."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import islice

from workers.attachments import macro_sheets
from workers.attachments.excel4 import AUTO_RUN
from workers.attachments.excel_tokens import BIFF5, BIFF8, Dialect, formula_text
from workers.workbook import Cell, Sheet, Value, Workbook, cell_name

CELLS = 40_000  # of all sheets
SHEETS = 64
NAMES = 2_000
STRINGS = 40_000

_BOF, _EOF, _BOUND_SHEET, _NAME, _EXTERN_SHEET, _STRINGS, _CONTINUE = 0x809, 0x0A, 0x85, 0x18, 0x17, 0xFC, 0x3C
_FORMULA, _STRING, _LABEL, _NUMBER, _RK, _MANY_RK, _LABEL_STRING, _BOOL = (
    *(0x006, 0x207, 0x204, 0x203, 0x27E, 0x0BD, 0x0FD, 0x205),
)
_MACRO_SHEET = 0x40
_SYLK_CELL = re.compile(r"(?m)^C;([^\r\n]{1,9000})")
_SYLK_NAME = re.compile(r"(?im)^NN;N(auto_[^;\r\n]{1,60});E([^;\r\n]{1,200})")


def of_stream(stream: bytes) -> Workbook | None:
    """A Workbook or Book stream; None without macro sheets."""
    reader = _Reader(BIFF5 if stream[4:6] == b"\x00\x05" else BIFF8)
    # What came before a damage is there.
    with suppress(struct.error, IndexError):
        reader.read(stream)
    if not any(sheet.is_macro for sheet in reader.sheets):
        return None
    return workbook_of(reader.sheets, reader.names)


def workbook_of(sheets: Sequence[Sheet], names: dict[str, str]) -> Workbook:
    starts = tuple(name for name in names if AUTO_RUN.match(name))
    return Workbook(sheets=tuple(sheets), names=names, starts=starts)


class _Reader:
    """Goes through the records once; `sheets` and `names` grow."""

    def __init__(self, dialect: Dialect) -> None:
        self.sheets: list[Sheet] = []
        self.names: dict[str, str] = {}
        self._dialect = dialect
        self._labels: list[str] = []  # names
        self._meanings: list[bytes] = []  # what they mean, in tokens
        self._titles: list[str] = []
        self._starts: dict[int, int] = {}  # where sheets begin
        self._counted: list[str] = []  # titles in the order in which formulas count them
        self._strings: list[str] = []
        self._place = (0, 0)
        self._cells_left = CELLS

    def read(self, stream: bytes) -> None:
        position = depth = 0
        continued: list[bytes] = []
        for record, body in macro_sheets.records(stream):
            if continued and record != _CONTINUE:
                self._strings = shared_strings(continued)
                continued = []
            if record == _BOF:
                depth += 1
                if depth == 1 and (self.sheets or self._titles):
                    self._begin(position, body)
            elif record == _EOF:
                depth -= 1
                if not self.sheets:
                    self._define()
            elif not self.sheets:
                if record == _STRINGS or (record == _CONTINUE and continued):
                    continued.append(body)
                else:
                    self._global(record, body)
            elif depth == 1 and self._cells_left > 0:
                self._cell(record, body)
            position += 4 + len(body)

    def _global(self, record: int, body: bytes) -> None:
        if record == _BOUND_SHEET and len(body) > 7:
            self._starts[struct.unpack_from("<I", body)[0]] = len(self._titles)
            self._titles.append(_short_text(body[6:], self._dialect))
        elif record == _EXTERN_SHEET and self._dialect is BIFF8:
            for first in struct.iter_unpack("<HHH", body[2 : 2 + (len(body) - 2) // 6 * 6]):
                tab = first[1]
                self._counted.append(self._titles[tab] if tab < len(self._titles) else "")
        elif record == _NAME and len(body) > 14 and len(self._labels) < NAMES:
            length, size = body[3], struct.unpack_from("<H", body, 4)[0]
            begin = 14 + length if self._dialect is BIFF5 else 15 + length * (2 if body[14] & 1 else 1)
            self._labels.append(macro_sheets.name_of(body, self._dialect))
            self._meanings.append(body[begin : begin + size])

    def _define(self) -> None:
        """Names may mean each other: all of them are known now."""
        for name, tokens in zip(self._labels, self._meanings, strict=True):
            self.names.setdefault(name, self._text(tokens))

    def _text(self, tokens: bytes) -> str:
        sheets = self._titles if self._dialect is BIFF5 else self._counted
        return formula_text(tokens, self._dialect, self._labels, sheets)

    def _begin(self, position: int, body: bytes) -> None:
        if len(self.sheets) >= SHEETS:
            self._cells_left = 0
        number = self._starts.get(position, len(self.sheets))
        title = self._titles[number] if number < len(self._titles) else f"sheet {number + 1}"
        kind = struct.unpack_from("<H", body, 2)[0] if len(body) >= 4 else 0
        self.sheets.append(Sheet(name=title, is_macro=kind == _MACRO_SHEET))

    def _cell(self, record: int, body: bytes) -> None:
        if record == _STRING:
            self._put(self._place, macro_sheets.text_at(body.ljust(3, b"\0"), 0, self._dialect), keep=True)
            return
        if record not in (_FORMULA, _LABEL, _NUMBER, _RK, _MANY_RK, _LABEL_STRING, _BOOL):
            return
        body = body.ljust(16, b"\0")  # of one that is cut off
        row, column = struct.unpack_from("<HH", body)
        if record == _FORMULA and len(body) >= 22:
            self._place = row, column
            size = struct.unpack_from("<H", body, 20)[0]
            self._formula(row, column, body[22 : 22 + size], _result(body[6:14]))
        elif record == _MANY_RK:
            for at in range((len(body) - 6) // 6):
                self._put((row, column + at), rk_number(body[6 + 6 * at : 10 + 6 * at]))
        elif record == _LABEL:
            self._put((row, column), macro_sheets.text_at(body, 6, self._dialect))
        elif record == _NUMBER:
            self._put((row, column), struct.unpack_from("<d", body, 6)[0])
        elif record == _RK:
            self._put((row, column), rk_number(body[6:10]))
        elif record == _LABEL_STRING:
            number = struct.unpack_from("<I", body, 6)[0]
            self._put((row, column), self._strings[number] if number < len(self._strings) else None)
        elif record == _BOOL and not body[7]:
            self._put((row, column), bool(body[6]))

    def _formula(self, row: int, column: int, tokens: bytes, value: Value) -> None:
        self._cells_left -= 1
        self.sheets[-1].cells[row, column] = Cell(self._text(tokens), value)

    def _put(self, place: tuple[int, int], value: Value, *, keep: bool = False) -> None:
        """A value; `keep`: of the formula that is there."""
        self._cells_left -= 1
        cells = self.sheets[-1].cells
        formula = cells[place].formula if keep and place in cells else ""
        cells[place] = Cell(formula, value)


def _result(value: bytes) -> Value:
    """What a formula came to last time ([MS-XLS] 2.5.133); a text comes in the next record."""
    if value[6:8] == b"\xff\xff":
        return bool(value[2]) if value[0] == 1 else None
    found: float = struct.unpack("<d", value)[0]
    return found


def rk_number(value: bytes) -> float:
    """A number in four bytes ([MS-XLS] 2.5.217): the upper half of a float, or an integer; of a hundredth, if so."""
    number = int.from_bytes(value, "little", signed=True)
    if number & 2:
        found = float(number >> 2)
    else:
        found = struct.unpack("<d", b"\0\0\0\0" + (number & 0xFFFFFFFC).to_bytes(4, "little"))[0]
    return found / 100 if number & 1 else found


def _short_text(body: bytes, dialect: Dialect) -> str:
    """A title: its length in one byte."""
    length = body[0]
    if dialect is BIFF5:
        return body[1 : 1 + length].decode("cp1252", "replace")
    if body[1] & 1:
        return body[2 : 2 + 2 * length].decode("utf-16-le", "replace")
    return body[2 : 2 + length].decode("cp1252", "replace")


def shared_strings(bodies: Sequence[bytes]) -> list[str]:
    """Texts of the SST record and those that continue it (2.4.265): letters that go on there have a width anew."""
    found: list[str] = []
    reader = _Continued(bodies)
    # It may break off in the middle of a text.
    with suppress(IndexError):
        reader.skip(8)
        while len(found) < STRINGS and not reader.is_over:
            found.append(reader.text())
    return found


class _Continued:
    """Bytes of several records one after the other. Raises IndexError behind the last."""

    def __init__(self, bodies: Sequence[bytes]) -> None:
        self._bodies = bodies
        self._record = 0
        self._position = 0

    @property
    def is_over(self) -> bool:
        return self._record >= len(self._bodies) - 1 and self._position >= len(self._bodies[-1])

    def _number(self, length: int) -> int:
        self._turn()
        found = self._bodies[self._record][self._position : self._position + length]
        self._position += length
        if len(found) < length:
            raise IndexError
        return int.from_bytes(found, "little")

    def _turn(self) -> bool:
        """Go to the next record where this one is at its end."""
        turned = False
        while self._position >= len(self._bodies[self._record]):
            self._record, self._position, turned = self._record + 1, 0, True
        return turned

    def skip(self, length: int) -> None:
        while length > 0:
            self._turn()
            step = min(length, len(self._bodies[self._record]) - self._position)
            self._position += step
            length -= step

    def text(self) -> str:
        left, flags = self._number(2), self._number(1)
        runs = self._number(2) if flags & 8 else 0
        extra = self._number(4) if flags & 4 else 0
        pieces: list[str] = []
        while left:
            if self._turn():
                flags = self._number(1)
            width = 2 if flags & 1 else 1
            here = self._bodies[self._record][self._position : self._position + width * left]
            if len(here) < width:
                raise IndexError
            pieces.append(here.decode("utf-16-le" if width == 2 else "cp1252", "replace"))
            self._position += len(here)
            left -= len(here) // width
        self.skip(4 * runs + extra)
        return "".join(pieces)


def of_sylk(data: bytes) -> Workbook | None:
    """A SYLK file; None where it says nothing of macros."""
    if not macro_sheets.of_sylk(data).found:
        return None
    text = data.decode("cp1252", "replace")
    sheet = Sheet(name="Macro1", is_macro=True)
    row = column = 1
    for match in _SYLK_CELL.finditer(text):
        formula, value = "", None
        for piece in match[1].replace(";;", "\x1f").split(";"):
            if piece[:1] in "YX" and piece[1:].isdecimal() and len(piece) < 9:
                row, column = (int(piece[1:]), column) if piece[0] == "Y" else (row, int(piece[1:]))
            elif piece[:1] == "K":
                value = _sylk_value(piece[1:])
            elif piece[:1] == "E":
                formula = piece[1:].replace("\x1f", ";")
        if len(sheet.cells) < CELLS and row > 0 and column > 0:
            sheet.cells[row - 1, column - 1] = Cell(formula, value)
    names = dict(islice(_sylk_names(text), NAMES))
    return workbook_of([sheet], names)


def _sylk_names(text: str) -> Iterator[tuple[str, str]]:
    return ((match[1], match[2]) for match in _SYLK_NAME.finditer(text))


def _sylk_value(words: str) -> Value:
    words = words.replace("\x1f", ";")
    if words.startswith('"'):
        return words[1:].removesuffix('"')
    if words in ("TRUE", "FALSE"):
        return words == "TRUE"
    try:
        return float(words[:40])
    except ValueError:
        return None


def listed(workbook: Workbook) -> str:
    """All formulas of the macro sheets and texts of the others as lines, for people."""
    lines = [f"{name} ={meaning}" for name, meaning in workbook.names.items()]
    for sheet in workbook.sheets:
        for (row, column), cell in sheet.cells.items():
            place = f"{sheet.name}!{cell_name(row, column)}"
            if cell.formula and sheet.is_macro:
                lines.append(f"{place} ={cell.formula}")
            elif isinstance(cell.value, str):
                lines.append(f"{place} {cell.value}")
    return "\n".join(lines)
