"""A workbook as far as its macros see it: cells with formulas and values, names, and what runs when it is opened."""

from __future__ import annotations

from msgspec import Struct, field

ROWS, COLUMNS = 1_048_576, 16_384

# A number, a text, a truth value; None of an empty cell, and of one that shows an error.
Value = float | str | bool | None


class Cell(Struct, frozen=True):
    """`formula` is without its "=", "" where there is none; `value` is what the file says of it."""

    formula: str = ""
    value: Value = None


class Sheet(Struct, kw_only=True):
    """Cells by row and column, both from 0 on. Filled by those who read files."""

    name: str = ""
    is_macro: bool = False
    cells: dict[tuple[int, int], Cell] = field(default_factory=dict)


class Workbook(Struct, frozen=True, kw_only=True):
    """`names` say what names mean, as formulas; `starts` are those of them that run when the workbook is opened."""

    sheets: tuple[Sheet, ...] = ()
    names: dict[str, str] = field(default_factory=dict)
    starts: tuple[str, ...] = ()


def cell_name(row: int, column: int) -> str:
    """ "B3" for row 2, column 1."""
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return f"{letters}{row + 1}"


def column_number(letters: str) -> int:
    """1 for "B"."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - 64
    return number - 1
