"""What a regular expression would cost, told before it is compiled: how large it becomes and how many ways it tries."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from re import _constants as codes  # type: ignore[attr-defined]  # the parse tree is not public; tests hold its shape
from re import _parser  # type: ignore[attr-defined]
from typing import Any

from mailcore.errors import ConfigurationError

# Counted repeats are unrolled: `(?:\w{1,60} ){1,60}` has 3,660 positions and compiles in a quarter of a second,
# twice as many can take minutes and hundreds of megabytes.
MAX_POSITIONS = 4_000
# What hyperscan cannot do (look-around, back-references) runs in `re`, which has no time limit: such a pattern may
# try this many ways from each of the first characters of a text. Together that is at most some ten million steps.
FALLBACK_WAYS = 1_000
FALLBACK_CHARACTERS = 10_000
_ENOUGH = 1_000_000_000  # counting stops here

_REPEATS = (codes.MAX_REPEAT, codes.MIN_REPEAT, codes.POSSESSIVE_REPEAT)
_AROUND = (codes.ASSERT, codes.ASSERT_NOT)


def check_size(regex: str, place: str) -> None:
    """Raises ConfigurationError for an expression that would compile to something huge."""
    positions = _positions(_parsed(regex))
    if positions > MAX_POSITIONS:
        raise ConfigurationError(
            f"{place}: this pattern has {positions:,} positions once its repeats are written out, at most "
            f"{MAX_POSITIONS:,} are compiled: write smaller counts, or * and + where there need be no bound"
        )


def check_fallback(regex: str, place: str, refusal: str) -> None:
    """Raises ConfigurationError for a pattern that hyperscan refuses and that `re` might take for ever over."""
    if _ways(_parsed(regex)) > FALLBACK_WAYS:
        raise ConfigurationError(
            f"{place}: hyperscan refuses this pattern ({refusal}), and without it there may be at most "
            f"{FALLBACK_WAYS} ways to match: write {{0,20}} instead of * and +, repeat no alternatives, or leave out "
            "what it refuses (look-around, back-references)"
        )


def _parsed(regex: str) -> Any:
    return _parser.parse(regex, re.MULTILINE)


def _positions(pattern: Any) -> int:
    """Characters that the pattern has with every counted repeat written out; `*` and `+` count once."""
    return _walk(pattern, both=sum, either=sum, repeat=_unrolled)


def _unrolled(low: int, high: int | None, inner: int) -> int:
    return max(1, low if high is None else high) * max(1, inner)


def _ways(pattern: Any) -> int:
    """Upper bound of the ways in which the pattern can be tried from one character on."""
    return _walk(pattern, both=_product, either=sum, repeat=_choices)


def _product(factors: Iterable[int]) -> int:
    product = 1
    for factor in factors:
        product = min(_ENOUGH, product * factor)
    return product


def _choices(low: int, high: int | None, inner: int) -> int:
    if high is None:
        return _ENOUGH
    if inner == 1:
        return high - low + 1
    return _ENOUGH if high > 30 else min(_ENOUGH, sum(inner**count for count in range(low, high + 1)))


def _walk(
    pattern: Any,
    *,
    both: Callable[[Iterable[int]], int],
    either: Callable[[Iterable[int]], int],
    repeat: Callable[[int, int | None, int], int],
) -> int:
    """Fold the parse tree: `both` joins what stands in a row, `either` alternatives."""

    def fold(items: Any) -> int:
        return min(_ENOUGH, both(map(one, items)))

    def one(item: Any) -> int:
        code, argument = item
        if code in _REPEATS:
            low, high, inner = argument
            return min(_ENOUGH, repeat(int(low), None if high is codes.MAXREPEAT else int(high), fold(inner)))
        if code is codes.BRANCH:
            return min(_ENOUGH, either(map(fold, argument[1])))
        if code is codes.SUBPATTERN:
            return fold(argument[3])
        if code in _AROUND:
            return fold(argument[1])
        if code is codes.ATOMIC_GROUP:
            return fold(argument)
        if code is codes.GROUPREF_EXISTS:
            return min(_ENOUGH, either([fold(argument[1]), fold(argument[2] or [])]))
        return 1

    return fold(pattern)
