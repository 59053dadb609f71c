"""The report of an evaluation as data: what `--json` prints and `report.json` holds. Keys only ever get added."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from mailchord.evaluation.comparison import Comparison, compare
from mailchord.evaluation.figures import Figures, Mistake, Outcome, Times, count, mistakes_of, times_of
from mailchord.evaluation.judging import Deciding, Judged
from mailchord.evaluation.needed import outcome_of
from mailcore.policy import Thresholds

FORMAT = "mailchord-evaluation"
VERSION = 1


class Evaluation(Struct, frozen=True, kw_only=True):
    """A whole evaluation. `figures` begins with what was asked for; the others stand beside it, each with a
    comparison against the first; `mistakes` are those of the first. `seconds` is wall time, `times` processor time."""

    format: str = FORMAT
    version: int = VERSION
    policy_version: str
    pools: tuple[str, ...]
    messages: int
    seconds: float
    jobs: int
    notes: tuple[str, ...] = ()
    figures: tuple[Figures, ...]
    comparisons: tuple[Comparison, ...] = ()
    times: tuple[Times, ...] = ()
    mistakes: tuple[Mistake, ...] = ()


class Reading(Struct, frozen=True, kw_only=True):
    """One way of judging the mail: what it is called, its thresholds, and every message with its verdict."""

    name: str
    thresholds: Thresholds
    outcomes: tuple[Outcome, ...]


def reading(name: str, judged: Sequence[Judged], deciding: Deciding) -> Reading:
    """The same findings, decided in that way."""
    outcomes = tuple(outcome_of(each, deciding) for each in judged)
    return Reading(name=name, thresholds=deciding.settings.policy.thresholds, outcomes=outcomes)


def build(
    readings: Sequence[Reading],
    judged: Sequence[Judged],
    *,
    policy_version: str,
    pools: Sequence[str],
    seconds: float,
    jobs: int,
    notes: Sequence[str],
) -> Evaluation:
    """The evaluation of the first reading, with each other one beside it."""
    first, *others = readings
    return Evaluation(
        policy_version=policy_version,
        pools=tuple(pools),
        messages=len(judged),
        seconds=round(seconds, 1),
        jobs=jobs,
        notes=tuple(notes),
        figures=tuple(count(each.name, each.outcomes, each.thresholds) for each in readings),
        comparisons=tuple(compare((first.name, other.name), first.outcomes, other.outcomes) for other in others),
        times=times_of(each.cpu_ms for each in judged),
        mistakes=mistakes_of(first.outcomes),
    )
