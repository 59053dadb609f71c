"""Everything that a bench found, as it is kept in var/ and as the report reads it; and the figures it should reach."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from msgspec import Struct

from bench.distribution import Distribution
from bench.experiments import IdleMemory, IdleSessions, LargeMessage, Latency, Overload
from bench.feed_speed import FeedCost
from bench.file_speed import FileCost
from bench.percentiles import median
from bench.plan import Measured, Plan
from bench.rule_speed import RuleCost
from bench.senders import Senders

RSPAMD = "rspamd"
# Above this share of the machine taken by others, the target with the most processes gets the most of what is left:
# throughput then compares process counts, and only CPU a message still means something.
QUIET = 0.15


class Corpus(Struct, frozen=True, kw_only=True):
    """The messages of this bench. `origin` is "real" or "synthetic"."""

    origin: str
    messages: int
    mean_bytes: int
    median_bytes: int
    text_only: int
    plain: int


class Results(Struct, kw_only=True):
    """Sections that did not run are empty."""

    plan: Plan
    corpus: Corpus
    processors: int
    load_before: float
    date: str = ""  # the UTC day, ISO 8601
    minutes: float = 0.0
    failures: list[str] = []
    throughput: list[Measured] = []
    latency: list[Latency] = []
    overload: list[Overload] = []
    idle_sessions: list[IdleSessions] = []
    large: list[LargeMessage] = []
    memory: IdleMemory | None = None
    distribution: Distribution | None = None
    rules: list[RuleCost] = []
    senders: Senders | None = None
    files: list[FileCost] = []
    feeds: FeedCost | None = None


class Figure(Struct, frozen=True, kw_only=True):
    """One figure to reach, and what was measured. `reached` is None where it was not measured."""

    what: str
    goal: str
    measured: str
    reached: bool | None


def names(rows: Sequence[Measured]) -> list[str]:
    """Targets in the order of their first run."""
    return list(dict.fromkeys(row.target for row in rows))


def runs_of(rows: Sequence[Measured], target: str) -> list[Measured]:
    return [row for row in rows if row.target == target]


def throughput_of(rows: Sequence[Measured], target: str) -> float:
    return median([row.load.messages_per_second for row in runs_of(rows, target)])


def cpu_of(rows: Sequence[Measured], target: str) -> float:
    return median([row.cpu_ms.total for row in runs_of(rows, target)])


def ratio(rows: Sequence[Measured], target: str, other: str) -> float | None:
    """Throughput of one target over another's: the median of the ratios of runs of the same turn."""
    return _ratio(rows, target, other, lambda run: run.load.messages_per_second)


def cpu_ratio(rows: Sequence[Measured], target: str, other: str) -> float | None:
    return _ratio(rows, target, other, lambda run: run.cpu_ms.total)


def _ratio(rows: Sequence[Measured], target: str, other: str, value: Callable[[Measured], float]) -> float | None:
    others = {run.turn: value(run) for run in runs_of(rows, other)}
    ratios = [value(run) / others[run.turn] for run in runs_of(rows, target) if others.get(run.turn)]
    return round(median(ratios), 2) if ratios else None


def figures(results: Results) -> list[Figure]:
    """The figures of the project, one line each, reached or not."""
    return [
        *throughput_figures(results),
        *cost_figures(results),
        *latency_figures(results),
        *overload_figures(results),
        *session_figures(results),
        *large_figures(results),
        *rule_figures(results),
        *sender_figures(results),
        *file_figures(results),
        *feed_figures(results),
    ]


def throughput_figures(results: Results) -> list[Figure]:
    rows = results.throughput
    goals = (
        ("rspamd with Bayes", "rspamd+bayes", 1.0),
        ("SpamAssassin", "spamassassin", 15.0),
        ("rspamd bare (aim)", RSPAMD, 1.0),
    )
    found: list[Figure] = []
    for title, other, goal in goals:
        measured = ratio(rows, "mailchord", other)
        if measured is not None:
            quiet = max(run.others for run in rows) <= QUIET
            found.append(
                Figure(
                    what=f"Throughput against {title}, 8 connections",
                    goal=f"at least {goal:g} x",
                    measured=f"{measured:.2f} x" + ("" if quiet else ", on a busy machine: says little"),
                    reached=measured >= goal if quiet else None,
                )
            )
    return found


def at_most(what: str, limit: float, measured: float, unit: str) -> Figure:
    return Figure(
        what=what, goal=f"at most {limit:g} {unit}", measured=f"{measured:.1f} {unit}", reached=measured <= limit
    )


