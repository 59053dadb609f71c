"""Messages through real Redis and real Celery workers, whatever the pools do."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest

from mailcore.message import Envelope
from mailcore.verdict import Action, PoolStatus, Verdict
from mailio.message_store import Job
from tests.tasks.cluster import ENVELOPE, FAST, SLOW, Cluster, eventually

pytestmark = pytest.mark.system

# What answering at the deadline may take on a busy machine.
SLACK = 1.5


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    with Cluster() as running:
        yield running


def statuses(verdict: Verdict) -> dict[str, PoolStatus]:
    return {pool.pool: pool.status for pool in verdict.pools if pool.status is not PoolStatus.SKIPPED}


OK, PARTIAL, FAILED, TIMED_OUT = PoolStatus.OK, PoolStatus.PARTIAL, PoolStatus.FAILED, PoolStatus.TIMED_OUT


@pytest.mark.parametrize(
    ("subject", "action", "expected"),
    [
        pytest.param("content=clean", Action.ACCEPT, {"content": OK}, id="clean in place"),
        pytest.param("content=bad", Action.REJECT, {"content": OK}, id="bad in place"),
        pytest.param("content=clean urls=clean", Action.ACCEPT, {"content": OK, "urls": OK}, id="chord of one"),
        pytest.param(
            "content=clean urls=clean attachments=bad ocr=clean",
            Action.REJECT,
            {"content": OK, "urls": OK, "attachments": OK, "ocr": OK},
            id="chord of three",
        ),
        pytest.param("content=raise", Action.TEMPFAIL, {"content": FAILED}, id="raises in place"),
        pytest.param("attachments=raise", Action.TEMPFAIL, {"attachments": FAILED}, id="raises in the chord"),
        pytest.param(
            "attachments=raise urls=bad", Action.REJECT, {"attachments": FAILED, "urls": OK}, id="bad beside a failure"
        ),
        pytest.param("attachments=garbage", Action.QUARANTINE, {"attachments": PARTIAL}, id="returns garbage"),
        pytest.param("urls=garbage", Action.ACCEPT, {"urls": PARTIAL}, id="garbage, and policy goes on"),
        pytest.param("ocr=raise content=clean", Action.ACCEPT, {"ocr": FAILED, "content": OK}, id="policy goes on"),
        pytest.param("urls=eat", Action.TEMPFAIL, {"urls": FAILED}, id="eats memory"),
        pytest.param("ml=slow", Action.ACCEPT, {"ml": OK}, id="light work in place"),
        pytest.param(
            "content=clean ml=spin", Action.ACCEPT, {"content": OK, "ml": TIMED_OUT}, id="light work that hangs in C"
        ),
        pytest.param("attachments=hang", Action.TEMPFAIL, {"attachments": TIMED_OUT}, id="hangs for ever"),
        pytest.param("content=hang", Action.TEMPFAIL, None, id="hangs in place"),
        pytest.param("attachments=die", Action.TEMPFAIL, {"attachments": FAILED}, id="kills its worker"),
        pytest.param("content=die", Action.TEMPFAIL, {"content": FAILED}, id="kills intake"),
        pytest.param("urls=starve", Action.TEMPFAIL, {"urls": FAILED}, id="leaves intake without memory"),
    ],
)
def test_every_message_is_answered_in_time_and_says_what_was_not_looked_at(
    cluster: Cluster, subject: str, action: Action, expected: dict[str, PoolStatus] | None
) -> None:
    began = time.monotonic()
    verdict = cluster.judge(subject)
    assert time.monotonic() - began < cluster.deadline + SLACK
    assert verdict.action is action
    if expected is not None:
        assert expected.items() <= statuses(verdict).items()
    assert verdict.partial == (expected is None or any(not status.is_complete for status in expected.values()))
    assert cluster.judge("content=clean").action is Action.ACCEPT, "the next message is fine"


def test_message_that_kills_its_worker_is_a_dead_letter(cluster: Cluster) -> None:
    cluster.judge("urls=die", envelope=Envelope(sender="killer@example.org"))

    def letters() -> list[tuple[str, int]]:
        found = cluster.state.dead_letters()
        return [(letter.task, letter.attempts) for letter in found if letter.sender == "killer@example.org"]

    assert eventually(lambda: letters() == [("scan.urls", 3)])


def test_progress_is_reported_while_waiting(cluster: Cluster) -> None:
    calls: list[float] = []
    cluster.judge("attachments=slow", progress=lambda: calls.append(time.monotonic()))
    assert len(calls) >= 3


def test_task_delivered_twice_has_one_effect(cluster: Cluster) -> None:
    submission = cluster.submission("content=bad")
    publish = cluster.pipeline.publisher.publish
    verdict = submission.verdict(ENVELOPE, truncated=False, progress=lambda: None)
    store = cluster.pipeline.store
    store.submit(
        submission.id,
        Job(envelope=ENVELOPE, submitted_at=time.time(), deadline_at=time.time() + 3, reply_to="nobody"),
        b"Subject: content=clean\r\n\r\n",
        appended=0,
        seconds=30,
    )
    publish(submission.id)
    assert eventually(lambda: cluster.redis.client().llen("intake") == 0)
    time.sleep(0.3)
    assert store.standing(submission.id) == verdict
    assert cluster.redis.client(1).llen("nobody") == 0


def test_messages_side_by_side_get_their_own_verdicts(cluster: Cluster) -> None:
    subjects = ["content=clean", "content=bad", "urls=clean", "urls=bad attachments=clean"] * 5
    verdicts: dict[int, Verdict] = {}

    def judge(number: int) -> None:
        verdicts[number] = cluster.judge(subjects[number])

    threads = [threading.Thread(target=judge, args=(number,)) for number in range(len(subjects))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    actions = [verdicts[number].action for number in range(len(subjects))]
    assert actions == [Action.ACCEPT, Action.REJECT, Action.ACCEPT, Action.REJECT] * 5


@pytest.mark.chaos
def test_message_that_kills_its_worker_in_a_backlog_harms_no_other(cluster: Cluster) -> None:
    """Whether a process got the message as a task of its own or took it from the queue."""
    subjects = ["content=brief"] * 12 + ["content=die"] + ["content=brief"] * 12
    verdicts: dict[int, Verdict] = {}

    def judge(number: int) -> None:
        verdicts[number] = cluster.judge(subjects[number])

    threads = [threading.Thread(target=judge, args=(number,)) for number in range(len(subjects))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    actions = {number: verdict.action for number, verdict in verdicts.items()}
    assert actions == {number: Action.TEMPFAIL if number == 12 else Action.ACCEPT for number in range(len(subjects))}


def late_events(cluster: Cluster) -> list[dict[str, str]]:
    entries = cluster.redis.client(2).xrange("mailchord:events")
    return [{key.decode(): value.decode() for key, value in fields.items()} for _, fields in entries]


def test_late_report_that_changes_the_answer_is_an_event(cluster: Cluster) -> None:
    verdict = cluster.judge("ocr=tardy content=clean")
    assert verdict.action is Action.ACCEPT, "what a missing OCR means is policy"
    assert verdict.partial

    def found() -> list[dict[str, str]]:
        return [event for event in late_events(cluster) if event["id"] == verdict.id]

    assert eventually(lambda: bool(found()), seconds=15)
    assert [(event["kind"], event["answered"], event["now"]) for event in found()] == [
        ("late verdict", "accept", "reject")
    ]


def test_late_report_that_changes_nothing_is_no_event(cluster: Cluster) -> None:
    verdict = cluster.judge("ocr=tardy urls=bad")
    assert verdict.action is Action.REJECT
    assert eventually(lambda: cluster.state.counts().get("late_scans", 0) >= 1, seconds=15)
    assert [event for event in late_events(cluster) if event["id"] == verdict.id] == []


@pytest.mark.chaos
@pytest.mark.parametrize("queues", [FAST, SLOW], ids=["intake and aggregate", "pools"])
def test_children_killed_in_the_middle(cluster: Cluster, queues: str) -> None:
    subject = "content=slow" if queues == FAST else "attachments=slow"
    timer = threading.Timer(0.5, cluster.kill_children, args=(queues,))
    timer.start()
    began = time.monotonic()
    verdict = cluster.judge(subject)
    timer.join()
    assert time.monotonic() - began < cluster.deadline + SLACK
    assert verdict.action in (Action.ACCEPT, Action.TEMPFAIL)
    assert verdict.partial == (verdict.action is Action.TEMPFAIL), "nothing is accepted unscanned"
    assert eventually(lambda: not cluster.judge("content=clean urls=clean").partial, seconds=15)


@pytest.mark.chaos
@pytest.mark.parametrize("queues", [FAST, SLOW], ids=["intake and aggregate", "pools"])
def test_whole_worker_killed_in_the_middle(cluster: Cluster, queues: str) -> None:
    subject = "content=slow" if queues == FAST else "attachments=slow"
    timer = threading.Timer(0.5, cluster.kill_worker, args=(queues,))
    timer.start()
    began = time.monotonic()
    verdict = cluster.judge(subject)
    timer.join()
    try:
        assert time.monotonic() - began < cluster.deadline + SLACK
        assert verdict.action is Action.TEMPFAIL
        assert verdict.partial
    finally:
        cluster.start_worker(queues)
    assert eventually(lambda: not cluster.judge("content=clean urls=clean").partial, seconds=30)


@pytest.mark.chaos
def test_aggregator_killed_in_the_middle(cluster: Cluster) -> None:
    """The pools end, nobody is there to aggregate: the front decides on the complete reports."""
    timer = threading.Timer(0.7, cluster.kill_worker, args=(FAST,))
    timer.start()
    verdict = cluster.judge("attachments=slow urls=bad")
    timer.join()
    try:
        assert verdict.action is Action.REJECT
        assert verdict.decided_by == "front"
        assert not verdict.partial
    finally:
        cluster.start_worker(FAST)
    assert eventually(lambda: not cluster.judge("content=clean urls=clean").partial, seconds=30)


def test_retry_after_a_deferral_reuses_the_reports(cluster: Cluster) -> None:
    """The first delivery is deferred for a pool that is missing; the next one finds what was scanned."""
    subject = b" content=clean urls=clean attachments=slow"

    def deliver(body: bytes) -> Verdict:
        submission = cluster.pipeline.begin()
        submission.header(b"Received", b" from somewhere at " + str(time.time()).encode())
        submission.header(b"Subject", subject)
        submission.body(body)
        verdict = submission.verdict(ENVELOPE, truncated=False, progress=lambda: None)
        submission.close()
        return verdict

    cluster.kill_worker(FAST)
    timer = threading.Timer(1.0, cluster.start_worker, args=(FAST,))
    timer.start()
    first = deliver(b"the same bytes\r\n")
    timer.join()
    assert first.action in (Action.TEMPFAIL, Action.ACCEPT)
    assert eventually(lambda: not cluster.judge("content=clean urls=clean").partial, seconds=30)
    second = deliver(b"the same bytes\r\n")
    assert second.action is Action.ACCEPT
    assert second.id != first.id


def test_nothing_is_deferred_for_ever(cluster: Cluster) -> None:
    actions = []
    for _ in range(6):
        submission = cluster.pipeline.begin()
        submission.header(b"Subject", b" content=raise poison")
        submission.body(b"same\r\n")
        actions.append(submission.verdict(ENVELOPE, truncated=False, progress=lambda: None).action)
        submission.close()
    assert actions == [Action.TEMPFAIL] * 5 + [Action.QUARANTINE]


def test_what_waits_to_be_written_is_written_before_a_worker_ends() -> None:
    with Cluster(counted_every=3_600) as cluster:
        for _ in range(3):
            cluster.judge("content=clean")
        assert "pool.content.ok" not in cluster.state.counts()
        cluster.end_worker(FAST)
        assert cluster.state.counts()["pool.content.ok"] >= 3
