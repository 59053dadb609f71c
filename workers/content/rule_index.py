"""Finds the few rules that may hold for a mail among ten thousand, without asking each.

A rule with a pattern is found by its rarest one, as words are found in the index of a book. The others (numbers, flags,
lists, and patterns of fields that are costly to read) are kept as bits of integers: every fact of the mail strikes out,
in one operation, all rules that need the opposite.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence

from mailcore.rule_fields import Field
from mailcore.rules import Comparison, Operator
from workers.content.conditions import Clause, Predicate, Sign, chance_of, is_pattern, value_of
from workers.content.reading import Reading, Scan

CLAUSES = 4  # of a rule that the bits know; more hardly narrow it down


class RuleIndex:
    """Which rules are possible. Rules are known by their position; built once, never changed."""

    def __init__(self, clauses: Sequence[Sequence[Clause]], comparisons: Sequence[Comparison]) -> None:
        """`clauses` are what must hold for each rule, `comparisons` those whose numbers stand in them."""
        self._by_pattern: dict[int, list[int]] = {}
        bitwise: list[int] = []
        for position, of_rule in enumerate(clauses):
            guard = _pattern_guard(of_rule, comparisons)
            if guard is None:
                bitwise.append(position)
            else:
                for sign in guard:
                    self._by_pattern.setdefault(sign.number, []).append(position)
        self._bitwise = BitIndex(bitwise, [clauses[position] for position in bitwise], comparisons)

    def possible(self, reading: Reading) -> list[int]:
        """Positions of the rules that may hold, in order. Costly fields are read only if a possible rule needs them."""
        found = set(self._bitwise.possible(reading))
        by_pattern = self._by_pattern
        for number in reading.seen:
            positions = by_pattern.get(number)
            if positions is not None:
                found.update(positions)
        return sorted(found)


def _pattern_guard(clauses: Sequence[Clause], comparisons: Sequence[Comparison]) -> Clause | None:
    """The rarest clause that has only patterns of fields which every mail is scanned for."""
    fitting = (
        clause
        for clause in clauses
        if all(is_pattern(comparisons[sign.number]) and not _is_costly(comparisons[sign.number]) for sign in clause)
    )
    return min(fitting, key=chance_of, default=None)


def _is_costly(comparison: Comparison) -> bool:
    return comparison.field.is_costly


def _is_prose(clause: Clause, comparisons: Sequence[Comparison]) -> bool:
    fields = (comparisons[sign.number].field for sign in clause)
    return all(field.is_running_text or not field.is_costly for field in fields)


class BitIndex:
    """Rules as bits: bit `clause * size + position` is set where that clause of the rule may hold.

    Clauses about costly fields are late: such a field is read only if a rule is left that needs it.
    """

    def __init__(
        self, positions: Sequence[int], clauses: Sequence[Sequence[Clause]], comparisons: Sequence[Comparison]
    ) -> None:
        self._positions = positions
        self._everyone = (1 << len(positions)) - 1
        self._early = Facts(len(positions), comparisons)
        self._late = Facts(len(positions), comparisons)
        self._needs: dict[Scan, int] = {}
        for position, of_rule in enumerate(clauses):
            late = [clause for clause in of_rule if any(_is_costly(comparisons[sign.number]) for sign in clause)]
            self._early.learn(position, [clause for clause in of_rule if clause not in late])
            # Words first: telling the language of a mail costs more than all its rules.
            late = [clause for clause in late if _is_prose(clause, comparisons)] or late
            self._late.learn(position, late)
            for sign in (sign for clause in late for sign in clause):
                comparison = comparisons[sign.number]
                if _is_costly(comparison):
                    scan = (comparison.field.name, comparison.raw)
                    self._needs[scan] = self._needs.get(scan, 0) | 1 << position
        self._early.finish()
        self._late.finish()

    def possible(self, reading: Reading) -> Iterator[int]:
        alive = self._early.narrowed(self._everyone, reading)
        needed = [scan for scan, needing in self._needs.items() if alive & needing]
        if needed:
            for scan in needed:
                reading.scan(scan)
            alive = self._late.narrowed(alive, reading)
        while alive:
            lowest = alive & -alive
            yield self._positions[lowest.bit_length() - 1]
            alive ^= lowest


class Facts:
    """What the mail may show, and the bits of the clauses that each fact fulfils."""

    def __init__(self, size: int, comparisons: Sequence[Comparison]) -> None:
        self._size = size
        self._comparisons = comparisons
        self._always = 0
        self._patterns: dict[int, int] = {}
        self._questions: dict[int, Question] = {}
        self._thresholds: dict[str, Thresholds] = {}

    def learn(self, position: int, clauses: Sequence[Clause]) -> None:
        """The rarest few clauses of a rule; what it has fewer always holds."""
        rarest = sorted(clauses, key=chance_of)[:CLAUSES]
        for at in range(CLAUSES):
            bits = 1 << (at * self._size + position)
            if at >= len(rarest):
                self._always |= bits
                continue
            for sign in rarest[at]:
                self._learn_sign(sign, bits)

    def _learn_sign(self, sign: Sign, bits: int) -> None:
        comparison = self._comparisons[sign.number]
        if is_pattern(comparison):
            self._patterns[sign.number] = self._patterns.get(sign.number, 0) | bits
        elif comparison.operator in (Operator.GT, Operator.LT):
            name = comparison.field.name
            self._thresholds.setdefault(name, Thresholds(comparison.field)).learn(comparison, sign.is_true, bits)
        else:
            self._questions.setdefault(sign.number, Question(comparison)).learn(sign.is_true, bits)

    def finish(self) -> None:
        for thresholds in self._thresholds.values():
            thresholds.finish()

    def narrowed(self, alive: int, reading: Reading) -> int:
        """Of the rules that are alive, those of which every clause may hold."""
        if not alive:
            return 0
        bits = self._always
        for number in self._patterns.keys() & reading.seen:
            bits |= self._patterns[number]
        for question in self._questions.values():
            bits |= question.bits(reading)
        for thresholds in self._thresholds.values():
            bits |= thresholds.bits(reading)
        for clause in range(CLAUSES):
            alive &= bits >> (clause * self._size)
        return alive


class Question:
    """A comparison that is asked once a mail, and the bits for each answer."""

    def __init__(self, comparison: Comparison) -> None:
        self._holds: Predicate = value_of(comparison)
        self._if_true = 0
        self._if_false = 0

    def learn(self, is_true: bool, bits: int) -> None:  # an answer
        if is_true:
            self._if_true |= bits
        else:
            self._if_false |= bits

    def bits(self, reading: Reading) -> int:
        return self._if_true if self._holds(reading) else self._if_false


class Thresholds:
    """All `gt` and `lt` of one number: one search finds the bits of those that hold."""

    def __init__(self, field: Field) -> None:
        self._field = field
        # (t, 1) stands for "greater than t", (t, 0) for "t or greater"; below are their opposites.
        self._above: dict[tuple[float, float], int] = {}
        self._below: dict[tuple[float, float], int] = {}
        self._keys: list[tuple[float, float]] = []
        self._bits: list[int] = []

    def learn(self, comparison: Comparison, is_true: bool, bits: int) -> None:  # an answer
        is_above = (comparison.operator is Operator.GT) is is_true
        key = (comparison.number, 1.0 if comparison.operator is Operator.GT else 0.0)
        side = self._above if is_above else self._below
        side[key] = side.get(key, 0) | bits

    def finish(self) -> None:
        """Bits for each interval between two thresholds."""
        self._keys = sorted({*self._above, *self._below})
        above, below = [0], [0]
        for key in self._keys:
            above.append(above[-1] | self._above.get(key, 0))
        for key in reversed(self._keys):
            below.append(below[-1] | self._below.get(key, 0))
        self._bits = [over | under for over, under in zip(above, reversed(below), strict=True)]

    def bits(self, reading: Reading) -> int:
        return self._bits[bisect_right(self._keys, (reading.number(self._field), 0.5))]
