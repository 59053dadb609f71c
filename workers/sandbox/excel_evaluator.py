"""Works out formulas over the cells and names of a workbook, within bounds of steps, depth, memory and time."""

from __future__ import annotations

import time
from bisect import bisect_left, insort
from collections.abc import Callable, Iterator, Mapping, Sequence

from msgspec import Struct

from workers.sandbox.excel_formulas import Call, Chain, Fault, FormulaError, Literal, Name, Node, Reference, Sign, read
from workers.sandbox.excel_functions import FUNCTIONS, TAKE_FAULTS, power
from workers.sandbox.excel_values import (
    DIVISION_ERROR,
    NAME_ERROR,
    REFERENCE_ERROR,
    Area,
    Faulty,
    Value,
    compared,
    finite,
    joined,
    number,
    truth,
)
from workers.workbook import COLUMNS, ROWS, Cell, Workbook

STEPS = 200_000  # nodes of formulas
DEPTH = 60  # of formulas in cells that formulas ask for
CHARACTERS = 4_194_304  # of all that is written into cells and names
CELLS_OF_AREA = 5_000
_CHECK_TIME = 256  # steps

# Sheet, row and column, from 0 on.
Place = tuple[int, int, int]


class Exhausted(Exception):
    """A bound is reached: which, in words."""


class _Grid(Struct):
    """One sheet while it runs: what stands in it, what came out, and the rows of each column that have formulas."""

    name: str
    formulas: dict[tuple[int, int], str]
    values: dict[tuple[int, int], Value]
    rows: dict[int, list[int]]


