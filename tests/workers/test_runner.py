"""The runner: whatever a pool does becomes a report, and never an exception."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping

import pytest

from mailcore import wire
from mailcore.detector import Detector, Hit, Lifecycle, detector
from mailcore.errors import ConfigurationError, ScanInterrupted
from mailcore.message import Envelope, Message
from mailcore.verdict import Finding, PoolReport, PoolStatus, Where
from mailcore.view import MailView
from workers.pool import DerivedText, Gathered, Pool, Work
from workers.runner import MAX_FINDINGS, MAX_QUOTE, MAX_SUMMARY, check_settings, run_pool

VIEW = MailView(envelope=Envelope(), message=Message(id="m1"))


class LimitStruck(Exception):
    """Stands for a task library's own time limit."""


@detector(category="test", weight=2.0, lifecycle=Lifecycle.STABLE)
def finds_one(view: MailView, *, word: str = "word", most: int = 3, share: float = 0.5) -> Iterable[Hit]:
    """Finds the word."""
    yield Hit(summary=f"{word} {most} {share}")


@detector(category="test", weight=2.0)
def is_new(view: MailView) -> Iterable[Hit]:
    """Finds, but is experimental."""
    yield Hit(summary="new", weight=9.0)


@detector(category="test", weight=2.0, lifecycle=Lifecycle.STABLE)
def breaks_off(view: MailView) -> Iterable[Hit]:
    """Finds one thing, then raises."""
    yield Hit(summary="before")
    raise ZeroDivisionError("broken")


def raises(error: Exception) -> Detector:
    def run(view: MailView) -> Iterable[Hit]:
        raise error

    return yields(run)


def yields(run: Callable[[MailView], Iterable[object]]) -> Detector:
    return Detector(id="odd", category="test", weight=1.0, run=run, description="odd", lifecycle=Lifecycle.STABLE)  # type: ignore[arg-type]


def pool(*detectors: Detector, gathered: Gathered | None = None, error: Exception | None = None) -> Pool:
    def gather(view: MailView, parts: Mapping[str, bytes], *, seconds: float) -> Gathered:
        if error is not None:
            raise error
        return gathered or Gathered(view=view, bytes_read=7)

    return Pool(name="content", work=lambda message: Work(), gather=gather, detectors=detectors)


def run(*detectors: Detector, seconds: float = 5.0, **arguments: object) -> PoolReport:
    return run_pool(pool(*detectors), VIEW, {}, seconds=seconds, **arguments)  # type: ignore[arg-type]


def test_a_clean_run_is_ok_and_carries_its_figures() -> None:
    report = run(finds_one, queued_ms=12.0)
    assert (report.pool, report.status, report.reason, report.errors) == ("content", PoolStatus.OK, "", ())
    assert (report.bytes_read, report.queued_ms) == (7, 12.0)
    assert report.run_ms > 0
    assert report.findings == (
        Finding(id="finds_one", pool="content", category="test", weight=2.0, summary="word 3 0.5"),
    )


def test_a_hit_may_bring_its_own_id_category_and_version() -> None:
    report = run(yields(lambda view: [Hit(summary="s", id="rule-1", category="fraud", version=4, weight=0.5)]))
    finding = report.findings[0]
    assert (finding.id, finding.category, finding.version, finding.weight) == ("rule-1", "fraud", 4, 0.5)


def test_experimental_detectors_are_recorded_and_weigh_nothing() -> None:
    report = run(is_new)
    assert [(finding.id, finding.weight) for finding in report.findings] == [("is_new", 0.0)]


def test_a_detector_that_raises_spoils_nothing_but_itself() -> None:
    report = run(breaks_off, finds_one)
    assert report.status is PoolStatus.PARTIAL
    assert report.errors == ("breaks_off: ZeroDivisionError: broken",)
    assert [finding.summary for finding in report.findings] == ["before", "word 3 0.5"]


@pytest.mark.parametrize(
    "garbage",
    [
        pytest.param([None], id="none"),
        pytest.param(["text"], id="text"),
        pytest.param([Hit(summary=None)], id="no summary"),  # type: ignore[arg-type]
        pytest.param([Hit(summary="s", weight="heavy")], id="weight is text"),  # type: ignore[arg-type]
        pytest.param([Hit(summary="s", weight=float("nan"))], id="weight is nan"),
        pytest.param([Hit(summary="s", weight=float("inf"))], id="weight is infinite"),
        pytest.param([Hit(summary="s", where="here")], id="where is text"),  # type: ignore[arg-type]
        pytest.param(5, id="not iterable"),
        pytest.param(None, id="nothing"),
    ],
)
def test_garbage_of_a_detector_is_an_error_entry(garbage: object) -> None:
    report = run(yields(lambda view: garbage), finds_one)  # type: ignore[arg-type, return-value]
    assert report.status is PoolStatus.PARTIAL
    assert len(report.errors) == 1
    assert [finding.id for finding in report.findings] == ["finds_one"]


