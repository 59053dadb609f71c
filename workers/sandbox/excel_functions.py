"""Functions of worksheets that only work something out, as macros use them to put their texts together."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from functools import partial

from workers.sandbox.excel_formulas import Fault
from workers.sandbox.excel_values import (
    DIVISION_ERROR,
    TEXT_CHARACTERS,
    Faulty,
    Value,
    compared,
    cut,
    finite,
    joined,
    number,
    text,
    truth,
    whole,
)

Function = Callable[[Sequence[Value]], Value]

# The day on which everything happens: 1 January 2026, in the morning.
NOW = 46_023.375
_DATE = {"DAY": 1, "MONTH": 1, "YEAR": 2026, "HOUR": 9, "MINUTE": 0, "SECOND": 0, "WEEKDAY": 5}
_FORMAT_DIGITS = re.compile(r"0{1,20}")


def _char(values: Sequence[Value]) -> Value:
    return bytes([whole(values[0], least=1, most=255)]).decode("cp1252", "replace")


def _code(values: Sequence[Value]) -> Value:
    letter = text(values[0])[:1]
    if not letter:
        raise Faulty
    return float(letter.encode("cp1252", "replace")[0])


def _unicode(values: Sequence[Value]) -> Value:
    code = whole(values[0], least=1, most=0x10FFFF)
    if 0xD800 <= code <= 0xDFFF:
        raise Faulty
    return chr(code)


def _middle(values: Sequence[Value]) -> Value:
    start, count = whole(values[1], least=1), whole(values[2], least=0)
    return text(values[0])[start - 1 : start - 1 + count]


def _left(values: Sequence[Value]) -> Value:
    return text(values[0])[: whole(values[1], least=0) if len(values) > 1 else 1]


def _right(values: Sequence[Value]) -> Value:
    words, count = text(values[0]), whole(values[1], least=0) if len(values) > 1 else 1
    return words[max(0, len(words) - count) :] if count else ""


def _substitute(values: Sequence[Value]) -> Value:
    words, old, new = (text(value) for value in values[:3])
    if not old:
        return words
    if len(values) > 3:
        pieces = words.split(old)
        which = whole(values[3], least=1)
        return words if which >= len(pieces) else cut(old.join(pieces[:which]) + new + old.join(pieces[which:]))
    if len(new) > len(old) and words.count(old) * len(new) > TEXT_CHARACTERS:
        raise Faulty
    return cut(words.replace(old, new))


def _replace(values: Sequence[Value]) -> Value:
    words, start, count = text(values[0]), whole(values[1], least=1), whole(values[2], least=0)
    return cut(words[: start - 1] + text(values[3]) + words[start - 1 + count :])


def _repeat(values: Sequence[Value]) -> Value:
    words, count = text(values[0]), whole(values[1], least=0)
    return cut(words * min(count, TEXT_CHARACTERS // max(1, len(words)) + 1))


def _find(values: Sequence[Value], *, same_case: bool) -> Value:
    needle, words = text(values[0]), text(values[1])
    start = whole(values[2], least=1) if len(values) > 2 else 1
    if not same_case:
        needle, words = needle.lower(), words.lower()
    at = words.find(needle, start - 1)
    if at < 0:
        raise Faulty
    return float(at + 1)


def _format(values: Sequence[Value]) -> Value:
    """TEXT: leading zeros are what matters in the end; other formats show the number as it is."""
    if isinstance(values[0], str):
        return values[0]
    form, value = text(values[1]), number(values[0])
    if _FORMAT_DIGITS.fullmatch(form):
        return f"{round(value):0{len(form)}d}"
    return text(value)


def _round(values: Sequence[Value], how: Callable[[float], float]) -> Value:
    factor = 10.0 ** whole(values[1] if len(values) > 1 else 0.0, least=-15, most=15)
    return finite(how(number(values[0]) * factor) / factor)


def _half_up(value: float) -> float:
    return math.copysign(math.floor(abs(value) + 0.5), value)


def _away(value: float) -> float:
    return math.copysign(math.ceil(abs(value)), value)


def _towards(value: float) -> float:
    return float(math.trunc(value))


def _modulo(values: Sequence[Value]) -> Value:
    divisor = number(values[1])
    if not divisor:
        raise Faulty(DIVISION_ERROR)
    return number(values[0]) % divisor


def _power(values: Sequence[Value]) -> Value:
    return power(number(values[0]), number(values[1]))


def power(base: float, exponent: float) -> float:
    try:
        found = base**exponent
    except (OverflowError, ZeroDivisionError):
        raise Faulty(Fault("#NUM!")) from None
    if isinstance(found, complex):
        raise Faulty(Fault("#NUM!"))
    return finite(found)


def _numbers(values: Sequence[Value]) -> list[float]:
    """Those that are numbers; faults raise."""
    for value in values:
        if isinstance(value, Fault):
            raise Faulty(value)
    return [float(value) for value in values if isinstance(value, bool | float)]


def _average(values: Sequence[Value]) -> Value:
    found = _numbers(values)
    if not found:
        raise Faulty(DIVISION_ERROR)
    return finite(sum(found) / len(found))


def _bits(values: Sequence[Value], how: Callable[[int, int], int]) -> Value:
    one, two = (whole(value, least=0, most=2**48) for value in values[:2])
    return float(how(one, two))


def _based(values: Sequence[Value], base: int) -> Value:
    try:
        return float(int(text(values[0])[:20], base))
    except ValueError:
        raise Faulty(Fault("#NUM!")) from None


def _hexadecimal(values: Sequence[Value]) -> Value:
    return f"{whole(values[0], least=0, most=2**40):X}".zfill(whole(values[1], most=20) if len(values) > 1 else 1)


def _trim(values: Sequence[Value]) -> Value:
    return " ".join(piece for piece in text(values[0]).split(" ") if piece)


def _always(found: Value, _: Sequence[Value]) -> Value:
    return found


def _between(values: Sequence[Value]) -> Value:
    return float(whole(values[0]))


# Arguments come as values of single cells; areas have become as many values as they have cells.
FUNCTIONS: dict[str, Function] = {
    **dict.fromkeys(("CHAR", "ANSI.CHAR"), _char),
    "CODE": _code,
    "UNICHAR": _unicode,
    "UNICODE": lambda values: float(ord(text(values[0])[0])),
    **dict.fromkeys(("MID", "MIDB"), _middle),
    **dict.fromkeys(("LEFT", "LEFTB"), _left),
    **dict.fromkeys(("RIGHT", "RIGHTB"), _right),
    **dict.fromkeys(("LEN", "LENB"), lambda values: float(len(text(values[0])))),
    **dict.fromkeys(("CONCATENATE", "CONCAT"), joined),
    "LOWER": lambda values: text(values[0]).lower(),
    "UPPER": lambda values: cut(text(values[0]).upper()),
    "PROPER": lambda values: text(values[0]).title(),
    "TRIM": _trim,
    "CLEAN": lambda values: "".join(letter for letter in text(values[0]) if letter >= " "),
    "SUBSTITUTE": _substitute,
    **dict.fromkeys(("REPLACE", "REPLACEB"), _replace),
    "REPT": _repeat,
    "FIND": lambda values: _find(values, same_case=True),
    "SEARCH": lambda values: _find(values, same_case=False),
    "EXACT": lambda values: text(values[0]) == text(values[1]),
    "VALUE": lambda values: number(values[0]),
    "TEXT": _format,
    **dict.fromkeys(("FIXED", "DOLLAR"), lambda values: text(values[0])),
    "T": lambda values: values[0] if isinstance(values[0], str) else "",
    "N": lambda values: number(values[0]) if isinstance(values[0], bool | float) else 0.0,
    "INT": lambda values: float(math.floor(finite(number(values[0])))),
    "ROUND": lambda values: _round(values, _half_up),
    "ROUNDUP": lambda values: _round(values, _away),
    **dict.fromkeys(("ROUNDDOWN", "TRUNC"), lambda values: _round(values, _towards)),
    "MOD": _modulo,
    "ABS": lambda values: abs(number(values[0])),
    "SIGN": lambda values: float((number(values[0]) > 0) - (number(values[0]) < 0)),
    "SQRT": lambda values: power(number(values[0]), 0.5),
    "POWER": _power,
    "PI": lambda _: math.pi,
    "SUM": lambda values: finite(sum(_numbers(values))),
    "PRODUCT": lambda values: finite(math.prod(_numbers(values))),
    "MIN": lambda values: min(_numbers(values), default=0.0),
    "MAX": lambda values: max(_numbers(values), default=0.0),
    "AVERAGE": _average,
    "COUNT": lambda values: float(sum(isinstance(value, float) for value in values)),
    "COUNTA": lambda values: float(sum(value is not None for value in values)),
    "COUNTBLANK": lambda values: float(sum(value in (None, "") for value in values)),
    "AND": lambda values: all(truth(value) for value in values if value is not None),
    "OR": lambda values: any(truth(value) for value in values if value is not None),
    "XOR": lambda values: sum(truth(value) for value in values if value is not None) % 2 == 1,
    "NOT": lambda values: not truth(values[0]),
    "TRUE": lambda _: True,
    "FALSE": lambda _: False,
    "ISNUMBER": lambda values: isinstance(values[0], float) and not isinstance(values[0], bool),
    "ISTEXT": lambda values: isinstance(values[0], str),
    "ISNONTEXT": lambda values: not isinstance(values[0], str),
    "ISLOGICAL": lambda values: isinstance(values[0], bool),
    "ISBLANK": lambda values: values[0] is None,
    "ISERROR": lambda values: isinstance(values[0], Fault),
    "ISERR": lambda values: isinstance(values[0], Fault) and values[0].word != "#N/A",
    "ISNA": lambda values: isinstance(values[0], Fault) and values[0].word == "#N/A",
    "IFERROR": lambda values: values[1] if isinstance(values[0], Fault) else values[0],
    "NA": lambda _: Fault("#N/A"),
    "DELTA": lambda values: float(compared(values[0], values[1]) == 0),
    "BITXOR": lambda values: _bits(values, lambda one, two: one ^ two),
    "BITAND": lambda values: _bits(values, lambda one, two: one & two),
    "BITOR": lambda values: _bits(values, lambda one, two: one | two),
    "HEX2DEC": lambda values: _based(values, 16),
    "OCT2DEC": lambda values: _based(values, 8),
    "BIN2DEC": lambda values: _based(values, 2),
    "DEC2HEX": _hexadecimal,
    "RAND": lambda _: 0.5,
    "RANDBETWEEN": _between,
    "NOW": lambda _: NOW,
    "TODAY": lambda _: float(int(NOW)),
    # Of any day and time: what is asked is nearly always the one of now.
    **{name: partial(_always, float(found)) for name, found in _DATE.items()},
}
# These look at errors instead of passing them on.
TAKE_FAULTS = frozenset({"ISERROR", "ISERR", "ISNA", "IFERROR", "ISBLANK", "ISTEXT", "ISNUMBER", "ISNONTEXT", "COUNTA"})
