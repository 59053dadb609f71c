"""Reads formulas of Excel as they stand in cells: operators by their rank, calls, references of both styles."""

from __future__ import annotations

import re
from collections.abc import Callable

from msgspec import Struct

from workers.workbook import COLUMNS, ROWS, column_number

CHARACTERS = 16_384
_DEPTH = 30  # brackets and calls within each other
_ARGUMENTS = 255


class FormulaError(Exception):
    """It cannot be read: it breaks off, or is deeper than anybody writes."""


class Fault(Struct, frozen=True):
    """An error as cells show it: "#N/A"."""

    word: str = "#VALUE!"


class Literal(Struct, frozen=True):
    """A constant; None is an argument that is left out."""

    value: float | str | bool | Fault | None


class Reference(Struct, frozen=True):
    """An area, from its upper left to its lower right cell. `sheet` is "" for that of the formula.

    Rows and columns that are relative to the cell of the formula (R1C1 style) have True in `relative`.
    """

    sheet: str
    first: tuple[int, int]
    last: tuple[int, int]
    relative: tuple[bool, bool] = (False, False)


class Name(Struct, frozen=True):
    """A word that is defined somewhere, in lower case."""

    word: str


class Call(Struct, frozen=True):
    """A function by its word in upper case, or what stands before the brackets: a cell, a name."""

    function: str
    arguments: tuple[Node, ...]
    target: Node | None = None


class Chain(Struct, frozen=True):
    """Operands of one rank, from left to right: the first, then pairs of operator and operand."""

    first: Node
    rest: tuple[tuple[str, Node], ...]


class Sign(Struct, frozen=True):
    """A minus before its operand, or a per cent behind it."""

    sign: str
    operand: Node


Node = Literal | Reference | Name | Call | Chain | Sign

_TOKEN = re.compile(
    r"""(?P<blank>\s+)|(?P<text>"(?:[^"]|"")*+")|(?P<sheet>'(?:[^']|'')*+'!|[\w.\[\]]{1,80}+!|!)"""
    r"""|(?P<error>\#[A-Z][A-Z0-9/]{1,8}[!?]?)|(?P<number>\d{1,300}+(?:\.\d{0,300}+)?(?:[Ee][+-]?\d{1,4})?|\.\d{1,300})"""
    r"""|(?P<r1c1>[Rr](?:\[-?\d{1,7}\]|\d{1,7})?[Cc](?:\[-?\d{1,7}\]|\d{1,7})?(?![\w(.!\[]))"""
    r"""|(?P<a1>\$?[A-Za-z]{1,3}\$?\d{1,7}(?![\w(.!]))|(?P<word>\$?[^\W\d][\w.?\\]*+|\\[\w.]*+)"""
    r"""|(?P<sign><=|>=|<>|[-+*/^&=<>(),;:%{}@])"""
)
_A1 = re.compile(r"\$?([A-Za-z]{1,3})\$?(\d{1,7})")
_R1C1 = re.compile(r"[Rr](?:\[(-?\d+)\]|(\d+))?[Cc](?:\[(-?\d+)\]|(\d+))?")
_RANKS: tuple[tuple[str, ...], ...] = (("=", "<>", "<", ">", "<=", ">="), ("&",), ("+", "-"), ("*", "/"), ("^",))


def read(formula: str) -> Node:
    """The formula without its "=". Raises FormulaError."""
    if len(formula) > CHARACTERS:
        raise FormulaError
    reader = _Reader(_tokens(formula))
    node = reader.expression()
    if reader.kind:
        raise FormulaError
    return node


