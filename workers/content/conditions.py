"""Conditions as functions of a reading, and what must hold for each: the index finds possible rules by that."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations, count, islice

from msgspec import Struct

from mailcore.conditions import Not
from mailcore.rule_fields import Kind
from mailcore.rules import PATTERN_OPERATORS, Comparison, Condition, Operator, list_name
from workers.content.patterns import Pattern, patterns_of
from workers.content.reading import Reading, Scan

Predicate = Callable[[Reading], bool]


class Sign(Struct, frozen=True):
    """A comparison, or the opposite of one: `is_true` is what it must come to. `rarity` is the chance that it does."""

    number: int
    is_true: bool
    chance: float


# Of several signs one must be there.
Clause = tuple[Sign, ...]

MOST_CHOICES = 6  # clauses that say what "at least two of these" needs

_CHANCE_OF_REGEX = 0.03
_CHANCES = {Operator.IN: 0.1, Operator.SAME_AS: 0.5, Operator.EXISTS: 0.4, Operator.GT: 0.3, Operator.LT: 0.5}


class Compiled(Struct, frozen=True):
    """`cost` orders the members of a group: what is cheap to ask is asked first."""

    holds: Predicate
    cost: int


class ConditionCompiler:
    """Compiles conditions. Comparisons that say the same are one comparison, asked once a mail."""

    def __init__(self) -> None:
        self.patterns: dict[Scan, list[Pattern]] = {}
        self.comparisons: list[Comparison] = []
        self._numbers: dict[object, int] = {}
        self._count = count()

    def number(self, comparison: Comparison) -> int:
        """The number of a comparison; equal ones have the same."""
        other = comparison.other.name if comparison.other else ""
        key = (
            *(comparison.field.name, comparison.operator, comparison.texts, comparison.number, comparison.flag),
            *(comparison.cased, comparison.raw, other),
        )
        known = self._numbers.get(key)
        if known is not None:
            return known
        number = self._numbers[key] = next(self._count)
        self.comparisons.append(comparison)
        if is_pattern(comparison):
            scan = (comparison.field.name, comparison.raw)
            self.patterns.setdefault(scan, []).extend(patterns_of(comparison, number))
        return number

    def compile(self, condition: Condition) -> Compiled:
        """A function that tells whether the condition holds."""
        if isinstance(condition, Not):
            inner = self.compile(condition.condition)
            return Compiled(lambda reading: not inner.holds(reading), inner.cost)
        if isinstance(condition, Comparison):
            return self._comparison(condition)
        members = sorted(map(self.compile, condition.conditions), key=lambda member: member.cost)
        predicates = tuple(member.holds for member in members)
        return Compiled(_group(predicates, condition.least), sum(member.cost for member in members))

    def _comparison(self, comparison: Comparison) -> Compiled:
        if is_pattern(comparison):
            number = self.number(comparison)
            scan = (comparison.field.name, comparison.raw)
            if comparison.field.is_costly:
                cost = 50 if comparison.field.is_running_text else 90
                return Compiled(lambda reading: reading.has_fired(number, scan), cost)
            if any(pattern.is_open for pattern in patterns_of(comparison, number)):
                return Compiled(lambda reading: number in reading.seen and reading.has_fired(number, scan), 5)
            return Compiled(lambda reading: number in reading.fired, 0)
        return Compiled(value_of(comparison), 100 if comparison.field.is_costly else 2)

    def clauses(self, condition: Condition, *, is_true: bool = True) -> list[Clause]:
        """Clauses that all must hold for the condition to be `is_true`; none where nothing is known."""
        if isinstance(condition, Not):
            return self.clauses(condition.condition, is_true=not is_true)
        if isinstance(condition, Comparison):
            return self._clause(condition, is_true=is_true)
        members = condition.conditions
        # Not "at least k of n" means: at least n - k + 1 of them do not hold.
        least = condition.least if is_true else len(members) - condition.least + 1
        of_members = [self.clauses(member, is_true=is_true) for member in members]
        if least == len(members):
            return [clause for clauses in of_members for clause in clauses]
        # Of n members at least k hold: so one of any n - k + 1 of them does.
        needed = len(members) - least + 1
        best = sorted((min(clauses, key=chance_of) for clauses in of_members if clauses), key=chance_of)
        choices = islice(combinations(best, needed), MOST_CHOICES)
        return [tuple(sign for clause in choice for sign in clause) for choice in choices]

    def _clause(self, comparison: Comparison, *, is_true: bool) -> list[Clause]:
        if is_pattern(comparison):
            return [(Sign(self.number(comparison), True, _chance(comparison)),)] if is_true else []
        if comparison.field.is_costly or comparison.operator is Operator.SAME_AS:
            return []
        chance = _chance(comparison)
        return [(Sign(self.number(comparison), is_true, chance if is_true else 1 - chance),)]


def is_pattern(comparison: Comparison) -> bool:
    return comparison.field.kind is Kind.TEXT and comparison.operator in PATTERN_OPERATORS


def chance_of(clause: Clause) -> float:
    return sum(sign.chance for sign in clause)


def _chance(comparison: Comparison) -> float:
    """A guess in how much mail the comparison holds: it only decides which rules are looked at first."""
    if comparison.field.kind is Kind.FLAG:
        return 0.2 if comparison.flag else 0.8
    if not is_pattern(comparison):
        return _CHANCES.get(comparison.operator, 0.2)
    if comparison.operator is Operator.REGEX:
        return min(1.0, _CHANCE_OF_REGEX * len(comparison.texts))
    # Long phrases are rare; short words stand in every third text.
    return min(1.0, sum(0.6 ** max(1, len(text) - 1) for text in comparison.texts))


def _group(predicates: tuple[Predicate, ...], least: int) -> Predicate:
    # Loops: a generator would cost more than what it asks.
    if least == len(predicates):

        def all_hold(reading: Reading) -> bool:
            for holds in predicates:  # noqa: SIM110
                if not holds(reading):
                    return False
            return True

        return all_hold
    if least == 1:

        def one_holds(reading: Reading) -> bool:
            for holds in predicates:  # noqa: SIM110
                if holds(reading):
                    return True
            return False

        return one_holds

    def enough_hold(reading: Reading) -> bool:
        found = 0
        for holds in predicates:
            found += holds(reading)
            if found == least:
                return True
        return False

    return enough_hold


def value_of(comparison: Comparison) -> Predicate:
    """A comparison that is no pattern: numbers, flags, lists, other fields."""
    field, operator = comparison.field, comparison.operator
    if operator is Operator.EXISTS:
        return lambda reading: any(reading.texts(field)) is comparison.flag
    if operator is Operator.IN:
        names = tuple(map(list_name, comparison.texts))
        return lambda reading: any(reading.is_listed(field, name) for name in names)
    if operator is Operator.SAME_AS and comparison.other is not None:
        other = comparison.other
        return lambda reading: not reading.words(field).isdisjoint(reading.words(other))
    if field.kind is Kind.FLAG:
        return lambda reading: reading.value(field) is comparison.flag
    number = comparison.number
    if operator is Operator.GT:
        return lambda reading: reading.number(field) > number
    if operator is Operator.LT:
        return lambda reading: reading.number(field) < number
    return lambda reading: reading.number(field) == number