class Evaluator:
    """`handlers` are the functions that do more than work something out; they get their arguments as they stand."""

    def __init__(self, workbook: Workbook, handlers: Mapping[str, Handler], *, seconds: float) -> None:
        self.grids = [_grid_of(sheet.name, sheet.cells) for sheet in workbook.sheets]
        self.names: dict[str, Value] = {}
        self.active: Area | None = None
        self.first_macro = next((at for at, sheet in enumerate(workbook.sheets) if sheet.is_macro), 0)
        self._defined = {name.lower(): formula for name, formula in workbook.names.items()}
        self._handlers = handlers
        self._ends = time.monotonic() + seconds
        self._steps = 0
        self._depth = 0
        self._characters = 0
        self._looking = 0
        self._nodes: dict[str, Node | None] = {}
        self._memory: dict[Place, Value] = {}

    def step(self) -> None:
        """Raises Exhausted."""
        self._steps += 1
        if self._steps > STEPS:
            raise Exhausted("it does not come to an end")
        if self._steps % _CHECK_TIME == 0 and time.monotonic() > self._ends:
            raise Exhausted("its time ended")

    def node(self, formula: str) -> Node | None:
        """The formula as it is read; None for one that cannot be."""
        if formula not in self._nodes:
            try:
                self._nodes[formula] = read(formula)
            except FormulaError:
                self._nodes[formula] = None
        return self._nodes[formula]

    def formula_at(self, place: Place) -> Node | None:
        formula = self.grids[place[0]].formulas.get(place[1:])
        return self.node(formula) if formula is not None else None

    def next_formula(self, place: Place) -> Place | None:
        """That place, or the first one below it that has a formula."""
        sheet, row, column = place
        rows = self.grids[sheet].rows.get(column, [])
        at = bisect_left(rows, row)
        return (sheet, rows[at], column) if at < len(rows) else None

    def value(self, node: Node, at: Place) -> Value:
        """What it comes to in that cell; references stay areas. Raises Faulty, Exhausted."""
        self.step()
        self._depth += 1
        if self._depth > DEPTH:
            self._depth -= 1
            raise Faulty
        try:
            match node:
                case Literal():
                    return node.value
                case Reference():
                    return self._area(node, at)
                case Name():
                    return self._named(node.word, at)
                case Sign():
                    operand = number(self.plain(node.operand, at))
                    return -operand if node.sign == "-" else operand / 100
                case Chain():
                    return self._chain(node, at)
                case Call():
                    return self._call(node, at)
        finally:
            self._depth -= 1

    def plain(self, node: Node, at: Place) -> Value:
        """The same for a single cell: its content in place of a reference to it."""
        found = self.value(node, at)
        return self.content((found.sheet, *found.first)) if isinstance(found, Area) else found

    def plain_values(self, nodes: Sequence[Node], at: Place, *, faults: bool = False) -> list[Value]:
        """Of arguments: areas become the contents of all their cells. `faults`: errors are values like others."""
        found: list[Value] = []
        for node in nodes:
            try:
                value = self.value(node, at)
                if isinstance(value, Area) and value.size > 1:
                    found.extend(self.contents(value))
                else:
                    found.append(self.content((value.sheet, *value.first)) if isinstance(value, Area) else value)
            except Faulty as error:
                if not faults:
                    raise
                found.append(error.fault)
        return found

    def area(self, node: Node, at: Place) -> Area:
        """Cells that a function is given, also as text ("R1C1", "A1"). Raises Faulty where it is no reference."""
        found = self.value(node, at)
        if isinstance(found, str):
            found = self.area_named(found, at)
        if not isinstance(found, Area):
            raise Faulty(REFERENCE_ERROR)
        return found

    def area_named(self, words: str, at: Place) -> Area:
        """Raises Faulty."""
        node = self.node(words.removeprefix("="))
        found = self.value(node, at) if isinstance(node, Reference | Name) else None
        if not isinstance(found, Area):
            raise Faulty(REFERENCE_ERROR)
        return found

    def contents(self, area: Area) -> Iterator[Value]:
        for row, column in area.places(CELLS_OF_AREA):
            self.step()
            yield self.content((area.sheet, row, column))

    def content(self, place: Place) -> Value:
        """What stands in a cell. One whose formula has not run yet is worked out, where that does nothing else."""
        grid, key = self.grids[place[0]], place[1:]
        if key not in grid.formulas or place in self._memory:
            return self._memory.get(place, grid.values.get(key))
        node = self.node(grid.formulas[key])
        found = grid.values.get(key)
        # Whoever asks for it while it is worked out gets what the file says.
        self._memory[place] = found
        if node is not None:
            self._looking += 1
            try:
                found = self.plain(node, place)
            except Faulty as error:
                found = found if found is not None else error.fault
            finally:
                self._looking -= 1
        self._memory[place] = found
        return found

    def put(self, area: Area, value: Value, *, formula: str | None = None) -> None:
        """Write into cells: a formula, or a value. Raises Exhausted."""
        grid = self.grids[area.sheet]
        for row, column in area.places(CELLS_OF_AREA):
            self.step()
            self._count(formula if formula is not None else value)
            self._memory.clear()
            if formula is not None:
                if (row, column) not in grid.formulas:
                    insort(grid.rows.setdefault(column, []), row)
                grid.formulas[row, column] = formula
                grid.values.pop((row, column), None)
                continue
            if grid.formulas.pop((row, column), None) is not None:
                grid.rows[column].remove(row)
            grid.values[row, column] = value

    def came_to(self, place: Place, value: Value) -> None:
        """A formula was run: that stays in its cell until it runs again."""
        self._count(value)
        self._memory.clear()
        self._done(place, value)

    def _done(self, place: Place, value: Value) -> None:
        self.grids[place[0]].values[place[1:]] = value
        self._memory[place] = value

    def name(self, word: str, value: Value) -> None:
        """Define a name. Raises Exhausted."""
        self._count(value)
        self._memory.clear()
        self.names[word.lower()] = value

    def _count(self, value: Value) -> None:
        self._characters += 16 + (len(value) if isinstance(value, str) else 0)
        if self._characters > CHARACTERS:
            raise Exhausted("it writes more than is kept")

    def _area(self, reference: Reference, at: Place) -> Area:
        sheet = self._sheet(reference.sheet, at[0])
        moved = tuple(at[1 + axis] if reference.relative[axis] else 0 for axis in (0, 1))
        first = reference.first[0] + moved[0], reference.first[1] + moved[1]
        last = reference.last[0] + moved[0], reference.last[1] + moved[1]
        if not (0 <= first[0] <= last[0] < ROWS and 0 <= first[1] <= last[1] < COLUMNS):
            raise Faulty(REFERENCE_ERROR)
        return Area(sheet, first, last)

    def _sheet(self, name: str, own: int) -> int:
        """By its name; what nobody knows is taken for the first sheet with macros."""
        if not name:
            return own
        wanted = name.lower()
        return next((at for at, grid in enumerate(self.grids) if grid.name.lower() == wanted), self.first_macro)

    def _named(self, word: str, at: Place) -> Value:
        if word in self.names:
            return self.names[word]
        node = self.node(self._defined[word]) if word in self._defined else None
        if node is None:
            raise Faulty(NAME_ERROR)
        return self.value(node, at)

    def _chain(self, chain: Chain, at: Place) -> Value:
        if chain.rest[0][0] == "&":
            return joined(self.plain(node, at) for node in (chain.first, *(operand for _, operand in chain.rest)))
        found = self.plain(chain.first, at)
        for sign, node in chain.rest:
            found = _worked_out(sign, found, self.plain(node, at))
        return found

    def _call(self, call: Call, at: Place) -> Value:
        if call.function in FUNCTIONS:
            takes_faults = call.function in TAKE_FAULTS
            values = self.plain_values(call.arguments, at, faults=takes_faults)
            for value in values:
                if isinstance(value, Fault) and not takes_faults:
                    raise Faulty(value)
            try:
                return FUNCTIONS[call.function](values)
            except (IndexError, ValueError, ArithmeticError):
                # It was given less than it needs, or what is no number that can be worked with.
                raise Faulty from None
        if call.function == "IF":
            return self._if(call.arguments, at)
        handler = self._handlers.get(call.function) or self._handlers[""]
        if self._looking and call.function not in LOOKS_ONLY:
            raise Faulty
        return handler(call, at)

    def _if(self, arguments: Sequence[Node], at: Place) -> Value:
        if not arguments:
            raise Faulty
        holds = truth(self.plain(arguments[0], at))
        if len(arguments) < 2:
            return holds
        if holds:
            return self.value(arguments[1], at)
        return self.value(arguments[2], at) if len(arguments) > 2 else False