def _tokens(formula: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    position = 0
    while position < len(formula):
        match = _TOKEN.match(formula, position)
        if match is None or match.lastgroup is None:
            raise FormulaError
        position = match.end()
        if match.lastgroup == "r1c1" and match[0].lower() in ("rc", "r", "c"):
            # A name as good as any other; Excel itself takes it for a cell in one of its two styles only.
            found.append(("word", match[0]))
        elif match.lastgroup != "blank":
            found.append((match.lastgroup, match[0]))
    return found


class _Reader:
    """Goes through the tokens once; `kind` and `word` are of the next one, "" at the end."""

    def __init__(self, tokens: list[tuple[str, str]]) -> None:
        self._tokens = tokens
        self._position = 0
        self._depth = 0
        self.kind, self.word = tokens[0] if tokens else ("", "")

    def _next(self) -> str:
        word = self.word
        self._position += 1
        ends = self._position >= len(self._tokens)
        self.kind, self.word = ("", "") if ends else self._tokens[self._position]
        return word

    def _expect(self, sign: str) -> None:
        if self.kind != "sign" or self._next() != sign:
            raise FormulaError

    def expression(self) -> Node:
        self._depth += 1
        if self._depth > _DEPTH:
            raise FormulaError
        node = self._ranked(0)
        self._depth -= 1
        return node

    def _ranked(self, rank: int) -> Node:
        if rank == len(_RANKS):
            return self._signed()
        first = self._ranked(rank + 1)
        rest: list[tuple[str, Node]] = []
        while self.kind == "sign" and self.word in _RANKS[rank]:
            rest.append((self._next(), self._ranked(rank + 1)))
        return Chain(first, tuple(rest)) if rest else first

    def _signed(self) -> Node:
        minus = False
        while self.kind == "sign" and self.word in ("-", "+", "@"):
            minus ^= self._next() == "-"
        node = self._area()
        while self.kind == "sign" and self.word == "%":
            self._next()
            node = Sign("%", node)
        return Sign("-", node) if minus else node

    def _area(self) -> Node:
        node = self._operand()
        while self.kind == "sign" and self.word == ":":
            self._next()
            last = self._operand()
            if not isinstance(node, Reference) or not isinstance(last, Reference):
                raise FormulaError
            rows, columns = (sorted((*pair,)) for pair in zip(node.first, last.last, strict=True))
            node = Reference(node.sheet, (rows[0], columns[0]), (rows[1], columns[1]), node.relative)
        return node

    def _operand(self) -> Node:
        read: dict[str, Callable[[], Node]] = {
            "text": lambda: Literal(self._next()[1:-1].replace('""', '"')),
            "number": lambda: Literal(float(self._next())),
            "error": lambda: Literal(Fault(self._next())),
            "a1": lambda: self._called(_a1(self._next())),
            "r1c1": lambda: self._called(_r1c1(self._next())),
            "sheet": self._of_sheet,
            "word": self._named,
        }
        if self.kind in read:
            return read[self.kind]()
        if self.kind == "sign" and self.word == "(":
            self._next()
            node = self.expression()
            self._expect(")")
            return node
        if self.kind == "sign" and self.word == "{":
            return self._array()
        raise FormulaError

    def _of_sheet(self) -> Node:
        word = self._next()[:-1]
        sheet = word[1:-1].replace("''", "'") if word.startswith("'") else word
        # The number of a workbook before the sheet: what is meant is this one.
        sheet = sheet.rpartition("]")[2]
        if self.kind == "a1":
            return self._called(_a1(self._next(), sheet))
        if self.kind == "r1c1":
            return self._called(_r1c1(self._next(), sheet))
        return self._named(sheet)

    def _named(self, sheet: str = "") -> Node:
        if self.kind != "word":
            raise FormulaError
        word = self._next()
        if self.kind == "sign" and self.word == "(":
            if _A1.fullmatch(word) and word.upper() != "LOG10":
                return self._called(_a1(word, sheet))
            function = word.upper().removeprefix("_XLFN.").removeprefix("_XLWS.")
            return Call(function, self._arguments(), Name(word.lower()))
        if word.upper() in ("TRUE", "FALSE"):
            return Literal(word.upper() == "TRUE")
        return Name(word.lower())

    def _called(self, reference: Reference) -> Node:
        """`A5()` runs what stands there."""
        if self.kind == "sign" and self.word == "(":
            return Call("", self._arguments(), reference)
        return reference

    def _arguments(self) -> tuple[Node, ...]:
        self._expect("(")
        found: list[Node] = []
        while True:
            if self.kind == "sign" and self.word in (",", ";", ")"):
                found.append(Literal(None))
            else:
                found.append(self.expression())
            if self.kind != "sign" or self.word not in (",", ";") or len(found) > _ARGUMENTS:
                break
            self._next()
        self._expect(")")
        return () if found == [Literal(None)] else tuple(found)

    def _array(self) -> Node:
        """Constants in braces: only their first counts, as in a cell."""
        self._next()
        first = self.expression()
        while self.kind and not (self.kind == "sign" and self.word == "}"):
            self._next()
        self._expect("}")
        return first


def _a1(word: str, sheet: str = "") -> Reference:
    match = _A1.fullmatch(word)
    if match is None:
        raise FormulaError
    place = int(match[2]) - 1, column_number(match[1])
    if not (0 <= place[0] < ROWS and 0 <= place[1] < COLUMNS):
        raise FormulaError
    return Reference(sheet, place, place)


def _r1c1(word: str, sheet: str = "") -> Reference:
    match = _R1C1.fullmatch(word)
    if match is None:
        raise FormulaError
    row = int(match[2]) - 1 if match[2] else int(match[1] or 0)
    column = int(match[4]) - 1 if match[4] else int(match[3] or 0)
    place = row, column
    return Reference(sheet, place, place, (match[2] is None, match[4] is None))
