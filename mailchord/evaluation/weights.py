"""Weights fitted to labelled mail: a logistic regression over findings, held near the weights that are there.

Each group of findings that hit the same mail has one multiplier, which is never below zero: a sign of bad mail stays
one, whatever a corpus says. What is no sign by itself (composites, test messages, weights that differ from case to
case) is added as it is.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from msgspec import Struct, structs
from numpy.typing import NDArray

from mailchord.evaluation.figures import Outcome
from mailchord.evaluation.judging import Judged
from mailchord.evaluation.labelled import Kind
from mailcore.errors import ConfigurationError
from mailcore.own_weights import with_own_weights

Floats = NDArray[np.float64]

# Findings that share this much of the mail that they hit are one sign: the data cannot tell who deserves the weight.
SAME_SIGN = 0.7
# Fewer messages, or fewer senders, say nothing about other mail.
FEWEST_MESSAGES = 5
FEWEST_CAMPAIGNS = 3
# A multiplier moves so far at most; a weight is a multiple of the step.
MOST_TIMES = 2.0
STEP = 0.25
# A message of a source that is large, or a campaign that is, counts less.
MOST_OF_SOURCE = 300
MOST_OF_CAMPAIGN = 3


class Sign(Struct, frozen=True, kw_only=True):
    """A rule or detector whose weight could be another one. A detector may weigh less or more by case; a rule never."""

    id: str
    weight: float
    fixed: bool = False
    weighs_by_case: bool = False


class Case(Struct, frozen=True, kw_only=True):
    """A message as the fit sees it: its score, and what each sign adds to that."""

    is_bad: bool
    source: tuple[str, str, str]
    campaign: str
    score: float
    shares: dict[str, float]


class Fit(Struct, frozen=True, kw_only=True):
    """Proposed weights of signs that should change, and which of them have one multiplier."""

    weights: dict[str, float]
    groups: tuple[tuple[str, ...], ...]


def case_of(outcome: Outcome) -> Case:
    shares: dict[str, float] = defaultdict(float)
    for finding in outcome.verdict.findings:
        shares[finding.id] += finding.score
    mail = outcome.mail
    return Case(
        is_bad=mail.kind is Kind.BAD,
        source=(mail.part, mail.source, mail.label),
        campaign=mail.campaign or mail.cluster or mail.path,
        score=outcome.verdict.score,
        shares=dict(shares),
    )


def tunable(judged: Iterable[Judged], signs: Mapping[str, Sign]) -> dict[str, str]:
    """For each finding "" where its weight may be tuned, else why not."""
    seen: dict[str, set[float]] = defaultdict(set)
    for each in judged:
        for report in each.reports:
            for finding in report.findings:
                seen[finding.id].add(finding.weight)
    return {finding_id: _obstacle(signs.get(finding_id), weights) for finding_id, weights in seen.items()}


def _obstacle(sign: Sign | None, weights: set[float]) -> str:
    if sign is None:
        return "no rule or detector of that name has a weight of its own"
    if sign.fixed:
        return "fixed"
    if weights == {0.0}:
        return "weighs nothing"
    if not sign.weight:
        return "weighs by case, and nothing by itself"
    if not sign.weighs_by_case and weights - {0.0} != {sign.weight}:
        return "its weight has changed since the mail was evaluated"
    return ""


def fit(
    cases: Sequence[Case],
    signs: Mapping[str, Sign],
    *,
    tag: float,
    good_counts: float,
    regularisation: float,
) -> Fit:
    """Weights for these signs (only tunable ones). `good_counts` is how many missed messages one false positive is
    worth. Raises ConfigurationError without scipy, or with one kind of mail only."""
    try:
        from scipy.optimize import minimize
    except ImportError as error:
        raise ConfigurationError(f"tuning needs scipy ({error}): install 'mailchord[train]'") from error
    if len({case.is_bad for case in cases}) < 2:
        raise ConfigurationError("tuning needs both good and bad mail")
    known = _well_known(cases, signs)
    groups = grouped(cases, {name: signs[name].weight for name in known})
    if not groups:
        return Fit(weights={}, groups=())
    matrix, rest = _matrix(cases, groups)
    counts = _counts(cases, good_counts)
    direction = np.where([case.is_bad for case in cases], 1.0, -1.0)

    def loss(multipliers: Floats) -> tuple[float, Floats]:
        margins = direction * (rest + matrix @ multipliers - tag)
        value = counts @ np.logaddexp(0.0, -margins) + regularisation * np.sum((multipliers - 1.0) ** 2)
        pull = -counts * direction / (1.0 + np.exp(np.clip(margins, -500, 500)))
        return float(value), matrix.T @ pull + 2.0 * regularisation * (multipliers - 1.0)

    bounds = [(0.0, _most_times([signs[name].weight for name in group], tag)) for group in groups]
    found = minimize(loss, np.ones(len(groups)), jac=True, method="L-BFGS-B", bounds=bounds)
    weights: dict[str, float] = {}
    for group, multiplier in zip(groups, found.x.tolist(), strict=True):
        for name in group:
            weight = rounded(signs[name].weight, multiplier, tag)
            if weight != signs[name].weight:
                weights[name] = weight
    return Fit(weights=weights, groups=tuple(group for group in groups if len(group) > 1))


def _well_known(cases: Sequence[Case], signs: Mapping[str, Sign]) -> list[str]:
    """Signs that hit enough messages of enough senders."""
    messages: Counter[str] = Counter()
    campaigns: dict[str, set[str]] = defaultdict(set)
    for case in cases:
        for name in case.shares.keys() & signs.keys():
            messages[name] += 1
            campaigns[name].add(case.campaign)
    return sorted(
        name
        for name, count in messages.items()
        if count >= FEWEST_MESSAGES and len(campaigns[name]) >= FEWEST_CAMPAIGNS
    )


def grouped(cases: Sequence[Case], weights: Mapping[str, float]) -> list[tuple[str, ...]]:
    """Signs of one direction that hit nearly the same messages together, the others alone."""
    hits: dict[str, set[int]] = {name: set() for name in weights}
    for place, case in enumerate(cases):
        for name in case.shares.keys() & hits.keys():
            hits[name].add(place)
    leader = {name: name for name in weights}
    names = sorted(weights)
    for place, one in enumerate(names):
        for other in names[place + 1 :]:
            same_direction = weights[one] * weights[other] > 0
            shared = len(hits[one] & hits[other])
            if same_direction and shared > SAME_SIGN * len(hits[one] | hits[other]):
                first, second = leader[one], leader[other]
                leader = {name: first if led == second else led for name, led in leader.items()}
    groups: dict[str, list[str]] = defaultdict(list)
    for name, led in leader.items():
        groups[led].append(name)
    return sorted(tuple(sorted(members)) for members in groups.values())


def _matrix(cases: Sequence[Case], groups: Sequence[tuple[str, ...]]) -> tuple[Any, Floats]:
    """What each group adds to each message, and what is left of the score without them."""
    from scipy.sparse import csr_matrix

    column = {name: place for place, group in enumerate(groups) for name in group}
    rows, columns, values = [], [], []
    for place, case in enumerate(cases):
        for name, share in case.shares.items():
            if name in column and share:
                rows.append(place)
                columns.append(column[name])
                values.append(share)
    matrix = csr_matrix((values, (rows, columns)), shape=(len(cases), len(groups)))
    return matrix, np.array([case.score for case in cases]) - matrix @ np.ones(len(groups))


def _counts(cases: Sequence[Case], good_counts: float) -> Floats:
    """How much each message counts: large sources and campaigns less, good mail `good_counts` times."""
    sources = Counter(case.source for case in cases)
    campaigns = Counter((case.source, case.campaign) for case in cases)
    counts = []
    for case in cases:
        of_source = min(1.0, MOST_OF_SOURCE / sources[case.source])
        of_campaign = min(1.0, MOST_OF_CAMPAIGN / campaigns[case.source, case.campaign])
        counts.append(of_source * of_campaign * (1.0 if case.is_bad else good_counts))
    return np.array(counts)


def _most_times(weights: Iterable[float], tag: float) -> float:
    """How far a group may grow: what is not enough alone to mark a message does not become so."""
    room = [(tag - STEP) / weight for weight in weights if 0 < weight < tag]
    room += [1.0 for weight in weights if weight >= tag]
    return max(1.0, min([MOST_TIMES, *room]))


def rounded(weight: float, multiplier: float, tag: float) -> float:
    """The new weight in steps. Its direction stays, and what was not enough alone stays so."""
    steps = round(abs(weight) * multiplier / STEP)
    new = math.copysign(steps * STEP, weight) if steps else 0.0
    if 0 < weight < tag <= new:
        new = math.ceil(tag / STEP - 1) * STEP
    return weight if abs(new - weight) < STEP else new


def reweighed(judged: Judged, weights: Mapping[str, float], signs: Mapping[str, Sign]) -> Judged:
    """The message as it would have been found with those weights."""
    before = {name: signs[name].weight for name in weights}
    reports = tuple(with_own_weights(report, weights, before) for report in judged.reports)
    return structs.replace(judged, reports=reports)
