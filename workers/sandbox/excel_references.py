"""Functions of macros that work with cells instead of what stands in them, and those that ask about Excel."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from workers.sandbox.excel_evaluator import Evaluator, Handler, Place
from workers.sandbox.excel_formulas import Call, Fault, Node
from workers.sandbox.excel_values import REFERENCE_ERROR, Area, Faulty, Value, compared, text, whole
from workers.workbook import COLUMNS, ROWS, cell_name

# What a machine says on whose screen somebody looks at a workbook (Excel 4 macro functions, GET.WORKSPACE type_num).
_WORKSPACE: dict[int, Value] = {
    1: "Windows (64-bit) NT 10.00", 2: "16.0", 3: 1.0, 4: False, 5: True, 6: True, 10: 0.0, 11: 0.0, 12: 0.0,
    13: 1_440.0, 14: 810.0, 16: 0.0, 17: 8_192.0, 19: True, 20: False, 23: "C:\\Users\\user\\XLSTART", 26: "user",
    31: False, 32: "C:\\Program Files\\Microsoft Office\\root\\Office16", 42: True, 44: 1.0, 48: "Document",
}  # fmt: skip
_WINDOW: dict[int, Value] = {
    1: "[Document.xls]Sheet1", 2: 1.0, 5: 0.0, 6: 0.0, 7: False, 8: True, 9: 1_440.0, 10: 810.0, 11: 1_440.0,
    13: 900.0, 20: True, 22: 1.0, 23: 3.0, 30: "Document.xls", 31: "Document.xls",
}  # fmt: skip
_DOCUMENT: dict[int, Value] = {
    1: "[Document.xls]Sheet1", 2: "C:\\Users\\user\\Downloads", 3: 3.0, 4: True, 5: False, 6: False, 7: False,
    36: "Document.xls", 50: 1.0, 66: False, 68: "C:\\Users\\user\\Downloads\\Document.xls", 76: "Sheet1",
    87: 1.0, 88: "Document.xls",
}  # fmt: skip
_WORKBOOK: dict[int, Value] = {1: "Sheet1", 4: 2.0, 16: "Document.xls", 38: "Sheet1"}
_CELL: dict[int, Value] = {
    1: "A1", 4: 1.0, 7: "General", 8: 1.0, 14: True, 15: False, 16: 8.43, 17: 15.0, 18: "Calibri", 19: 11.0,
    20: False, 21: False, 24: 1.0, 38: 0.0, 50: 3.0, 62: "[Document.xls]Sheet1",
}  # fmt: skip
ASKED = {
    "GET.WORKSPACE": _WORKSPACE, "GET.WINDOW": _WINDOW, "GET.DOCUMENT": _DOCUMENT, "GET.WORKBOOK": _WORKBOOK,
}  # fmt: skip


def handlers(cells: Evaluator) -> dict[str, Handler]:
    """By the names of the functions."""
    reads: dict[str, Callable[[Evaluator, Call, Place], Value]] = {
        "CHOOSE": _choose,
        "OFFSET": _offset,
        "ABSREF": _moved,
        "RELREF": _written,
        "REFTEXT": _written,
        "INDIRECT": _indirect,
        "TEXTREF": _indirect,
        "DEREF": _content,
        "INDEX": _index,
        "MATCH": _match,
        "ADDRESS": _address,
        "ROW": partial(_place, axis=0),
        "COLUMN": partial(_place, axis=1),
        "ROWS": partial(_count, axis=0),
        "COLUMNS": partial(_count, axis=1),
        "ACTIVE.CELL": _active,
        "SELECTION": _active,
        "CALLER": _active,
        "GET.CELL": _cell,
        "GET.FORMULA": _formula,
        "EVALUATE": _evaluate,
    }
    return {name: partial(read, cells) for name, read in reads.items()}


def _choose(cells: Evaluator, call: Call, at: Place) -> Value:
    which = whole(cells.plain(_argument(call, 0), at), least=1, most=254)
    return cells.value(_argument(call, which), at)


def _offset(cells: Evaluator, call: Call, at: Place) -> Value:
    area = cells.area(_argument(call, 0), at)
    sizes = area.last[0] - area.first[0] + 1, area.last[1] - area.first[1] + 1
    moved = []
    for axis in (0, 1):
        by = _number(cells, call, 1 + axis, at, 0)
        size = _number(cells, call, 3 + axis, at, sizes[axis])
        moved.append((area.first[axis] + by, area.first[axis] + by + max(1, size) - 1))
    return _area(area.sheet, moved)


def _moved(cells: Evaluator, call: Call, at: Place) -> Value:
    """ABSREF: a place that is given relative to another one."""
    words = text(cells.plain(_argument(call, 0), at))
    area = cells.area(_argument(call, 1), at)
    return cells.area_named(words, (area.sheet, *area.first))


def _written(cells: Evaluator, call: Call, at: Place) -> Value:
    area = cells.area(_argument(call, 0), at)
    return f"{cells.grids[area.sheet].name}!{cell_name(*area.first)}"


def _indirect(cells: Evaluator, call: Call, at: Place) -> Value:
    return cells.area_named(text(cells.plain(_argument(call, 0), at)), at)


def _content(cells: Evaluator, call: Call, at: Place) -> Value:
    return cells.plain(_argument(call, 0), at)


def _index(cells: Evaluator, call: Call, at: Place) -> Value:
    area = cells.area(_argument(call, 0), at)
    row, column = (_number(cells, call, number, at, 1) for number in (1, 2))
    if area.first[0] == area.last[0] and len(call.arguments) < 3:
        row, column = 1, row
    place = area.first[0] + max(1, row) - 1, area.first[1] + max(1, column) - 1
    return _area(area.sheet, [(place[0], place[0]), (place[1], place[1])])


def _match(cells: Evaluator, call: Call, at: Place) -> Value:
    wanted = cells.plain(_argument(call, 0), at)
    for number, value in enumerate(cells.contents(cells.area(_argument(call, 1), at)), 1):
        if not isinstance(value, Fault) and compared(wanted, value) == 0:
            return float(number)
    raise Faulty(Fault("#N/A"))


def _address(cells: Evaluator, call: Call, at: Place) -> Value:
    row, column = (_number(cells, call, number, at, 1) for number in (0, 1))
    if not (1 <= row <= ROWS and 1 <= column <= COLUMNS):
        raise Faulty
    sheet = text(cells.plain(call.arguments[4], at)) if len(call.arguments) > 4 else ""
    return f"{sheet}!{cell_name(row - 1, column - 1)}" if sheet else cell_name(row - 1, column - 1)


def _place(cells: Evaluator, call: Call, at: Place, *, axis: int) -> Value:
    if not call.arguments:
        return float(at[1 + axis] + 1)
    return float(cells.area(call.arguments[0], at).first[axis] + 1)


def _count(cells: Evaluator, call: Call, at: Place, *, axis: int) -> Value:
    area = cells.area(_argument(call, 0), at)
    return float(area.last[axis] - area.first[axis] + 1)


def _active(cells: Evaluator, _call: Call, at: Place) -> Value:
    return cells.active or Area(at[0], (0, 0), (0, 0))


def _cell(cells: Evaluator, call: Call, at: Place) -> Value:
    """GET.CELL: contents are those of the cell, its looks those of a new one."""
    which = whole(cells.plain(_argument(call, 0), at), least=1, most=66)
    if which == 5:
        return cells.plain(_argument(call, 1), at)
    return _formula(cells, Call(call.function, call.arguments[1:]), at) if which == 6 else _CELL.get(which, 0.0)


def _formula(cells: Evaluator, call: Call, at: Place) -> Value:
    area = cells.area(_argument(call, 0), at)
    formula = cells.grids[area.sheet].formulas.get(area.first)
    return f"={formula}" if formula is not None else cells.content((area.sheet, *area.first))


def _evaluate(cells: Evaluator, call: Call, at: Place) -> Value:
    node = cells.node(text(cells.plain(_argument(call, 0), at)).removeprefix("="))
    if node is None:
        raise Faulty
    return cells.value(node, at)


def _argument(call: Call, number: int) -> Node:
    if number >= len(call.arguments):
        raise Faulty
    return call.arguments[number]


def _number(cells: Evaluator, call: Call, number: int, at: Place, default: int) -> int:
    if number >= len(call.arguments):
        return default
    found = cells.plain(call.arguments[number], at)
    return default if found is None else whole(found, least=-ROWS, most=ROWS)


def _area(sheet: int, sides: list[tuple[int, int]]) -> Area:
    (top, bottom), (left, right) = sides
    if not (0 <= top <= bottom < ROWS and 0 <= left <= right < COLUMNS):
        raise Faulty(REFERENCE_ERROR)
    return Area(sheet, (top, left), (bottom, right))
