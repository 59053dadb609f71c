"""Composites at work: which of them hold over the findings of a message, and what they stand in place of.

Only composites are looked at of which a finding of the message is a necessary part, so the cost grows with what was
found and not with the number of composites.
"""

from __future__ import annotations

import heapq
from collections.abc import Collection, Iterable, Sequence

from msgspec.structs import replace

from mailcore.composites import (
    POLICY_POOL,
    Composite,
    Condition,
    Fact,
    Selection,
    selections,
)
from mailcore.conditions import Group, Not
from mailcore.detector import Lifecycle
from mailcore.errors import ConfigurationError
from mailcore.identity import Identity
from mailcore.rule_entries import check_unique
from mailcore.scoring import WEIGHT_LIMIT
from mailcore.verdict import Finding, Where

MAX_PARTS = 20  # ids that a composite's finding names

# What a finding must have for a composite to be looked at: ("id", "x"), ("prefix", "x"), ("category", "x") ...
Trigger = tuple[str, str]
# How many findings a trigger of each kind lets through, roughly: the most selective part of a composite is its key.
_COST = {"id": 1, "prefix": 2, "module": 5, "category": 6, "pool": 9}


class Composites:
    """Composites ready to judge. Build it once; it is never changed afterwards."""

    def __init__(self, composites: Iterable[Composite] = ()) -> None:
        """Raises ConfigurationError for ids that are there twice and for composites that refer to each other."""
        given = tuple(composites)
        check_unique(given, "composite")
        self.composites = _in_order(given)
        self._triggered: dict[str, dict[str, list[int]]] = {kind: {} for kind in _COST}
        for rank, composite in enumerate(self.composites):
            for kind, name in _triggers(composite.condition) or ():
                self._triggered[kind].setdefault(name, []).append(rank)
        self._by_id = self._triggered["id"]
        # Whether fewer findings can only mean fewer composites.
        self.is_monotone = not any(_has_negation(composite.condition) for composite in self.composites)
        self._others = any(found for kind, found in self._triggered.items() if kind != "id")

    def candidates(self, findings: Iterable[Finding]) -> set[int]:
        """Numbers of the composites that may hold."""
        found: set[int] = set()
        for finding in findings:
            if finding.id in self._by_id:
                found.update(self._by_id[finding.id])
            if self._others and finding.weight > 0:
                found |= self._by_kind(finding)
        return found

    def _by_kind(self, finding: Finding) -> set[int]:
        triggered = self._triggered
        found: set[int] = set()
        for kind, name in (("category", finding.category), ("module", finding.module), ("pool", finding.pool)):
            found.update(triggered[kind].get(name, ()))
        for prefix, ranks in triggered["prefix"].items():
            if finding.id.startswith(prefix):
                found.update(ranks)
        return found

    def combine(
        self, findings: Sequence[Finding], identity: Identity, *, without: Collection[str] = ()
    ) -> Sequence[Finding]:
        """The findings with those of composites that hold; findings that one stands in place of name it.

        `without` names composites that are not looked at. The order of `findings` does not matter for which
        composites hold. Never raises.
        """
        waiting = sorted(self.candidates(findings))
        if not waiting:
            return findings
        evidence = Evidence(findings, identity)
        seen = set(waiting)
        while waiting:
            composite = self.composites[heapq.heappop(waiting)]
            parts = evidence.parts(composite.condition) if composite.id not in without else None
            if parts is None:
                continue
            evidence.add(composite, parts)
            for rank in self._by_id.get(composite.id, ()):
                if rank not in seen:
                    seen.add(rank)
                    heapq.heappush(waiting, rank)
        return evidence.findings()


