"""Runs Excel 4 macros: from the names that start them down their columns, with loops, branches and subroutines.

Nothing of what they do happens. They see a workbook that somebody has opened on a machine of Windows (the functions:
Microsoft Excel 4 Macro Functions Reference).
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from msgspec import Struct

from mailcore.behaviour import ActKind
from workers.sandbox import excel_references
from workers.sandbox.excel_commands import Commands, Log, place_name, plain_text
from workers.sandbox.excel_evaluator import Evaluator, Exhausted, Handler, Place
from workers.sandbox.excel_formulas import Call, Literal, Name, Node, Reference
from workers.sandbox.excel_values import (
    NAME_ERROR,
    Area,
    Faulty,
    Value,
    WindowsFunction,
    finite,
    number,
    text,
    truth,
    whole,
)
from workers.sandbox.javascript import Ran
from workers.workbook import Workbook

SUBROUTINES = 12  # within each other
LATER = 8  # macros that wait for a time
CELLS_OF_LOOP = 2_000
# Acts that show that the macro has come to what it is for.
_MATTERS = frozenset({ActKind.STARTS, ActKind.FETCHES, ActKind.CALLS, ActKind.WRITES, ActKind.LOADS})


class _Jump(Exception):
    """GOTO: another cell is next."""

    def __init__(self, place: Place) -> None:
        super().__init__()
        self.place = place


class _Back(Exception):
    """RETURN: back to whoever has called."""

    def __init__(self, value: Value) -> None:
        super().__init__()
        self.value = value


class _End(Exception):
    """HALT, or the workbook was closed."""


class _Loop(Struct):
    """One that is under way: the cell that it begins in, and what changes from round to round."""

    place: Place
    name: str = ""
    last: float = 0.0
    step: float = 0.0
    cells: tuple[Place, ...] = ()


def run(workbook: Workbook, *, seconds: float) -> Ran:
    """What the macros that start by themselves did, and why they ended early ("" where they did not)."""
    plain = plain_text(workbook)
    machine = _Machine(workbook, plain, seconds=seconds / 2, stays=False)
    ran = machine.run()
    if not machine.log.left_early or any(entry.kind in _MATTERS for entry in ran.entries):
        return ran
    # It looked around and left. It is run again, and not let go.
    return _Machine(workbook, plain, seconds=seconds / 2, stays=True).run()


class _Machine:
    """One run; `stays` does not let a macro end in a branch."""

    def __init__(self, workbook: Workbook, plain: str, *, seconds: float, stays: bool) -> None:
        self.log = Log(plain=plain)
        self._workbook = workbook
        self._stays = stays
        self._running = 0
        self._later: list[Place] = []
        handlers: dict[str, Handler] = {}
        self._cells = Evaluator(workbook, handlers, seconds=seconds)
        self._commands = Commands(self._cells, self.log)
        handlers.update(excel_references.handlers(self._cells))
        handlers.update(self._commands.handlers())
        handlers.update(self._flow())
        self._handle_block = self._blocks()

    def run(self) -> Ran:
        ended = ""
        try:
            for name in self._workbook.starts:
                self._start(name)
            while self._later:
                self._attempt(self._later.pop(0))
        except Exhausted as error:
            ended = str(error)
        except RecursionError:
            ended = "it is nested too deep"
        self._commands.close()
        return Ran(tuple(self.log.entries), ended)

    def _start(self, name: str) -> None:
        node = self._cells.node(self._workbook.names.get(name, ""))
        if not self._cells.grids or node is None:
            return
        try:
            area = self._cells.area(node, (self._cells.first_macro, 0, 0))
        # A name may stand for a function that goes on elsewhere.
        except (_End, _Back, _Jump, Faulty):
            return
        self._attempt((area.sheet, *area.first))

    def _attempt(self, place: Place) -> None:
        try:
            self._macro(place)
        except (_End, Faulty, _Jump):
            return

    def _macro(self, place: Place) -> Value:
        """Down the column from that cell until it returns. Raises _End, Exhausted, Faulty where calls nest too deep."""
        if self._running >= SUBROUTINES:
            raise Faulty
        self._running += 1
        loops: list[_Loop] = []
        at = self._cells.next_formula(place)
        try:
            while at is not None:
                self._cells.step()
                at = self._cells.next_formula(self._line(at, loops) or _below(at))
        except _Back as back:
            return back.value
        finally:
            self._running -= 1
        return 0.0

    def _line(self, at: Place, loops: list[_Loop]) -> Place | None:
        """Run one cell; where to go on, None for the next one below."""
        node = self._cells.formula_at(at)
        if node is None:
            return None
        try:
            if isinstance(node, Call) and (handle := self._handle_block.get(_block(node))):
                return handle(node, at, loops)
            self._cells.came_to(at, self._cells.value(node, at))
        except Faulty as error:
            self._cells.came_to(at, error.fault)
        except _Jump as jump:
            return jump.place
        return None

    # Blocks: IF, ELSE.IF, ELSE, END.IF in cells of their own; WHILE, FOR, FOR.CELL up to NEXT.

    def _if(self, call: Call, at: Place, _loops: list[_Loop]) -> Place | None:
        if truth(self._cells.plain(call.arguments[0], at)):
            return None
        place = self._behind(at, "IF", "END.IF", stops=("ELSE", "ELSE.IF"))
        while place is not None:
            node = self._cells.formula_at((place[0], place[1] - 1, place[2]))
            if not isinstance(node, Call) or node.function != "ELSE.IF" or not node.arguments:
                return place
            if truth(self._cells.plain(node.arguments[0], at)):
                return place
            place = self._behind((place[0], place[1] - 1, place[2]), "IF", "END.IF", stops=("ELSE", "ELSE.IF"))
        return place

    def _else(self, _call: Call, at: Place, _loops: list[_Loop]) -> Place | None:
        """The branch before it was run: what is left of the block is not."""
        return self._behind(at, "IF", "END.IF")

    def _while(self, call: Call, at: Place, loops: list[_Loop]) -> Place | None:
        is_new = not loops or loops[-1].place != at
        if call.arguments and truth(self._cells.plain(call.arguments[0], at)):
            if is_new:
                loops.append(_Loop(at))
            return None
        if not is_new:
            loops.pop()
        return self._behind(at, "WHILE", "NEXT")

    def _for(self, call: Call, at: Place, loops: list[_Loop]) -> Place | None:
        values = [self._cells.plain(argument, at) for argument in call.arguments[:4]]
        if len(values) < 3:
            raise Faulty
        first, last = number(values[1]), number(values[2])
        step = number(values[3]) if len(values) > 3 else 1.0
        name = text(values[0])
        self._cells.name(name, first)
        if (first > last) if step >= 0 else (first < last):
            return self._behind(at, "WHILE", "NEXT")
        loops.append(_Loop(at, name, last, step))
        return None

    def _for_cell(self, call: Call, at: Place, loops: list[_Loop]) -> Place | None:
        if not call.arguments:
            raise Faulty
        area = self._cells.area(call.arguments[1], at) if len(call.arguments) > 1 else self._cells.active
        if area is None:
            raise Faulty
        places = tuple((area.sheet, *place) for place in area.places(CELLS_OF_LOOP))
        name = text(self._cells.plain(call.arguments[0], at))
        self._cells.name(name, _one(places[0]))
        loops.append(_Loop(at, name, cells=places[1:]))
        return None

    def _next(self, _call: Call, _at: Place, loops: list[_Loop]) -> Place | None:
        if not loops:
            return None
        loop = loops[-1]
        if not loop.name:
            return loop.place
        if loop.cells:
            self._cells.name(loop.name, _one(loop.cells[0]))
            loop.cells = loop.cells[1:]
            return _below(loop.place)
        value = finite(number(self._cells.names.get(loop.name.lower())) + loop.step) if loop.step else None
        if value is None or ((value > loop.last) if loop.step > 0 else (value < loop.last)):
            loops.pop()
            return None
        self._cells.name(loop.name, value)
        return _below(loop.place)

    def _break(self, _call: Call, at: Place, loops: list[_Loop]) -> Place | None:
        if loops:
            loops.pop()
        return self._behind(at, "WHILE", "NEXT")

    def _blocks(self) -> dict[str, Callable[[Call, Place, list[_Loop]], Place | None]]:
        return {
            "IF": self._if,
            "ELSE": self._else,
            "ELSE.IF": self._else,
            "WHILE": self._while,
            "FOR": self._for,
            "FOR.CELL": self._for_cell,
            "NEXT": self._next,
            "BREAK": self._break,
        }

    def _behind(self, at: Place, opens: str, closes: str, *, stops: tuple[str, ...] = ()) -> Place | None:
        """The cell below the one that ends the block of `at`, or below the first of `stops` in it; None for no end."""
        depth = 0
        place = self._cells.next_formula(_below(at))
        while place is not None:
            self._cells.step()
            node = self._cells.formula_at(place)
            kind = _block(node) if isinstance(node, Call) else ""
            if kind == opens or (opens == "WHILE" and kind in ("FOR", "FOR.CELL")):
                depth += 1
            elif not depth and (kind in stops or kind == closes):
                return _below(place)
            elif kind == closes:
                depth -= 1
            place = self._cells.next_formula(_below(place))
        raise _End

    # What moves on, and what writes into cells.

    def _flow(self) -> dict[str, Handler]:
        return {
            "": self._unknown,
            "GOTO": self._goto,
            "RUN": self._run,
            "RETURN": self._return,
            **dict.fromkeys(("HALT", "CLOSE", "FILE.CLOSE", "QUIT", "CLOSE.ALL"), self._leave),
            "ON.TIME": self._on_time,
            "SELECT": self._select,
            "SET.VALUE": self._set_value,
            **dict.fromkeys(("SET.NAME", "DEFINE.NAME"), self._set_name),
            **dict.fromkeys(("FORMULA", "FORMULA.FILL", "FORMULA.ARRAY", "FORMULA.CONVERT"), self._formula),
            **dict.fromkeys(excel_references.ASKED, self._asked),
        }

    def _goto(self, call: Call, at: Place) -> Value:
        area = self._cells.area(_argument(call, 0), at)
        raise _Jump((area.sheet, *area.first))

    def _run(self, call: Call, at: Place) -> Value:
        area = self._cells.area(_argument(call, 0), at)
        return self._macro((area.sheet, *area.first))

    def _return(self, call: Call, at: Place) -> Value:
        raise _Back(self._cells.plain(call.arguments[0], at) if call.arguments else True)

    def _leave(self, call: Call, at: Place) -> Value:
        node = self._cells.formula_at(at)
        if isinstance(node, Call) and node.function != call.function:
            # It stands in a branch: something was asked before.
            self.log.left_early = True
            if self._stays:
                return True
        raise _End

    def _on_time(self, call: Call, at: Place) -> Value:
        area = self._cells.area(_argument(call, 1), at)
        if len(self._later) < LATER:
            self._later.append((area.sheet, *area.first))
        return True

    def _select(self, call: Call, at: Place) -> Value:
        self._cells.active = self._cells.area(_argument(call, 0), at)
        return True

    def _set_value(self, call: Call, at: Place) -> Value:
        self._cells.put(self._cells.area(_argument(call, 0), at), self._cells.plain(_argument(call, 1), at))
        return True

    def _set_name(self, call: Call, at: Place) -> Value:
        name = _argument(call, 0)
        word = name.word if isinstance(name, Name) else text(self._cells.plain(name, at))
        value = self._cells.value(call.arguments[1], at) if len(call.arguments) > 1 else None
        if isinstance(value, str) and value.startswith("=") and (node := self._cells.node(value[1:])) is not None:
            value = self._cells.value(node, at)
        self._cells.name(word, value)
        return True

    def _formula(self, call: Call, at: Place) -> Value:
        """What is written begins with "=", or is a constant."""
        value = self._cells.plain(_argument(call, 0), at)
        area = self._cells.area(call.arguments[1], at) if len(call.arguments) > 1 else self._cells.active
        if area is None:
            raise Faulty
        if isinstance(value, str) and value.startswith("="):
            self._cells.put(area, None, formula=value[1:])
            self.log.note(ActKind.EVALUATES, f"{place_name(self._cells, area)} {value}")
            return True
        with suppress(Faulty):
            value = number(value) if isinstance(value, str) and value.strip() else value
        self._cells.put(area, value)
        return True

    def _asked(self, call: Call, at: Place) -> Value:
        which = whole(self._cells.plain(_argument(call, 0), at), least=0, most=200)
        self.log.note(ActKind.ASKS_SYSTEM, f"{call.function}({which})")
        return excel_references.ASKED[call.function].get(which, 0.0)

    def _unknown(self, call: Call, at: Place) -> Value:
        """A subroutine, a function that was registered, or a command that changes nothing here."""
        function = self._commands.registered(call.function)
        if function is None:
            target = self._target(call.target, at)
            if isinstance(target, Area):
                return self._macro((target.sheet, *target.first))
            function = target if isinstance(target, WindowsFunction) else None
        values = self._cells.plain_values(call.arguments, at, faults=True)
        return True if function is None else self._commands.call_windows(function, values)

    def _target(self, node: Node | None, at: Place) -> Value:
        """What stands before the brackets, if it is anything."""
        try:
            return self._cells.value(node, at) if isinstance(node, Name | Reference) else None
        except Faulty:
            return NAME_ERROR


def _block(call: Call) -> str:
    """The word of a block; "" of an IF that has its branches with it."""
    return "" if call.function == "IF" and len(call.arguments) != 1 else call.function


def _argument(call: Call, at: int) -> Node:
    if at >= len(call.arguments) or call.arguments[at] == Literal(None):
        raise Faulty
    return call.arguments[at]


def _below(place: Place) -> Place:
    return place[0], place[1] + 1, place[2]


def _one(place: Place) -> Area:
    return Area(place[0], place[1:], place[1:])
