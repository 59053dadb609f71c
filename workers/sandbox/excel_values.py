"""Values of cells and formulas, and how Excel makes one kind of another."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator

from msgspec import Struct

from workers.sandbox.excel_formulas import Fault

TEXT_CHARACTERS = 32_767  # of a cell; what is longer is cut
VALUE_ERROR, DIVISION_ERROR, REFERENCE_ERROR, NAME_ERROR = (
    *(Fault("#VALUE!"), Fault("#DIV/0!"), Fault("#REF!"), Fault("#NAME?")),
)


class Area(Struct, frozen=True):
    """Cells of one sheet, from the upper left to the lower right one; `sheet` is its number."""

    sheet: int
    first: tuple[int, int]
    last: tuple[int, int]

    @property
    def size(self) -> int:
        return (self.last[0] - self.first[0] + 1) * (self.last[1] - self.first[1] + 1)

    def places(self, most: int) -> Iterator[tuple[int, int]]:
        """Row and column of each, line by line, at most so many."""
        for row in range(self.first[0], self.last[0] + 1):
            for column in range(self.first[1], self.last[1] + 1):
                if most <= 0:
                    return
                most -= 1
                yield row, column


class WindowsFunction(Struct, frozen=True):
    """What REGISTER gives: a function of a library of Windows."""

    library: str
    function: str


Value = float | str | bool | Fault | Area | WindowsFunction | None


class Faulty(Exception):
    """A formula comes to an error; `fault` says which."""

    def __init__(self, fault: Fault = VALUE_ERROR) -> None:
        super().__init__(fault.word)
        self.fault = fault


def text(value: Value) -> str:
    """As `&` has it. Raises Faulty."""
    match value:
        case None:
            return ""
        case bool():
            return "TRUE" if value else "FALSE"
        case str():
            return value
        case float():
            return written(value)
        case Fault():
            raise Faulty(value)
        case _:
            raise Faulty


def written(value: float) -> str:
    """A number as cells show it, with 15 digits at most."""
    if value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return f"{value:.15g}".replace("e", "E")


def number(value: Value) -> float:
    """Raises Faulty of what is none."""
    match value:
        case None:
            return 0.0
        case bool() | float():
            return float(value)
        case str():
            return _parsed(value)
        case Fault():
            raise Faulty(value)
        case _:
            raise Faulty


def _parsed(words: str) -> float:
    words = words.strip()
    if not words or len(words) > 40 or not words.isascii():
        raise Faulty
    divisor = 100.0 if words.endswith("%") else 1.0
    try:
        found = float(words.rstrip("%").replace("_", "?")) / divisor
    except ValueError:
        raise Faulty from None
    return finite(found)


def finite(value: float) -> float:
    if not math.isfinite(value):
        raise Faulty(Fault("#NUM!"))
    return value


def whole(value: Value, *, least: int = -1_000_000_000, most: int = 1_000_000_000) -> int:
    """A number without what is behind its point. Raises Faulty outside of the bounds."""
    found = number(value)
    if not least <= found <= most:
        raise Faulty
    return math.floor(found)


def truth(value: Value) -> bool:
    """Raises Faulty of words that are no truth value."""
    if isinstance(value, str):
        if value.upper() in ("TRUE", "FALSE"):
            return value.upper() == "TRUE"
        raise Faulty
    return number(value) != 0


def cut(words: str) -> str:
    return words[:TEXT_CHARACTERS]


def joined(values: Iterable[Value]) -> str:
    """Texts behind each other, cut where a cell ends."""
    pieces: list[str] = []
    left = TEXT_CHARACTERS
    for value in values:
        piece = text(value)[:left]
        pieces.append(piece)
        left -= len(piece)
        if left <= 0:
            break
    return "".join(pieces)


def compared(first: Value, second: Value) -> int:
    """Less than, equal to or more than 0: numbers before texts before truth values, letters of any case alike."""
    ranks = []
    for value in (first, second):
        if isinstance(value, Fault):
            raise Faulty(value)
        ranks.append(2 if isinstance(value, bool) else 1 if isinstance(value, str) else 0)
    if first is None or second is None:
        # An empty cell is 0 beside a number, "" beside a text.
        other = second if first is None else first
        empty: Value = "" if isinstance(other, str) else 0.0
        first, second = (empty if first is None else first), (empty if second is None else second)
        ranks = [1, 1] if isinstance(other, str) else [0, 0]
    if ranks[0] != ranks[1]:
        return ranks[0] - ranks[1]
    if ranks[0] == 1:
        one, two = text(first).lower(), text(second).lower()
        return (one > two) - (one < two)
    return (number(first) > number(second)) - (number(first) < number(second))
