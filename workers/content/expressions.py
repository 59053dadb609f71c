"""What a regular expression needs and would cost, told before it is compiled.

How large it becomes, how many ways it tries, and which words must stand in a text for it to match at all.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterable
from re import _constants as codes  # type: ignore[attr-defined]  # the parse tree is not public; tests hold its shape
from re import _parser  # type: ignore[attr-defined]
from typing import Any

from msgspec import Struct

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
    positions = needs_of(regex).positions
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


# Words that must stand in a text are looked for by the thousand at next to no cost; shorter ones stand in every text.
SHORTEST_WORD = 4
LONGEST_WORD = 200
MOST_WORDS = 64  # alternatives of one place
FREQUENT = 0.1  # a guess in how much mail such words stand
_FEW_REPEATS = 4  # of one place; a pattern without more is searched for as fast as words

Words = frozenset[str]


class Needs(Struct, frozen=True):
    """What a text must have, in lower case: of each set of `words` one, the rarest set first, frequent ones left out.

    `is_exact`: the one word is all that the expression says. `is_simple`: it has no long repeats. `positions` are its
    characters with every repeat written out.
    """

    words: tuple[Words, ...]
    is_exact: bool
    is_simple: bool
    positions: int


@functools.lru_cache(maxsize=65_536)  # at a start with compiled patterns, parsing them is most of the work
def needs_of(regex: str) -> Needs:
    """What a text must have for that expression to match, capitals aside, and how large the expression is."""
    tree = _parsed(regex)
    exact, clauses = _analysed(tree)
    if exact is not None:
        clauses = _clause(exact)
    words = sorted(({_cut(word) for word in clause} for clause in clauses), key=_frequency)
    # Besides the rarest, words that stand in every other mail tell little, and finding them costs more.
    rare = [clause for clause in words if _frequency(clause) < FREQUENT]
    return Needs(
        words=tuple(map(frozenset, rare or words[:1])),
        is_exact=bool(words) and all(code is codes.LITERAL for code, _ in tree),
        is_simple=_longest_repeat(tree) <= _FEW_REPEATS,
        positions=_positions(tree),
    )


def _cut(word: str) -> str:
    return word[-LONGEST_WORD:]


def _frequency(words: Iterable[str]) -> float:
    return sum(0.6 ** len(word) for word in words)


def _longest_repeat(tree: Any) -> int:
    return _walk(tree, both=_most, either=_most, repeat=_repeated)


def _most(numbers: Iterable[int]) -> int:
    return max(numbers, default=1)


def _repeated(_low: int, high: int | None, inner: int) -> int:
    return _ENOUGH if high is None else max(high, inner)


def _analysed(tree: Any) -> tuple[set[str] | None, list[Words]]:
    """All that a sequence can match, where that is little; otherwise sets of words of which each gives one."""
    current: set[str] = {""}
    clauses: list[Words] = []
    is_exact = True

    for item in tree:
        exact, inner = _needs_of_item(item)
        if exact is not None and len(current) * len(exact) <= MOST_WORDS:
            current = {before + behind for before in current for behind in exact}
            continue
        clauses += [*_clause(current), *inner]
        is_exact = False
        current = {""} if exact is None else exact
    if is_exact:
        return current, []
    return None, [*clauses, *_clause(current)]


def _needs_of_item(item: Any) -> tuple[set[str] | None, list[Words]]:
    code, argument = item
    if code is codes.LITERAL:
        return ({chr(argument).lower()}, []) if argument < 128 else (None, [])
    if code is codes.AT or code in _AROUND:
        return {""}, []
    if code is codes.IN:
        return _characters(argument), []
    if code is codes.SUBPATTERN:
        return _analysed(argument[3])
    if code is codes.ATOMIC_GROUP:
        return _analysed(argument)
    if code is codes.BRANCH:
        return _of_branch(argument[1])
    if code in _REPEATS:
        return _of_repeat(*argument)
    return None, []


def _characters(members: Any) -> set[str] | None:
    if len(members) > 6 or not all(code is codes.LITERAL and value < 128 for code, value in members):
        return None
    return {chr(value).lower() for _, value in members}


def _of_branch(alternatives: Any) -> tuple[set[str] | None, list[Words]]:
    found = [_analysed(alternative) for alternative in alternatives]
    exact: set[str] = set()
    for one, _ in found:
        exact |= one or set()
    if all(one is not None for one, _ in found) and len(exact) <= MOST_WORDS:
        return exact, []
    union: set[str] = set()
    for one, clauses in found:
        choices = clauses if one is None else _clause(one)
        if not choices:
            return None, []
        union |= min(choices, key=_frequency)
    return None, [frozenset(union)] if len(union) <= MOST_WORDS else []


def _of_repeat(low: int, high: int, inner: Any) -> tuple[set[str] | None, list[Words]]:
    exact, clauses = _analysed(inner)
    if exact is not None and high is not codes.MAXREPEAT and high <= 2 and len(exact) <= 8:
        powers = [{""}, exact, {one + other for one in exact for other in exact}]
        return set().union(*powers[int(low) : int(high) + 1]), []
    if low == 0:
        return None, []
    return None, clauses if exact is None else _clause(exact)


def _clause(words: set[str]) -> list[Words]:
    """One of the words must be there; nothing follows where one is too short to be looked for."""
    return [frozenset(words)] if min(map(len, words)) >= SHORTEST_WORD else []
