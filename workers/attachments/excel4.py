"""What Excel 4 macros do: their formulas with strings put together that are taken apart to hide them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from msgspec import Struct

FORMULAS = 5_000
CHARACTERS = 200_000  # of all formulas together
_OF_ONE = 4_000
_ROUNDS = 3

# Names that run when the workbook is opened, closed or shown; with any ending ("Auto_Open_1").
AUTO_RUN = re.compile(r"(?:_xlnm\.)?auto_(?:open|close|activate|deactivate)", re.IGNORECASE)

# What macros may do beside their workbook. RUN and FORMULA are how good macros work as well.
_DOES: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (does, re.compile(rf"(?<![A-Z0-9.])(?:{names})\(", re.IGNORECASE))
    for does, names in (
        ("starts programs", "EXEC"),
        ("calls functions of Windows", "CALL|REGISTER(?:\\.ID)?"),
        ("writes files", "FWRITE|FWRITELN|FOPEN|SAVE\\.AS"),
        ("deletes files", "FILE\\.DELETE"),
        ("sends commands to other programs", "INITIATE|EXECUTE|POKE|SEND\\.KEYS"),
        ("writes formulas while it runs", 'FORMULA\\.FILL|FORMULA(?=\\("=)'),
    )
)
_PIECE = re.compile(r'"(?:[^"]|"")*"|[^"]+|"')
_CHAR = re.compile(r"\bCHAR\(([0-9+\-. ]{1,60})\)", re.IGNORECASE)
_SUM_TERM = re.compile(r"[+-]?\d{1,6}(?:\.\d{1,9})?")
_CELL = re.compile(r"(?<![A-Za-z0-9_.!$:])\$?([A-Z]{1,3})\$?(\d{1,7})(?![A-Za-z0-9_.(!:])")
_LITERAL = re.compile(r'"(?:[^"]|"")*"')
_CONCATENATE = re.compile(r'\bCONCATENATE\(("(?:[^"]|"")*"(?:,"(?:[^"]|"")*"){0,254})\)', re.IGNORECASE)


class Formula(Struct, frozen=True):
    """A formula without its "=", and the cell that it stands in ("" where nobody knows)."""

    cell: str
    text: str


class Behaviour(Struct, frozen=True, kw_only=True):
    """What macros may do, in words, and the formulas that say so."""

    does: tuple[str, ...] = ()
    lines: tuple[str, ...] = ()


def behaviour(formulas: Sequence[Formula], values: Mapping[str, str] | None = None) -> Behaviour:
    """What the formulas do. `values` are the texts of cells, for formulas that are put together from them."""
    plain = deobfuscated(_bounded(formulas), dict(values or {}))
    found: dict[str, str] = {}
    lines: dict[str, None] = {}
    for formula in plain:
        for does, pattern in _DOES:
            if pattern.search(formula.text):
                found.setdefault(does, formula.text)
                lines.setdefault(f"{formula.cell} ={formula.text}".strip())
    return Behaviour(
        does=tuple(f"{does} ({' '.join(text.split())[:80]})" for does, text in found.items()), lines=tuple(lines)
    )


def _bounded(formulas: Sequence[Formula]) -> list[Formula]:
    found, left = list[Formula](), CHARACTERS
    for formula in formulas[:FORMULAS]:
        left -= len(formula.text)
        if left < 0:
            break
        found.append(Formula(formula.cell, formula.text[:_OF_ONE]))
    return found


def deobfuscated(formulas: Sequence[Formula], values: dict[str, str]) -> list[Formula]:
    """The formulas with constants put together; what cells hold is put in where it is known."""
    current = list(formulas)
    for _ in range(_ROUNDS):
        changed = False
        for index, formula in enumerate(current):
            text = _put_together(_with_cells(formula.text, values))
            changed = changed or text != formula.text
            current[index] = Formula(formula.cell, text)
            if formula.cell and _LITERAL.fullmatch(text):
                values[formula.cell] = _unquoted(text)
        if not changed:
            break
    return current


def _with_cells(text: str, values: Mapping[str, str]) -> str:
    """The formula with the texts of cells in place of their names."""
    if not values:
        return text

    def value(match: re.Match[str]) -> str:
        known = values.get(match[1] + match[2])
        return match[0] if known is None else _quoted(known)

    pieces = (piece if piece.startswith('"') else _CELL.sub(value, piece) for piece in _PIECE.findall(text))
    return "".join(pieces)[:_OF_ONE]


def _put_together(text: str) -> str:
    """ "ca" & CHAR(108) & "c" becomes "calc"."""
    pieces = (piece if piece.startswith('"') else _CHAR.sub(_character, piece) for piece in _PIECE.findall(text))
    joined = _joined("".join(pieces))
    return _joined(_CONCATENATE.sub(_concatenated, joined))


def _joined(text: str) -> str:
    """Literals with nothing but "&" between them become one."""
    out: list[str] = []
    for piece in _PIECE.findall(text):
        if piece.startswith('"') and len(out) >= 2 and out[-1].strip() == "&" and _LITERAL.fullmatch(out[-2]):
            out[-2:] = [out[-2][:-1] + piece[1:]]
        else:
            out.append(piece)
    return "".join(out)


def _character(match: re.Match[str]) -> str:
    """The letter of a number, or of a sum of numbers."""
    words = match[1].replace(" ", "")
    terms = _SUM_TERM.findall(words)
    if "".join(terms) != words:
        return match[0]
    number = int(sum(map(float, terms)))
    return _quoted(bytes([number]).decode("cp1252", "replace")) if 0 < number < 256 else match[0]


def _concatenated(match: re.Match[str]) -> str:
    return _quoted("".join(map(_unquoted, _LITERAL.findall(match[1]))))


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def _unquoted(literal: str) -> str:
    return literal[1:-1].replace('""', '"')
