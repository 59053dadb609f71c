"""Compiled rules: one pass over each field, then only the rules of which a pattern was found."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from itertools import count

from msgspec import Struct

from mailcore.message import Message
from mailcore.rule_fields import Field, Kind, Value
from mailcore.rules import PATTERN_OPERATORS, Comparison, Condition, Group, Not, Operator, Rule, check_unique, list_name
from mailcore.verdict import Where
from mailcore.view import MailView
from workers.content.patterns import FieldScanner, Pattern, PatternCache, patterns_of, scanned_bytes

QUOTE_BEFORE = 90  # bytes of evidence that are shown before the end of a match
QUOTE_AFTER = 30


class RuleHit(Struct, frozen=True, kw_only=True):
    """A rule that holds for a mail, and where its evidence is."""

    rule: Rule
    where: Where


class Reading:
    """What one mail shows to the rules: values of fields, each read once, and the comparisons that fired."""

    def __init__(self, view: MailView) -> None:
        self.view = view
        self.fired: dict[int, int] = {}
        self.scanned: dict[str, bytes] = {}
        self._values: dict[str, Value] = {}
        self._with_parents: dict[str, frozenset[str]] = {}

    def value(self, field: Field) -> Value:
        value = self._values.get(field.name)
        if value is None:
            value = self._values[field.name] = field.read(self.view)
        return value

    def texts(self, field: Field) -> tuple[str, ...]:
        value = self.value(field)
        assert isinstance(value, tuple), field.name  # noqa: S101  # the parser admits no other kind
        return value

    def words(self, field: Field) -> frozenset[str]:
        """The values in lower case, for comparisons with other fields."""
        return frozenset(text.lower() for text in self.texts(field))

    def with_parents(self, field: Field) -> frozenset[str]:
        """The values in lower case, and for each domain the domains above it, down to the top-level domain."""
        found = self._with_parents.get(field.name)
        if found is None:
            found = self._with_parents[field.name] = frozenset(_with_parents(self.words(field)))
        return found

    def is_listed(self, field: Field, name: str) -> bool:
        entries = self.view.lists.named(name)
        return any(word in entries for word in self.with_parents(field))


def _with_parents(words: Iterable[str]) -> set[str]:
    found: set[str] = set()
    for word in words:
        rest = word
        while rest and rest not in found:
            found.add(rest)
            rest = rest.partition(".")[2]
    return found


Predicate = Callable[[Reading], bool]


class CompiledRule(Struct, frozen=True, kw_only=True):
    """`guard`: numbers of comparisons of which one must have fired for the rule to hold; None: always look."""

    rule: Rule
    holds: Predicate
    guard: frozenset[int] | None
    evidence: tuple[tuple[int, Field], ...]


class RuleSet:
    """Rules ready to judge. Build it once, before processes fork; it is never changed afterwards."""

    def __init__(self, rules: Iterable[Rule], cache: PatternCache | None = None) -> None:
        """Raises ConfigurationError for duplicate ids and for patterns that cannot be run in bounded time."""
        self.rules = tuple(rules)
        check_unique(self.rules)
        self._patterns: dict[str, list[Pattern]] = {}
        self._numbers = count()
        self._compiled = [self._compile_rule(rule) for rule in self.rules]
        self._scanners = [
            FieldScanner(patterns[0].field, patterns, cache) for _, patterns in sorted(self._patterns.items())
        ]
        self._unguarded = [index for index, compiled in enumerate(self._compiled) if compiled.guard is None]
        self._guarded: dict[int, list[int]] = {}
        for index, compiled in enumerate(self._compiled):
            for number in compiled.guard or ():
                self._guarded.setdefault(number, []).append(index)
        self.version = _version(self.rules)

    @property
    def fallbacks(self) -> tuple[str, ...]:
        """Patterns that hyperscan refused and that run, bounded, in `re`: "file:line: pattern"."""
        return tuple(
            f"{pattern.place}: {pattern.regex}"
            for scanner in self._scanners
            for pattern, _ in scanner.fallbacks.values()
        )

    def hits(self, view: MailView) -> tuple[RuleHit, ...]:
        """The rules that hold for a mail, in the order of their files."""
        reading = Reading(view)
        for scanner in self._scanners:
            values = reading.texts(scanner.field)
            if values:
                data = reading.scanned[scanner.field.name] = scanned_bytes(values)
                reading.fired.update(scanner.scan(data))
        candidates = set(self._unguarded)
        for number in reading.fired:
            candidates.update(self._guarded.get(number, ()))
        return tuple(
            RuleHit(rule=compiled.rule, where=self._where(compiled, reading))
            for compiled in (self._compiled[index] for index in sorted(candidates))
            if compiled.holds(reading)
        )

    @staticmethod
    def _where(compiled: CompiledRule, reading: Reading) -> Where:
        """Header or part, and words around the first pattern that was found."""
        for number, field in compiled.evidence:
            if number not in reading.fired:
                continue
            data = reading.scanned[field.name]
            end = reading.fired[number]
            quote = data[max(0, end - QUOTE_BEFORE) : end + QUOTE_AFTER].decode("utf-8", "ignore")
            part = "" if field.header else _part(field, end, reading.view.message)
            return Where(header=field.header, part=part, quote=" ".join(quote.split()))
        return Where()

    def _compile_rule(self, rule: Rule) -> CompiledRule:
        evidence: list[tuple[int, Field]] = []
        holds, guard = self._compile(rule.condition, evidence, positive=True)
        return CompiledRule(rule=rule, holds=holds, guard=guard, evidence=tuple(evidence))

    def _compile(
        self, condition: Condition, evidence: list[tuple[int, Field]], *, positive: bool
    ) -> tuple[Predicate, frozenset[int] | None]:
        """A function that tells whether the condition holds, and the guard of it."""
        if isinstance(condition, Not):
            inner, _ = self._compile(condition.condition, evidence, positive=not positive)
            return (lambda reading: not inner(reading)), None
        if isinstance(condition, Group):
            members = [self._compile(member, evidence, positive=positive) for member in condition.conditions]
            predicates = [predicate for predicate, _ in members]
            return _group(predicates, condition.least), _guard([guard for _, guard in members], condition.least)
        if condition.field.kind is Kind.TEXT and condition.operator in PATTERN_OPERATORS:
            number = next(self._numbers)
            self._patterns.setdefault(condition.field.name, []).extend(patterns_of(condition, number))
            if positive:
                evidence.append((number, condition.field))
            return (lambda reading: number in reading.fired), frozenset({number})
        return _comparison(condition), None


def _group(predicates: list[Predicate], least: int) -> Predicate:
    if least == len(predicates):
        return lambda reading: all(holds(reading) for holds in predicates)
    if least == 1:
        return lambda reading: any(holds(reading) for holds in predicates)

    def at_least(reading: Reading) -> bool:
        found = 0
        for holds in predicates:
            found += holds(reading)
            if found == least:
                return True
        return False

    return at_least


def _guard(guards: list[frozenset[int] | None], least: int) -> frozenset[int] | None:
    """Of n members at least k hold: so one of any n - k + 1 of them does. The cheapest choice is the smallest sets."""
    known = sorted((guard for guard in guards if guard is not None), key=len)
    needed = len(guards) - least + 1
    if len(known) < needed:
        return None
    return frozenset().union(*known[:needed])


def _comparison(condition: Comparison) -> Predicate:
    """A comparison that is no pattern: numbers, flags, lists, other fields."""
    field, operator = condition.field, condition.operator
    if operator is Operator.EXISTS:
        return lambda reading: any(reading.texts(field)) is condition.flag
    if operator is Operator.IN:
        names = tuple(map(list_name, condition.texts))
        return lambda reading: any(reading.is_listed(field, name) for name in names)
    if operator is Operator.SAME_AS and condition.other is not None:
        other = condition.other
        return lambda reading: not reading.words(field).isdisjoint(reading.words(other))
    if field.kind is Kind.FLAG:
        return lambda reading: reading.value(field) is condition.flag
    number = condition.number
    if operator is Operator.GT:
        return lambda reading: reading.value(field) > number  # type: ignore[operator]  # its kind is number
    if operator is Operator.LT:
        return lambda reading: reading.value(field) < number  # type: ignore[operator]
    return lambda reading: reading.value(field) == number


def _part(field: Field, end: int, message: Message) -> str:
    """The part that a match in running text is in: plain text stands first, HTML behind it."""
    if not field.is_running_text:
        return ""
    is_plain = field.name == "text.plain" or (
        field.name == "text" and end <= len(message.text.encode("utf-8", "replace"))
    )
    parts = message.text_parts if is_plain else message.html_parts
    return parts[0] if parts else ""


def _version(rules: tuple[Rule, ...]) -> str:
    """Changes whenever a rule does: what was judged under another version is not the same."""
    digest = hashlib.sha256()
    for rule in rules:
        digest.update(f"{rule.id} {rule.version} {rule.weight} {rule.status} {_described(rule.condition)}\n".encode())
    return digest.hexdigest()[:12]


def _described(condition: Condition) -> str:
    if isinstance(condition, Not):
        return f"not({_described(condition.condition)})"
    if isinstance(condition, Group):
        return f"{condition.least}of({','.join(map(_described, condition.conditions))})"
    other = condition.other.name if condition.other else ""
    words = (condition.texts, condition.number, condition.flag, condition.cased, other)
    return f"{condition.field.name}|{condition.operator}{words}"