@pytest.mark.parametrize(
    ("error", "status"),
    [
        pytest.param(ScanInterrupted("struck"), PoolStatus.TIMED_OUT, id="interrupted"),
        pytest.param(LimitStruck("struck"), PoolStatus.TIMED_OUT, id="the caller's own limit"),
        pytest.param(MemoryError("struck"), PoolStatus.FAILED, id="memory"),
        pytest.param(RecursionError("struck"), PoolStatus.FAILED, id="recursion"),
        pytest.param(OSError("struck"), PoolStatus.FAILED, id="anything else"),
    ],
)
def test_what_gather_raises_becomes_a_status_with_its_reason(error: Exception, status: PoolStatus) -> None:
    report = run_pool(pool(finds_one, error=error), VIEW, {}, seconds=5.0, interrupts=(LimitStruck,))
    assert (report.status, report.findings) == (status, ())
    assert "struck" in report.reason


@pytest.mark.parametrize("error", [ScanInterrupted("now"), LimitStruck("now")], ids=["ours", "the caller's"])
def test_a_time_limit_inside_a_detector_keeps_what_was_found(error: Exception) -> None:
    report = run(finds_one, raises(error), finds_one, interrupts=(LimitStruck,))
    assert report.status is PoolStatus.TIMED_OUT
    assert len(report.findings) == 1


def test_without_time_nothing_runs() -> None:
    assert run(finds_one, seconds=0.0).status is PoolStatus.TIMED_OUT
    assert run(finds_one, seconds=-3.0).findings == ()


def test_time_is_looked_at_between_detectors() -> None:
    def slow(view: MailView) -> Iterable[Hit]:
        time.sleep(0.03)
        return []

    report = run(finds_one, yields(slow), finds_one, seconds=0.02)
    assert report.status is PoolStatus.TIMED_OUT
    assert "before finds_one" in report.reason
    assert len(report.findings) == 1


def test_problems_of_gathering_make_the_report_partial() -> None:
    gathered = Gathered(view=VIEW, problems=("part 2 is encrypted",))
    report = run_pool(pool(finds_one, gathered=gathered), VIEW, {}, seconds=5.0)
    assert (report.status, report.reason) == (PoolStatus.PARTIAL, "part 2 is encrypted")
    assert len(report.findings) == 1


def test_light_findings_cannot_push_a_heavy_one_out() -> None:
    many = yields(lambda view: (Hit(summary="light", weight=0.0) for _ in range(10_000)))
    report = run(many, many, finds_one)
    assert len(report.findings) == MAX_FINDINGS
    assert report.findings[-1].id == "finds_one"
    assert report.status is PoolStatus.PARTIAL


def test_texts_are_bounded_and_can_be_written_down() -> None:
    hostile = "\udc80" + "x" * 100_000
    report = run(yields(lambda view: [Hit(summary=hostile, detail=hostile, where=Where(quote=hostile))]))
    finding = report.findings[0]
    assert (len(finding.summary), len(finding.where.quote)) == (MAX_SUMMARY, MAX_QUOTE)
    assert wire.decode(wire.encode(report), PoolReport) == report


def test_text_found_on_the_way_is_judged_for_this_pool() -> None:
    def judge(view: MailView, derived: DerivedText) -> Iterable[Finding]:
        if derived.source == "bad":
            raise ValueError("cannot")
        yield Finding(id="rule", pool="elsewhere", category="c", weight=1.0, summary=derived.text)

    derived = (DerivedText(part="2", source="bad"), DerivedText(part="3", source="picture", text="win"))
    gathered = Gathered(view=VIEW, derived=derived)
    report = run_pool(pool(gathered=gathered), VIEW, {}, seconds=5.0, judge_derived=judge)
    assert [(finding.pool, finding.summary) for finding in report.findings] == [("content", "win")]
    assert report.errors == ("text of bad: ValueError: cannot",)
    assert report.status is PoolStatus.PARTIAL


def test_text_that_nobody_judged_does_not_count_as_clean() -> None:
    gathered = Gathered(view=VIEW, derived=(DerivedText(part="2", source="picture", text="win"),))
    assert run_pool(pool(gathered=gathered), VIEW, {}, seconds=5.0).status is PoolStatus.PARTIAL


def test_settings_reach_their_detector() -> None:
    report = run(finds_one, settings={"finds_one.word": "other", "finds_one.most": 5})
    assert report.findings[0].summary == "other 5 0.5"


@pytest.mark.parametrize(
    "settings",
    [
        pytest.param({}, id="none"),
        pytest.param({"finds_one.word": "x", "finds_one.most": 1}, id="right types"),
        pytest.param({"finds_one.share": 1}, id="a whole number for a float"),
    ],
)
def test_good_settings_pass(settings: Mapping[str, object]) -> None:
    check_settings(pool(finds_one), settings)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        pytest.param(
            {"finds_one.wrod": "x"}, "unknown setting 'finds_one.wrod', did you mean 'finds_one.word'?", id="typo"
        ),
        pytest.param({"zzz": 1}, "unknown setting 'zzz'", id="nothing near"),
        pytest.param({"finds_one.view": 1}, "unknown setting", id="the view is no setting"),
        pytest.param({"finds_one.most": "many"}, "expected int, got str", id="wrong type"),
        pytest.param({"finds_one.most": True}, "expected int, got bool", id="bool is no number"),
    ],
)
def test_bad_settings_stop_the_start(settings: Mapping[str, object], message: str) -> None:
    with pytest.raises(ConfigurationError, match=message.replace("?", r"\?")):
        check_settings(pool(finds_one), settings)
