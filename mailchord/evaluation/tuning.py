"""Proposed weights and thresholds, and what they would gain on mail that they were not fitted to."""

from __future__ import annotations

import functools
import math
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

from msgspec import Struct, structs

from mailchord.evaluation.figures import TAGGED, Outcome
from mailchord.evaluation.judging import Deciding, Judged, verdict_on
from mailchord.evaluation.labelled import CHECK_ENDING, Kind, LabelledMail, fold_of
from mailchord.evaluation.weights import Case, Fit, Sign, case_of, fit, reweighed, tunable
from mailcore.errors import ConfigurationError
from mailcore.policy import Thresholds
from mailcore.statistics import Z_95, Share, wilson
from mailcore.verdict import Action

FOLDS = 5
FORMAT = "mailchord-tuning"
VERSION = 1
# How far from the present one a threshold is looked for, and in which steps.
THRESHOLD_REACH, THRESHOLD_STEP = 2.0, 0.5
# A threshold is not worth a change for less than this share of bad mail.
LEAST_GAIN = 0.01
MOST_OF_DOMAIN = 0.05


class ProposedWeight(Struct, frozen=True, kw_only=True):
    """One weight that should be another one, with the messages that it rests on."""

    id: str
    before: float
    after: float
    hits_bad: int
    hits_good: int


class ProposedThreshold(Struct, frozen=True, kw_only=True):
    """One threshold of the policy that should be another one."""

    name: str
    before: float
    after: float


class Gain(Struct, frozen=True, kw_only=True):
    """What a source would get, judged by weights that did not see its mail: by folds, or because it was left out.

    `gained` messages are tagged that were not, `lost` the other way round; `low` and `high` bound the difference of
    the shares (95 %, Agresti and Min 2005).
    """

    part: str
    source: str
    label: str
    kind: Kind
    was_left_out: bool
    before: Share
    after: Share
    gained: int
    lost: int
    low: float
    high: float


class Proposal(Struct, frozen=True, kw_only=True):
    """What `mailchord tune` proposes. `together` are findings that the data cannot tell apart, `untouched` those that
    were not tuned, with the reason. `withheld` says why fitted weights are not proposed; "" where they are, or none
    was fitted."""

    format: str = FORMAT
    version: int = VERSION
    messages: int
    weights: tuple[ProposedWeight, ...]
    thresholds: tuple[ProposedThreshold, ...]
    gains: tuple[Gain, ...]
    together: tuple[tuple[str, ...], ...]
    untouched: dict[str, str]
    withheld: str = ""


class Tuning(Struct, frozen=True, kw_only=True):
    """How it is fitted. `not_from` names sources and parts whose mail measures and is never learned from."""

    good_counts: float = 20.0
    regularisation: float = 2.0
    most_false_positives: float = 0.001
    not_from: frozenset[str] = frozenset()

    def learns_from(self, judged: Judged) -> bool:
        mail = judged.mail
        is_named = not self.not_from.isdisjoint((mail.source, mail.part))
        return mail.kind is not Kind.APART and not is_named and not mail.part.endswith(CHECK_ENDING)


def propose(judged: Sequence[Judged], deciding: Deciding, signs: Mapping[str, Sign], tuning: Tuning) -> Proposal:
    """Fit to all mail that may be learned from; say the gain on mail that a fit did not see.

    Weights without a gain there are not proposed. Raises ConfigurationError where there is too little mail.
    """
    counted = [each for each in judged if each.mail.kind is not Kind.APART]
    before = [Outcome(mail=each.mail, verdict=verdict_on(each, deciding)) for each in counted]
    obstacles = tunable(counted, signs)
    free = {name: signs[name] for name, why in obstacles.items() if not why}
    learned = [place for place, each in enumerate(counted) if tuning.learns_from(each)]
    present = deciding.settings.policy.thresholds
    fitted = functools.partial(
        fit, signs=free, tag=present.tag, good_counts=tuning.good_counts, regularisation=tuning.regularisation
    )
    final = fitted([case_of(before[place]) for place in learned])
    by_folds = _weights_by_folds(before, learned, fitted)
    unseen = [reweighed(each, by_folds.get(place, final.weights), free) for place, each in enumerate(counted)]
    after = [Outcome(mail=each.mail, verdict=verdict_on(each, deciding)) for each in unseen]
    withheld = _without_gain(before, after, tuning.good_counts) if final.weights else ""
    if withheld:
        final, unseen, after = Fit(weights={}, groups=()), counted, before
    # Thresholds are chosen on mail that may be learned from, like weights.
    thresholds = propose_thresholds([after[place] for place in learned], present, tuning.most_false_positives)
    if thresholds:
        moved = with_thresholds(deciding, thresholds)
        after = [Outcome(mail=each.mail, verdict=verdict_on(each, moved)) for each in unseen]
    return Proposal(
        messages=len(counted),
        weights=_proposed(final.weights, free, before),
        thresholds=thresholds,
        gains=gains(before, after, learned),
        together=final.groups,
        untouched={name: why for name, why in sorted(obstacles.items()) if why and why != "weighs nothing"},
        withheld=withheld,
    )