Handler = Callable[[Call, Place], Value]
# Handlers that change nothing: cells that nobody runs may be worked out with them.
LOOKS_ONLY = frozenset(
    (
        *("ADDRESS", "INDIRECT", "OFFSET", "INDEX", "CHOOSE", "ROW", "COLUMN", "ROWS", "COLUMNS", "ABSREF", "RELREF"),
        *("REFTEXT", "TEXTREF", "DEREF", "ACTIVE.CELL", "SELECTION", "CALLER", "EVALUATE", "MATCH", "GET.CELL"),
        *("GET.WORKSPACE", "GET.DOCUMENT", "GET.WINDOW", "GET.WORKBOOK", "GET.FORMULA", "GET.NAME", "INFO", "CELL"),
    )
)


def _grid_of(name: str, cells: Mapping[tuple[int, int], Cell]) -> _Grid:
    formulas = {place: cell.formula for place, cell in cells.items() if cell.formula}
    rows: dict[int, list[int]] = {}
    for row, column in sorted(formulas):
        rows.setdefault(column, []).append(row)
    return _Grid(name, formulas, {place: cell.value for place, cell in cells.items()}, rows)


def _worked_out(sign: str, first: Value, second: Value) -> Value:
    if sign in ("=", "<>", "<", ">", "<=", ">="):
        order = compared(first, second)
        return {"=": order == 0, "<>": order != 0, "<": order < 0, ">": order > 0, "<=": order <= 0, ">=": order >= 0}[
            sign
        ]
    one, two = number(first), number(second)
    if sign == "/":
        if not two:
            raise Faulty(DIVISION_ERROR)
        return finite(one / two)
    if sign == "^":
        return power(one, two)
    return finite(one + two if sign == "+" else one - two if sign == "-" else one * two)
