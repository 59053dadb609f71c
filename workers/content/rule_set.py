"""Compiled rules: one pass over each field, then only the rules that are still possible."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

from msgspec import Struct, structs

from mailcore.conditions import Not
from mailcore.rule_entries import check_unique
from mailcore.rule_fields import Field
from mailcore.rules import Comparison, Condition, Rule
from mailcore.verdict import Where
from mailcore.view import MailView
from workers.content.conditions import ConditionCompiler, Predicate, is_pattern, value_of
from workers.content.databases import PatternCache
from workers.content.evidence import where_fact, where_of
from workers.content.patterns import Pattern
from workers.content.reading import Reading, Scan
from workers.content.rule_index import RuleIndex
from workers.content.scanner import FieldScanner, WordTable


class RuleHit(Struct, frozen=True, kw_only=True):
    """A rule that holds for a mail, and where its evidence is.

    `is_doubting`: it holds only if it is not believed that the mail is an answer, or came through a discussion list.
    """

    rule: Rule
    where: Where
    is_doubting: bool = False


class CompiledRule(Struct, frozen=True, kw_only=True):
    """`evidence`: number, field and rawness of the patterns that speak for it, in the order of the rule; `facts` are
    the other comparisons that do."""

    rule: Rule
    holds: Predicate
    evidence: tuple[tuple[int, Field, bool], ...]
    facts: tuple[Comparison, ...]


class RuleSet:
    """Rules ready to judge. Build it once, before processes fork; it is never changed afterwards."""

    def __init__(self, rules: Iterable[Rule], cache: PatternCache | None = None) -> None:
        """Raises ConfigurationError for duplicate ids and for patterns that cannot be run in bounded time."""
        self.rules = tuple(rules)
        check_unique(self.rules, "rule")
        compiler = ConditionCompiler()
        self._compiled = [_compile(rule, compiler) for rule in self.rules]
        clauses = [compiler.clauses(rule.condition) for rule in self.rules]
        self._index = RuleIndex(clauses, compiler.comparisons)
        self._scanners = _scanners(compiler.patterns, cache)
        scanners = self._scanners.values()
        phrases = {phrase for scanner in scanners for phrase in scanner.phrases}
        self._table = WordTable(phrases, {word for scanner in scanners for word in scanner.words}, cache)
        for scanner in scanners:
            scanner.use(self._table.indexes)
        self._eager = [scan for scan, scanner in self._scanners.items() if not scanner.field.is_costly]
        self.version = _version(self.rules)

    @property
    def pattern_count(self) -> int:
        """Different patterns that are looked for."""
        return sum(scanner.pattern_count for scanner in self._scanners.values())

    @property
    def fallbacks(self) -> tuple[str, ...]:
        """Patterns that hyperscan refused and that run, bounded, in `re`: "file:line: pattern"."""
        scanners = self._scanners.values()
        return tuple(f"{pattern.place}: {pattern.regex}" for scanner in scanners for pattern in scanner.fallbacks)

    def hits(self, view: MailView) -> tuple[RuleHit, ...]:
        """The rules that hold for a mail, in the order of their files; behind them those that hold in doubt."""
        reading = Reading(view, self._scanners, self._table)
        for scan in self._eager:
            reading.scan(scan)
        hits = self._holding(reading)
        doubting = reading.doubting()
        if doubting is not None:
            known = {hit.rule.id for hit in hits}
            more = (hit for hit in self._holding(doubting) if hit.rule.id not in known)
            hits += tuple(structs.replace(hit, is_doubting=True) for hit in more)
        return hits

    def _holding(self, reading: Reading) -> tuple[RuleHit, ...]:
        possible = (self._compiled[position] for position in self._index.possible(reading))
        return tuple(
            RuleHit(rule=compiled.rule, where=_where(compiled, reading))
            for compiled in possible
            if compiled.holds(reading)
        )


def _scanners(patterns: Mapping[Scan, list[Pattern]], cache: PatternCache | None) -> dict[Scan, FieldScanner]:
    """The scanners of all fields, made side by side: hyperscan compiles without the lock of the interpreter."""
    scans = sorted(patterns)
    with ThreadPoolExecutor() as threads:
        largest_first = sorted(scans, key=lambda scan: -len(patterns[scan]))
        made = {scan: threads.submit(_scanner, patterns[scan], cache) for scan in largest_first}
        return {scan: made[scan].result() for scan in scans}


def _scanner(patterns: Sequence[Pattern], cache: PatternCache | None) -> FieldScanner:
    return FieldScanner(patterns[0].field, patterns, cache)


def _compile(rule: Rule, compiler: ConditionCompiler) -> CompiledRule:
    speaking = tuple(_spoken_for(rule.condition, is_true=True))
    evidence = tuple(
        (compiler.number(comparison), comparison.field, comparison.raw)
        for comparison in speaking
        if is_pattern(comparison)
    )
    facts = tuple(comparison for comparison in speaking if not is_pattern(comparison))
    return CompiledRule(rule=rule, holds=compiler.compile(rule.condition).holds, evidence=evidence, facts=facts)


def _spoken_for(condition: Condition, *, is_true: bool) -> Iterable[Comparison]:
    """Comparisons that speak for the rule where they hold, in its order; those below a `not` speak against it."""
    if isinstance(condition, Not):
        yield from _spoken_for(condition.condition, is_true=not is_true)
    elif isinstance(condition, Comparison):
        if is_true:
            yield condition
    else:
        for member in condition.conditions:
            yield from _spoken_for(member, is_true=is_true)


def _where(compiled: CompiledRule, reading: Reading) -> Where:
    """Where the first pattern was found, or where there is none, the first fact that holds."""
    for number, field, raw in compiled.evidence:
        if number in reading.fired:
            return where_of(field, reading.fired[number], reading, raw=raw)
    holding = (fact for fact in compiled.facts if value_of(fact)(reading))
    return next((where_fact(fact, reading) for fact in holding), Where())


def _version(rules: tuple[Rule, ...]) -> str:
    """Changes whenever a rule does: what was judged under another version is not the same."""
    digest = hashlib.sha256()
    for rule in rules:
        digest.update(f"{rule.id} {rule.version} {rule.weight} {rule.status} {_described(rule.condition)}\n".encode())
    return digest.hexdigest()[:12]


def _described(condition: Condition) -> str:
    if isinstance(condition, Not):
        return f"not({_described(condition.condition)})"
    if isinstance(condition, Comparison):
        other = condition.other.name if condition.other else ""
        words = (condition.texts, condition.number, condition.flag, condition.cased, condition.raw, other)
        return f"{condition.field.name}|{condition.operator}{words}"
    return f"{condition.least}of({','.join(map(_described, condition.conditions))})"