def _without_gain(before: Sequence[Outcome], after: Sequence[Outcome], good_counts: float) -> str:
    """What fitted weights change on unseen mail where that is no gain, a good message counting as in the fit."""
    changes = Counter(
        (new.mail.kind, _is_tagged(new))
        for old, new in zip(before, after, strict=True)
        if _is_tagged(old) is not _is_tagged(new)
    )
    found, missed = changes[Kind.BAD, True], changes[Kind.BAD, False]
    marked, spared = changes[Kind.GOOD, True], changes[Kind.GOOD, False]
    if found - missed + good_counts * (spared - marked) > 0:
        return ""
    return (
        f"Other weights were fitted. On mail that they were not fitted to they tag {found} bad messages more and "
        f"{missed} less, {marked} good ones more and {spared} less: that is no gain, so none of them is proposed."
    )


def _weights_by_folds(
    outcomes: Sequence[Outcome], learned: Sequence[int], fitted: Callable[[Sequence[Case]], Fit]
) -> dict[int, dict[str, float]]:
    """For each message the weights of a fit without its fold: whole campaigns are in one fold."""
    names = campaigns([outcome.mail for outcome in outcomes])
    folds = {place: fold_of(names[place], FOLDS) for place in learned}
    of_fold = {
        fold: fitted([case_of(outcomes[place]) for place in learned if folds[place] != fold]).weights
        for fold in sorted(set(folds.values()))
    }
    return {place: of_fold[fold] for place, fold in folds.items()}


def campaigns(mails: Sequence[LabelledMail]) -> list[str]:
    """A name for each message, the same for mail of one sender domain or of one cluster of near-duplicates.

    A domain from which both good and bad mail comes, or a twentieth of all, is nobody's in particular.
    """
    domains = Counter(mail.campaign for mail in mails)
    sides = {(mail.campaign, mail.kind) for mail in mails}
    shared = {name for name in domains if {(name, Kind.GOOD), (name, Kind.BAD)} <= sides}
    shared |= {name for name, count in domains.items() if count > max(MOST_OF_DOMAIN * len(mails), 1)}
    leader: dict[str, str] = {}

    def lead(name: str) -> str:
        while leader.setdefault(name, name) != name:
            leader[name] = name = leader[leader[name]]
        return name

    clusters: list[str] = []
    for mail in mails:
        cluster = f"cluster {mail.source} {mail.cluster}" if mail.cluster else f"message {mail.part} {mail.path}"
        clusters.append(cluster)
        if mail.campaign and mail.campaign not in shared:
            leader[lead(cluster)] = lead(f"domain {mail.campaign}")
    return [lead(cluster) for cluster in clusters]


def _proposed(
    weights: Mapping[str, float], signs: Mapping[str, Sign], outcomes: Sequence[Outcome]
) -> tuple[ProposedWeight, ...]:
    hits: Counter[tuple[str, Kind]] = Counter()
    for outcome in outcomes:
        hits.update((name, outcome.mail.kind) for name in {finding.id for finding in outcome.verdict.findings})
    return tuple(
        ProposedWeight(
            id=name,
            before=signs[name].weight,
            after=after,
            hits_bad=hits[name, Kind.BAD],
            hits_good=hits[name, Kind.GOOD],
        )
        for name, after in sorted(weights.items())
    )


