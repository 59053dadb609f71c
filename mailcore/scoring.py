"""Scores: what each finding counts for, after composites and group caps.

Scores are counted in hundredths, as integers: what is added up is exact, and no float noise reaches a threshold.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence

from msgspec.structs import replace

from mailcore.verdict import Finding, Where

# Far above every sensible threshold, and small enough that hundredths stay exact in a float.
WEIGHT_LIMIT = 1000.0
_CAP_LIMIT = 1e9


def total(findings: Iterable[Finding]) -> float:
    """What the scores of findings add up to, in exact hundredths."""
    return sum([hundredths(finding.score) for finding in findings]) / 100


def usable(findings: Iterable[Finding]) -> list[Finding]:
    """The findings with weights that can be counted with: none that is no number or endless, huge ones cut."""
    return [
        finding
        if -WEIGHT_LIMIT <= finding.weight <= WEIGHT_LIMIT and not finding.score
        else replace(finding, weight=_usable(finding.weight), score=0.0)
        for finding in findings
    ]


def scored(findings: Sequence[Finding], caps: Mapping[str, float]) -> tuple[Finding, ...]:
    """Findings, their weights made `usable`, with their scores after group caps, highest score first.

    Within a capped category the weightiest findings count in full and the last ones less or nothing, so that the
    scores add up to the cap and a reader sees where it bit. What a composite stands in place of counts nothing, and
    what several pools made of the same evidence counts in one of them.
    """
    weightiest_first = sorted(usable(findings), key=_weightiest)
    room = _room_for_positive(weightiest_first, caps) if caps else {}
    repeated = _repeated(weightiest_first)
    result = []
    for place, finding in enumerate(weightiest_first):
        score = 0 if finding.replaced_by or place in repeated else round(finding.weight * 100)
        if score > 0 and finding.category in room:
            score = min(score, room[finding.category])
            room[finding.category] -= score
        result.append(replace(finding, score=score / 100) if score else finding)
    if len(result) > 1:
        result.sort(key=lambda finding: -finding.score)  # stable: ties stay weightiest first
    return tuple(result)


def hundredths(weight: float) -> int:
    return round(_usable(weight) * 100)


def _weightiest(finding: Finding) -> tuple[float, str, str, str]:
    # Findings that are equal in all of this keep their order within their pool's report.
    return -finding.weight, finding.id, finding.pool, finding.category


def _repeated(findings: Sequence[Finding]) -> set[int]:
    """Places of findings that another pool made of the same evidence in a file, where they weigh at least as much.

    Code in a file is read by one pool and run by another, and both come to the same link. One pool counts as a whole,
    the one in which they weigh most, so that more evidence never makes a mail milder. What speaks for a mail always
    counts.
    """
    by_evidence: dict[tuple[str, str, str, str, Where], dict[str, list[int]]] = {}
    for place, finding in enumerate(findings):
        if finding.weight > 0 and finding.where.file and not finding.replaced_by:
            evidence = (finding.id, finding.category, finding.summary, finding.detail, finding.where)
            by_evidence.setdefault(evidence, {}).setdefault(finding.pool, []).append(place)
    repeated: set[int] = set()
    for pools in by_evidence.values():
        if len(pools) > 1:
            weights = {pool: sum(hundredths(findings[place].weight) for place in pools[pool]) for pool in pools}
            counts = max(weights, key=lambda pool: weights[pool])
            repeated.update(place for pool, places in pools.items() if pool != counts for place in places)
    return repeated


def _room_for_positive(findings: Iterable[Finding], caps: Mapping[str, float]) -> dict[str, int]:
    """How much positive weight each capped category may count: its cap, and what its negative weights take away.

    A cap below zero means zero (otherwise one more finding could make a message milder); one that is no number
    caps nothing.
    """
    room = {
        # Rounded down, or the last hundredth would be above the cap; the millionth takes back what floats lose.
        category: math.floor(min(max(cap, 0.0), _CAP_LIMIT) * 100 + 1e-6)
        for category, cap in caps.items()
        if not math.isnan(cap)
    }
    for finding in findings:
        if finding.weight < 0 and finding.category in room and not finding.replaced_by:
            room[finding.category] += -round(finding.weight * 100)
    return room


def _usable(weight: float) -> float:
    if not math.isfinite(weight):
        return 0.0
    return max(-WEIGHT_LIMIT, min(WEIGHT_LIMIT, weight))