def cost_figures(results: Results) -> list[Figure]:
    found: list[Figure] = []
    if results.distribution:
        found.append(at_most("Cost of distribution, plain mail", 4.0, results.distribution.cost_ms, "ms CPU"))
    if results.memory:
        fresh, worked = results.memory.fresh.total, results.memory.after_load.total
        found.append(at_most("Memory of `serve`, all pools, idle after the start", 400, megabytes(fresh), "MB"))
        found.append(at_most("Memory of `serve`, all pools, idle after load", 400, megabytes(worked), "MB"))
        found.append(at_most("Memory of a front alone", 80, megabytes(results.memory.front_alone), "MB"))
    return found


def latency_figures(results: Results) -> list[Figure]:
    found: list[Figure] = []
    for rate, p50_limit, p99_limit in ((20.0, 15.0, 100.0), (50.0, None, 250.0)):
        loads = [row.load.latency for row in results.latency if row.target == "mailchord" and row.rate == rate]
        if not loads:
            continue
        if p50_limit is not None:
            p50 = median([load.p50 for load in loads])
            found.append(at_most(f"p50 at {rate:g} messages/s, text and HTML", p50_limit, p50, "ms"))
        p99 = median([load.p99 for load in loads])
        found.append(at_most(f"p99 at {rate:g} messages/s, text and HTML", p99_limit, p99, "ms"))
    return found


def overload_figures(results: Results) -> list[Figure]:
    found: list[Figure] = []
    for run in results.overload:
        unanswered = run.load.sent - run.load.answered
        found.append(
            Figure(
                what="Twice the capacity: every message answered before its deadline",
                goal="0 late or unanswered",
                measured=f"{run.late_answers} late, {unanswered} unanswered of {run.load.sent}",
                reached=run.late_answers == 0 and unanswered == 0,
            )
        )
        recovered = run.recovery_seconds
        found.append(
            Figure(
                what="Recovery after it",
                goal="seconds",
                measured="not while it was watched" if recovered is None else f"{recovered:g} s",
                reached=recovered is not None,
            )
        )
    return found


def session_figures(results: Results) -> list[Figure]:
    return [
        at_most(
            f"Memory of the front for {run.sessions:,} idle sessions",
            50,
            megabytes(run.front_with - run.front_before),
            "MB",
        )
        for run in results.idle_sessions
    ]


def large_figures(results: Results) -> list[Figure]:
    found: list[Figure] = []
    for run in results.large:
        before = run.before.roles.get("front", 0.0)
        limit = 2 * megabytes(run.size)
        growth = megabytes(run.peak.roles.get("front", 0.0) - before)
        left = megabytes(run.after.roles.get("front", 0.0) - before)
        found.append(at_most("A message of 50 MB: growth of the front", limit, growth, "MB"))
        found.append(at_most("A message of 50 MB: what the front keeps", 10, left, "MB"))
    return found


def rule_figures(results: Results) -> list[Figure]:
    costs = {cost.rules: cost.ms for cost in results.rules}
    found: list[Figure] = []
    if 1_000 in costs:
        found.append(at_most("1,000 rules on a message of 20 KB", 1.5, costs[1_000], "ms CPU"))
    if 100 in costs and 10_000 in costs:
        found.append(at_most("10,000 rules against 100", 1.5, costs[10_000] / costs[100], "x"))
    return found


def megabytes(size: float) -> float:
    return size / 1_000_000


def sender_figures(results: Results) -> list[Figure]:
    found = results.senders
    if found is None:
        return []
    what = f"p95 at {found.rate:g} messages/s, the DNS takes {found.delay_ms:.0f} ms"
    return [
        at_most("Verifying a sender, one RSA-2048 signature, answers remembered", 3, found.cpu_ms, "ms CPU"),
        at_most(f"{what}, 50 domains", 1_200, found.few.latency.p95, "ms"),
        at_most(f"{what}, each message of a new domain", 1_200, found.new.latency.p95, "ms"),
    ]


def file_figures(results: Results) -> list[Figure]:
    found = [at_most(cost.what, cost.goal, cost.first_ms, "ms CPU") for cost in results.files]
    again = max((cost.again_ms for cost in results.files), default=None)
    return found if again is None else [*found, at_most("A second sight of the same file", 3, again, "ms CPU")]


def feed_figures(results: Results) -> list[Figure]:
    found = results.feeds
    if found is None:
        return []
    return [
        at_most(f"A lookup in a list of {found.entries:,} links", 20, max(found.hit_us, found.miss_us), "µs CPU"),
        at_most("Memory of that list, for all processes", 200, found.file_mb, "MB"),
    ]