def propose_thresholds(
    outcomes: Sequence[Outcome], present: Thresholds, most_false_positives: float
) -> tuple[ProposedThreshold, ...]:
    """Another tag threshold where it finds more bad mail with no more false positives than allowed (and than now);
    stricter thresholds for holding and refusing where good mail reaches them."""
    good = sorted(outcome.verdict.score for outcome in outcomes if outcome.mail.kind is Kind.GOOD)
    bad = [outcome for outcome in outcomes if outcome.mail.kind is Kind.BAD]
    if not good or not bad:
        return ()

    def false_positives(threshold: float) -> float:
        return sum(score >= threshold for score in good) / len(good)

    steps = int(2 * THRESHOLD_REACH / THRESHOLD_STEP) + 1
    candidates = [present.tag - THRESHOLD_REACH + THRESHOLD_STEP * step for step in range(steps)]
    # With more false positives than allowed already, a stricter threshold is a gain whatever it costs.
    allowed = max(most_false_positives, 0.0)
    fitting = [each for each in candidates if 0 < each < present.quarantine and false_positives(each) <= allowed]
    proposed = []
    if fitting:
        best = max(fitting, key=lambda each: (round(mean_recall(bad, each), 6), -abs(each - present.tag)))
        is_needed = false_positives(present.tag) > allowed
        no_worse = false_positives(best) <= false_positives(present.tag)
        gain = mean_recall(bad, best) - mean_recall(bad, present.tag)
        if is_needed or (no_worse and gain >= LEAST_GAIN):
            proposed.append(ProposedThreshold(name="tag", before=present.tag, after=best))
    for name, value in (("quarantine", present.quarantine), ("reject", present.reject)):
        if good[-1] >= value:
            above = (math.floor(good[-1] / THRESHOLD_STEP) + 1) * THRESHOLD_STEP
            proposed.append(ProposedThreshold(name=name, before=value, after=above))
    return tuple(each for each in proposed if each.before != each.after)


def mean_recall(bad: Iterable[Outcome], threshold: float) -> float:
    """Mean of the recall of each source: a large one is no more important than a small one."""
    sources: dict[tuple[str, str], list[bool]] = {}
    for outcome in bad:
        sources.setdefault((outcome.mail.part, outcome.mail.source), []).append(outcome.verdict.score >= threshold)
    return sum(sum(hits) / len(hits) for hits in sources.values()) / len(sources)


def with_thresholds(deciding: Deciding, proposed: Iterable[ProposedThreshold]) -> Deciding:
    policy = deciding.settings.policy
    changed = structs.replace(policy.thresholds, **{each.name: each.after for each in proposed})
    settings = structs.replace(deciding.settings, policy=structs.replace(policy, thresholds=changed))
    return structs.replace(deciding, settings=settings)


def gains(before: Sequence[Outcome], after: Sequence[Outcome], learned: Collection[int]) -> tuple[Gain, ...]:
    """What each source would get. `learned` are the places of what was learned from."""
    places = set(learned)
    groups: dict[tuple[str, str, str], list[int]] = {}
    for place, outcome in enumerate(before):
        mail = outcome.mail
        groups.setdefault((mail.part, mail.source, mail.label), []).append(place)
    order = list(Kind)
    found = [
        _gain(key, [(before[place], after[place]) for place in members], was_left_out=places.isdisjoint(members))
        for key, members in groups.items()
    ]
    return tuple(sorted(found, key=lambda gain: (order.index(gain.kind), gain.part, -gain.before.total, gain.source)))


def _gain(key: tuple[str, str, str], pairs: Sequence[tuple[Outcome, Outcome]], *, was_left_out: bool) -> Gain:
    judged = [
        (_is_tagged(old), _is_tagged(new))
        for old, new in pairs
        if Action.TEMPFAIL not in (old.verdict.action, new.verdict.action)
    ]
    gained = sum(new and not old for old, new in judged)
    lost = sum(old and not new for old, new in judged)
    low, high = difference(gained, lost, len(judged))
    part, source, label = key
    return Gain(
        part=part,
        source=source,
        label=label,
        kind=pairs[0][0].mail.kind,
        was_left_out=was_left_out,
        before=wilson(sum(old for old, _ in judged), len(judged)),
        after=wilson(sum(new for _, new in judged), len(judged)),
        gained=gained,
        lost=lost,
        low=low,
        high=high,
    )


def _is_tagged(outcome: Outcome) -> bool:
    return outcome.verdict.action in TAGGED


def difference(gained: int, lost: int, total: int) -> tuple[float, float]:
    """95 % interval of the difference of two shares of the same messages (Agresti and Min 2005: half a message is
    added to each cell)."""
    if not total:
        return (-1.0, 1.0)
    plus, minus, count = gained + 0.5, lost + 0.5, total + 2
    centre = (plus - minus) / count
    spread = Z_95 * math.sqrt(plus + minus - (plus - minus) ** 2 / count) / count
    return (max(-1.0, centre - spread), min(1.0, centre + spread))


def check_enough(judged: Sequence[Judged], tuning: Tuning) -> None:
    """Raises ConfigurationError where nothing can be learned."""
    kinds = {each.mail.kind for each in judged if tuning.learns_from(each)}
    if not {Kind.GOOD, Kind.BAD} <= kinds:
        raise ConfigurationError("tuning needs good and bad mail that it may learn from (see --not-from)")