class Evidence:
    """The findings of one message, and those of composites as they come up."""

    def __init__(self, findings: Iterable[Finding], identity: Identity) -> None:
        self._identity = identity
        self._findings = list(findings)
        self._composites: list[Finding] = []
        self._replaced: dict[int, str] = {}
        self._by_id: dict[str, list[Finding]] = {}
        for finding in self._findings:
            self._by_id.setdefault(finding.id, []).append(finding)

    def findings(self) -> list[Finding]:
        return [
            replace(finding, replaced_by=self._replaced[id(finding)]) if id(finding) in self._replaced else finding
            for finding in (*self._findings, *self._composites)
        ]

    def parts(self, condition: Condition) -> list[Finding] | None:
        """The findings by which the condition holds; None where it does not."""
        match condition:
            case Selection():
                return self._selected(condition)
            case Fact():
                return [] if condition.holds(self._identity) else None
            case Not(condition=inner):
                return [] if self.parts(inner) is None else None
            case Group(conditions=conditions, least=least):
                return self._group(conditions, least)

    def _group(self, conditions: Sequence[Condition], least: int) -> list[Finding] | None:
        found: list[Finding] = []
        may_fail = len(conditions) - least
        for condition in conditions:
            parts = self.parts(condition)
            if parts is not None:
                found += parts
            elif may_fail == 0:
                return None
            else:
                may_fail -= 1
        return found

    def _selected(self, selection: Selection) -> list[Finding] | None:
        found = [finding for finding in self._named(selection) if _fits(finding, selection)]
        if len({finding.id for finding in found}) < selection.count:
            return None
        if selection.weight is not None and sum(finding.weight for finding in found) < selection.weight:
            return None
        return found

    def _named(self, selection: Selection) -> Iterable[Finding]:
        """Findings of the ids; by patterns, or without any, only those that weigh something."""
        for name in dict.fromkeys(selection.ids):
            yield from self._by_id.get(name, ())
        if selection.ids and not selection.prefixes:
            return
        for finding in self._findings:
            if finding.weight <= 0 or finding.id in selection.ids:
                continue
            if not selection.prefixes or finding.id.startswith(selection.prefixes):
                yield finding

    def add(self, composite: Composite, parts: Iterable[Finding]) -> None:
        """The finding of a composite that holds, and what it stands in place of."""
        distinct = {id(part): part for part in parts}
        ids = tuple(dict.fromkeys(sorted(part.id for part in distinct.values())))[:MAX_PARTS]
        weight = 0.0 if composite.status is Lifecycle.EXPERIMENTAL else composite.weight
        replaced: dict[int, Finding] = {}
        if composite.status is not Lifecycle.EXPERIMENTAL:
            replaced = {
                key: finding
                for key, finding in (distinct if composite.replaces_parts else self._matching(composite)).items()
                if finding.weight > 0 and key not in self._replaced
            }
        if weight > 0 and replaced:
            # More evidence must never make mail milder: where its parts weigh more, the composite weighs as much.
            weight = max(weight, min(round(sum(part.weight for part in replaced.values()), 2), WEIGHT_LIMIT))
        self._replaced.update(dict.fromkeys(replaced, composite.id))
        finding = Finding(
            id=composite.id,
            pool=POLICY_POOL,
            category=composite.category,
            weight=weight,
            summary=composite.summary,
            detail=f"{composite.title}: {', '.join(ids)}",
            where=max((part for part in distinct.values() if part.where.quote), key=_shown, default=_NO_PART).where,
            version=composite.version,
            parts=ids,
        )
        self._composites.append(finding)
        self._by_id.setdefault(finding.id, []).append(finding)

    def _matching(self, composite: Composite) -> dict[int, Finding]:
        """What a composite replaces by name: findings and composites before it."""
        names = frozenset(name for name in composite.replaces if not name.endswith("*"))
        prefixes = tuple(name[:-1] for name in composite.replaces if name.endswith("*"))
        return {
            id(finding): finding
            for finding in (*self._findings, *self._composites)
            if finding.id in names or (prefixes and finding.id.startswith(prefixes))
        }


def _shown(finding: Finding) -> tuple[float, str, str]:
    return finding.weight, finding.id, finding.where.quote


_NO_PART = Finding(id="", pool="", category="", weight=0.0, summary="", where=Where())


def _fits(finding: Finding, selection: Selection) -> bool:
    return (
        (not selection.categories or finding.category in selection.categories)
        and (not selection.pools or finding.pool in selection.pools)
        and (not selection.modules or finding.module in selection.modules)
    )


def _triggers(condition: Condition) -> set[Trigger] | None:
    """Triggers of which one must be there for the condition to hold; None where it may hold without any finding."""
    match condition:
        case Selection():
            if condition.ids or condition.prefixes:
                return {("id", name) for name in condition.ids} | {("prefix", name) for name in condition.prefixes}
            if condition.modules:
                return {("module", name) for name in condition.modules}
            if condition.categories:
                return {("category", name) for name in condition.categories}
            return {("pool", name) for name in condition.pools}
        case Group(conditions=conditions, least=least):
            keyed = sorted(filter(None, map(_triggers, conditions)), key=_cost)
            needed = least - (len(conditions) - len(keyed))
            if needed < 1:
                return None
            # Of any so many conditions at least one is among those that hold.
            return set().union(*keyed[: len(keyed) - needed + 1])
        case _:
            return None


def _has_negation(condition: Condition) -> bool:
    match condition:
        case Not(condition=inner):
            return any(True for _ in selections(inner))
        case Group(conditions=conditions):
            return any(map(_has_negation, conditions))
        case _:
            return False


def _cost(triggers: set[Trigger]) -> int:
    return sum(_COST[kind] for kind, _ in triggers)


def references(composite: Composite) -> frozenset[str]:
    """The whole ids that a composite names in its conditions."""
    return frozenset(name for selection in selections(composite.condition) for name in selection.ids)


def _in_order(composites: Iterable[Composite]) -> tuple[Composite, ...]:
    """Each composite after those that it refers to. Raises ConfigurationError for a circle, with the places."""
    waiting = {composite.id: composite for composite in composites}
    needs = {
        name: (references(composite) | frozenset(composite.replaces)) & waiting.keys()
        for name, composite in waiting.items()
    }
    ordered: list[Composite] = []
    done: set[str] = set()
    while waiting:
        ready = sorted(name for name in waiting if needs[name] <= done)
        if not ready:
            raise ConfigurationError(_circle(waiting, needs))
        ordered += [waiting.pop(name) for name in ready]
        done.update(ready)
    return tuple(ordered)


def _circle(waiting: dict[str, Composite], needs: dict[str, frozenset[str]]) -> str:
    way = [min(waiting)]
    while (following := min(needs[way[-1]] & waiting.keys())) not in way:
        way.append(following)
    circle = way[way.index(following) :]
    steps = " -> ".join(f"{name} ({waiting[name].place})" for name in (*circle, circle[0]))
    return f"{waiting[circle[0]].place}: composites refer to each other in a circle: {steps}"


NO_COMPOSITES = Composites()
