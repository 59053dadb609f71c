"""Ratios of runs that followed each other, recovery after overload, and the page that says it."""

from __future__ import annotations

import msgspec
import pytest

from bench.distribution import itemised
from bench.experiments import Overload, large_mail, recovery
from bench.milter_load import LoadResult, Sample
from bench.percentiles import Spread
from bench.plan import QUICK, Budget, Measured
from bench.processes import Usage
from bench.report import markdown
from bench.results import Corpus, Results, cpu_ratio, figures, ratio
from bench.stages import Stages


def load(speed: float = 100.0, *, sent: int = 100, answered: int = 100) -> LoadResult:
    return LoadResult(
        sent=sent,
        answered=answered,
        seconds=1.0,
        messages_per_second=speed,
        mean_bytes=1,
        latency=Spread(p50=1.0, p95=2.0, p99=3.0, max=4.0, mean=1.0),
        answer=Spread(),
        actions={"accept": answered},
        modifications={},
        progress_packets=0,
        connections=8,
        generator_cpu_ms=0.1,
    )


def run(
    target: str, speed: float, *, cpu: float = 1.0, turn: int = 0, roles: dict[str, float] | None = None
) -> Measured:
    roles = roles or {"front": cpu}
    usage = Usage(total=sum(roles.values()), roles=roles)
    memory = Usage(total=100_000_000.0, roles={"front": 100_000_000.0})
    return Measured(target=target, turn=turn, load=load(speed), cpu_ms=usage, idle_bytes=memory, peak_bytes=memory)


RUNS = [
    run("mailchord", 100, cpu=4),
    run("rspamd", 200, cpu=2),
    run("mailchord", 50, cpu=4, turn=1),
    run("rspamd", 50, cpu=1, turn=1),
    run("mailchord", 90, cpu=4, turn=2),
    run("rspamd", 100, cpu=1, turn=2),
]


def results(**sections: object) -> Results:
    corpus = Corpus(origin="synthetic", messages=1, mean_bytes=1, median_bytes=1, text_only=1, plain=1)
    return Results(plan=QUICK, corpus=corpus, processors=2, load_before=0.0, **sections)  # type: ignore[arg-type]


def test_ratio_is_of_runs_of_the_same_turn() -> None:
    assert ratio(RUNS, "mailchord", "rspamd") == 0.9
    assert cpu_ratio(RUNS, "mailchord", "rspamd") == 4.0


def test_a_turn_that_failed_for_one_of_two_is_left_out() -> None:
    without_first_peer = [one for one in RUNS if (one.target, one.turn) != ("rspamd", 0)]
    assert ratio(without_first_peer, "mailchord", "rspamd") == 0.95


def test_ratio_to_a_peer_that_did_not_run() -> None:
    assert ratio(RUNS, "mailchord", "spamassassin") is None


def sample(intended: float, latency: float, action: str = "accept") -> Sample:
    return Sample(intended, latency, latency, action, "m", 1)


@pytest.mark.parametrize(
    ("probes", "seconds"),
    [
        pytest.param([sample(10.0, 0.01), sample(10.2, 0.01)], 0.0, id="at-once"),
        pytest.param([sample(10.0, 3.0), sample(13.0, 0.01), sample(13.2, 0.01)], 3.0, id="after-three-seconds"),
        pytest.param([sample(10.0, 0.01), sample(10.2, 0.9), sample(10.4, 0.01)], 0.4, id="one-good-probe-is-luck"),
        pytest.param([sample(10.0, 0.01, "tempfail"), sample(10.2, 0.01)], 0.2, id="deferred-is-not-recovered"),
        pytest.param([sample(10.0, 0.01), sample(10.2, 2.0)], None, id="not-at-the-end"),
        pytest.param([sample(9.0, 0.01)], None, id="before-the-end-is-no-probe"),
        pytest.param([], None, id="none"),
    ],
)
def test_recovery(probes: list[Sample], seconds: float | None) -> None:
    assert recovery(probes, 10.0) == seconds


def test_figures_say_what_was_not_reached() -> None:
    found = {figure.what: figure.reached for figure in figures(results(throughput=RUNS))}
    assert found == {"Throughput against rspamd bare (aim), 8 connections": False}


def test_a_busy_machine_proves_nothing() -> None:
    noisy = [msgspec.structs.replace(one, others=0.5) for one in RUNS]
    (figure,) = figures(results(throughput=noisy))
    assert figure.reached is None
    assert "busy machine" in figure.measured


@pytest.mark.parametrize(
    ("answered", "late", "reached"),
    [
        pytest.param(100, 0, True, id="all-in-time"),
        pytest.param(99, 0, False, id="one-unanswered"),
        pytest.param(100, 1, False, id="one-late"),
    ],
)
def test_overload_figure(answered: int, late: int, reached: bool) -> None:
    run_of = Overload(
        target="mailchord",
        capacity=100,
        rate=200,
        seconds=10,
        load=load(answered=answered),
        deadline_seconds=20,
        late_answers=late,
        recovery_seconds=1.0,
    )
    first, second = figures(results(overload=[run_of]))
    assert (first.reached, second.reached) == (reached, True)


def test_distribution_takes_the_scan_off_the_children_that_scan() -> None:
    served = [run("mailchord", 1, roles={"front": 1.0, "redis": 0.5, "intake worker, children": 3.0})] * 3
    scans = [Stages(messages=1, cpu_ms=cpu, mean_ms={}, spreads={}, statuses={}) for cpu in (9.0, 1.0, 1.8)]
    found = itemised(served, scans)
    assert found.scan.cpu_ms == 1.8
    assert found.cost_ms == pytest.approx(4.5 - 1.8)
    assert found.items["intake worker, children: Celery, store, log"] == pytest.approx(1.2)


def test_the_page_has_the_sections_that_ran_and_no_others() -> None:
    page = markdown(results(throughput=RUNS))
    assert "## Throughput" in page
    assert "| **mailchord** | 90 (50-100) | 0.90 |" in page
    for title in ("## Latency", "## Overload", "## Idle", "## Memory"):
        assert title not in page


def test_a_failure_is_on_the_page() -> None:
    assert "- large: it fell over" in markdown(results(failures=["large: it fell over"]))


@pytest.mark.parametrize(
    ("minutes", "turn", "allowed"),
    [
        pytest.param(0.0, 0, True, id="the-first-turn-always"),
        pytest.param(0.0, 1, False, id="no-second-without-time"),
        pytest.param(60.0, 1, True, id="second-with-time"),
    ],
)
def test_budget(minutes: float, turn: int, allowed: bool) -> None:
    assert Budget(minutes).allows(turn, share=0.5) is allowed


def test_page_of_nothing() -> None:
    assert markdown(results()).startswith("# Performance\n")


def test_large_mail_has_its_size() -> None:
    size = len(large_mail(1_000_000).raw)
    assert 990_000 < size <= 1_000_000
