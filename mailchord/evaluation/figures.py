"""The figures of an evaluation: by source and label, by rule, over all thresholds, and in processor time."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Sequence

from msgspec import Struct, field

from mailchord.evaluation.labelled import CHECK_ENDING, Kind, LabelledMail
from mailcore.policy import Thresholds
from mailcore.statistics import Share, wilson
from mailcore.verdict import Action, Verdict

TAGGED = frozenset({Action.TAG, Action.QUARANTINE, Action.REJECT, Action.DISCARD})
HELD = frozenset({Action.QUARANTINE, Action.REJECT, Action.DISCARD})
REFUSED = frozenset({Action.REJECT, Action.DISCARD})

IN_ALL = "in all"
MOST_CURVE_POINTS = 500
MOST_MISTAKES = 1_000  # of each kind


class Outcome(Struct, frozen=True, kw_only=True):
    """One labelled message and the verdict on it. `needed` are findings without which it would not be tagged."""

    mail: LabelledMail
    verdict: Verdict
    needed: frozenset[str] = frozenset()


class Row(Struct, frozen=True, kw_only=True):
    """What became of the mail of one source and label. Each share includes the stricter ones.

    Mail that was deferred (tempfail) was not judged: it is apart, and in no share. `partial` counts verdicts in
    which some pool did not see everything.
    """

    part: str
    source: str
    label: str
    kind: Kind
    tagged: Share
    held: Share
    refused: Share
    deferred: int
    partial: int

    @property
    def messages(self) -> int:
        return self.tagged.total + self.deferred


class Mistake(Struct, frozen=True, kw_only=True):
    """One good message that was tagged or worse, or a bad one that was not. `findings` are ids with their scores."""

    path: str
    part: str
    source: str
    label: str
    kind: Kind
    action: Action
    score: float
    findings: tuple[tuple[str, float], ...]
    reasons: tuple[str, ...]


class RuleRow(Struct, frozen=True, kw_only=True):
    """How often one rule or detector hit. `alone_*`: messages that without it would not have been tagged."""

    id: str
    pool: str
    category: str
    weight: float
    hits_bad: int
    hits_good: int
    alone_bad: int
    alone_good: int


class Curve(Struct, frozen=True, kw_only=True):
    """Scores as a classifier: a point for each threshold, from the strictest down. Shares lie between 0 and 1.

    `area` is the area under the ROC curve: the chance that a bad message scores above a good one.
    """

    part: str
    good: int
    bad: int
    thresholds: tuple[float, ...]
    false_positives: tuple[float, ...]
    recall: tuple[float, ...]
    precision: tuple[float, ...]
    area: float


class Scores(Struct, frozen=True, kw_only=True):
    """All scores of one part, for the plot of their distribution."""

    part: str
    good: tuple[float, ...]
    bad: tuple[float, ...]


class Figures(Struct, frozen=True, kw_only=True):
    """Everything counted for one configuration, or one choice of pools."""

    name: str
    thresholds: Thresholds
    sources: tuple[Row, ...]
    labels: tuple[Row, ...]
    totals: tuple[Row, ...]
    rules: tuple[RuleRow, ...]
    curves: tuple[Curve, ...]
    scores: tuple[Scores, ...] = ()


class Times(Struct, frozen=True, kw_only=True):
    """Processor time of one step over the messages that it worked on, in milliseconds."""

    step: str
    messages: int
    p50: float
    p95: float
    p99: float
    most: float


class _RuleCount(Struct, kw_only=True):
    pool: str = ""
    category: str = ""
    weight: float = 0.0
    hits: Counter[Kind] = field(default_factory=Counter)
    alone: Counter[Kind] = field(default_factory=Counter)


def count(name: str, outcomes: Sequence[Outcome], thresholds: Thresholds) -> Figures:
    """The figures of these verdicts."""
    parts = list(dict.fromkeys(outcome.mail.part for outcome in outcomes))
    scores = [_scores(part, [outcome for outcome in outcomes if outcome.mail.part == part]) for part in parts]
    return Figures(
        name=name,
        thresholds=thresholds,
        sources=_grouped(outcomes, lambda mail: (mail.part, mail.source, mail.label)),
        labels=_grouped(outcomes, lambda mail: (IN_ALL, IN_ALL, mail.label)),
        totals=_grouped(outcomes, lambda mail: (IN_ALL, IN_ALL, f"all {mail.kind}")),
        rules=rule_rows(outcomes),
        curves=tuple(curve for each in scores if (curve := curve_of(each)) is not None),
        scores=tuple(scores),
    )


def _grouped(outcomes: Iterable[Outcome], key: Callable[[LabelledMail], tuple[str, str, str]]) -> tuple[Row, ...]:
    groups: dict[tuple[str, str, str], list[Outcome]] = {}
    for outcome in outcomes:
        groups.setdefault(key(outcome.mail), []).append(outcome)
    rows = [_row(*names, members) for names, members in groups.items()]
    order = list(Kind)
    return tuple(sorted(rows, key=lambda row: (order.index(row.kind), row.part, -row.messages, row.source)))


def _row(part: str, source: str, label: str, outcomes: Sequence[Outcome]) -> Row:
    actions = Counter(outcome.verdict.action for outcome in outcomes)
    judged = len(outcomes) - actions[Action.TEMPFAIL]
    return Row(
        part=part,
        source=source,
        label=label,
        kind=outcomes[0].mail.kind,
        tagged=wilson(sum(actions[action] for action in TAGGED), judged),
        held=wilson(sum(actions[action] for action in HELD), judged),
        refused=wilson(sum(actions[action] for action in REFUSED), judged),
        deferred=actions[Action.TEMPFAIL],
        partial=sum(outcome.verdict.partial for outcome in outcomes),
    )


def rule_rows(outcomes: Iterable[Outcome]) -> tuple[RuleRow, ...]:
    """Hits of each rule and detector, those with most bad mail first; backscatter is not counted."""
    counts: dict[str, _RuleCount] = {}
    for outcome in outcomes:
        kind = outcome.mail.kind
        if kind is Kind.APART:
            continue
        for finding in outcome.verdict.findings:
            rule = counts.setdefault(finding.id, _RuleCount(pool=finding.pool, category=finding.category))
            rule.weight = max(rule.weight, finding.weight, key=abs)
        for finding_id in {finding.id for finding in outcome.verdict.findings}:
            counts[finding_id].hits[kind] += 1
            counts[finding_id].alone[kind] += finding_id in outcome.needed
    rows = [_rule_row(finding_id, rule) for finding_id, rule in counts.items()]
    return tuple(sorted(rows, key=lambda row: (-row.hits_bad, -row.hits_good, row.id)))


def _rule_row(finding_id: str, rule: _RuleCount) -> RuleRow:
    return RuleRow(
        id=finding_id,
        pool=rule.pool,
        category=rule.category,
        weight=rule.weight,
        hits_bad=rule.hits[Kind.BAD],
        hits_good=rule.hits[Kind.GOOD],
        alone_bad=rule.alone[Kind.BAD],
        alone_good=rule.alone[Kind.GOOD],
    )


def mistakes_of(outcomes: Iterable[Outcome]) -> tuple[Mistake, ...]:
    """Good mail that was tagged, the highest score first, then bad mail that was not, the nearest to it first.

    Single messages of a check part are not shown: whoever has read them can no longer check with them.
    """
    found = [
        _mistake(outcome)
        for outcome in outcomes
        if not outcome.mail.part.endswith(CHECK_ENDING)
        and outcome.verdict.action is not Action.TEMPFAIL
        and outcome.mail.kind is (Kind.GOOD if outcome.verdict.action in TAGGED else Kind.BAD)
    ]
    found.sort(key=lambda mistake: (mistake.kind is Kind.BAD, -mistake.score, mistake.path))
    good = [mistake for mistake in found if mistake.kind is Kind.GOOD][:MOST_MISTAKES]
    return (*good, *[mistake for mistake in found if mistake.kind is Kind.BAD][:MOST_MISTAKES])


def _mistake(outcome: Outcome) -> Mistake:
    mail, verdict = outcome.mail, outcome.verdict
    return Mistake(
        path=mail.path,
        part=mail.part,
        source=mail.source,
        label=mail.label,
        kind=mail.kind,
        action=verdict.action,
        score=verdict.score,
        findings=tuple((finding.id, finding.score) for finding in verdict.findings if finding.score),
        reasons=verdict.reasons,
    )


def _scores(part: str, outcomes: Iterable[Outcome]) -> Scores:
    judged = [outcome for outcome in outcomes if outcome.verdict.action is not Action.TEMPFAIL]
    of_kind = {kind: tuple(outcome.verdict.score for outcome in judged if outcome.mail.kind is kind) for kind in Kind}
    return Scores(part=part, good=of_kind[Kind.GOOD], bad=of_kind[Kind.BAD])


def curve_of(scores: Scores) -> Curve | None:
    """The curve over all thresholds; None where one kind of mail is missing."""
    if not scores.good or not scores.bad:
        return None
    good, bad = Counter(scores.good), Counter(scores.bad)
    points: list[tuple[float, float, float, float]] = []
    hits_good = hits_bad = 0
    area = 0.0
    for threshold in sorted(good.keys() | bad.keys(), reverse=True):
        # Equal scores count half: the trapezium below the line between two points.
        area += good[threshold] * (hits_bad + bad[threshold] / 2)
        hits_good += good[threshold]
        hits_bad += bad[threshold]
        points.append(
            (threshold, hits_good / len(scores.good), hits_bad / len(scores.bad), hits_bad / (hits_good + hits_bad))
        )
    thinned = _thinned(points)
    return Curve(
        part=scores.part,
        good=len(scores.good),
        bad=len(scores.bad),
        thresholds=tuple(point[0] for point in thinned),
        false_positives=tuple(point[1] for point in thinned),
        recall=tuple(point[2] for point in thinned),
        precision=tuple(point[3] for point in thinned),
        area=area / (len(scores.good) * len(scores.bad)),
    )


def _thinned(points: list[tuple[float, float, float, float]]) -> list[tuple[float, float, float, float]]:
    step = math.ceil(len(points) / MOST_CURVE_POINTS)
    return points if step <= 1 else [*points[:-1:step], points[-1]]


def times_of(cpu_ms: Iterable[dict[str, float]]) -> tuple[Times, ...]:
    """Percentiles of each step, and of a whole message."""
    steps: dict[str, list[float]] = {}
    for message in cpu_ms:
        for step, milliseconds in message.items():
            steps.setdefault(step, []).append(milliseconds)
        steps.setdefault("whole message", []).append(sum(message.values()))
    return tuple(_times(step, sorted(values)) for step, values in steps.items())


def _times(step: str, values: list[float]) -> Times:
    def percentile(share: float) -> float:
        return round(values[max(0, math.ceil(len(values) * share) - 1)], 3)

    return Times(
        step=step,
        messages=len(values),
        p50=percentile(0.5),
        p95=percentile(0.95),
        p99=percentile(0.99),
        most=percentile(1),
    )
