"""Redis stopped, restarted, full, slow: tempfail or policy, and recovery without a restart of ours."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator

import pytest
import redis

from mailcore.errors import StoreUnavailable
from mailcore.verdict import Action, Verdict
from tasks.publishing import intake_message
from tasks.queues import INTAKE
from tests.tasks.cluster import Cluster, eventually

pytestmark = [pytest.mark.system, pytest.mark.chaos]


@pytest.fixture(scope="module")
def running() -> Iterator[Cluster]:
    with Cluster() as started:
        yield started


@pytest.fixture
def cluster(running: Cluster) -> Cluster:
    """One for all tests: each leaves it well, with Redis and the workers that it stopped running again."""
    assert works_again(running)
    assert eventually(lambda: running.pipeline.pressure() == "")
    return running


def works_again(cluster: Cluster) -> bool:
    return eventually(lambda: not cluster.judge("content=clean urls=clean").partial, seconds=40)


def test_stopped_and_started_again(cluster: Cluster) -> None:
    cluster.redis.kill()
    began = time.monotonic()
    assert cluster.judge("content=clean").action is Action.TEMPFAIL
    assert time.monotonic() - began < 1.0, "no waiting for what is not there"
    assert eventually(lambda: "broker is away" in cluster.pipeline.pressure())
    cluster.redis.start()
    assert works_again(cluster)
    assert eventually(lambda: cluster.pipeline.pressure() == "")


def test_restarted_while_a_message_is_scanned(cluster: Cluster) -> None:
    """The restart is in this thread: a server ends with the thread that started it."""
    verdicts: list[Verdict] = []
    message = threading.Thread(target=lambda: verdicts.append(cluster.judge("content=clean attachments=slow")))
    began = time.monotonic()
    message.start()
    time.sleep(0.5)
    cluster.redis.kill()
    cluster.redis.start()
    message.join(20)
    assert time.monotonic() - began < cluster.deadline + 1.5
    assert [verdict.action for verdict in verdicts] == [Action.TEMPFAIL]
    assert works_again(cluster)


def test_frozen_while_a_message_is_scanned(cluster: Cluster) -> None:
    timer = threading.Timer(0.5, cluster.redis.freeze)
    timer.start()
    began = time.monotonic()
    verdict = cluster.judge("content=clean attachments=slow")
    timer.join()
    assert time.monotonic() - began < cluster.deadline + 1.5
    assert verdict.action is Action.TEMPFAIL
    assert eventually(lambda: "broker is away" in cluster.pipeline.pressure())
    cluster.redis.thaw()
    assert works_again(cluster)


def test_full(cluster: Cluster) -> None:
    hog = cluster.redis.client(5)
    for size in (1_000_000, 30_000, 300):
        fill(hog, size)
    assert cluster.judge("content=clean").action is Action.TEMPFAIL
    assert eventually(lambda: "memory" in cluster.pipeline.pressure())
    submission = cluster.pipeline.begin()
    with pytest.raises(StoreUnavailable):
        submission.body(b"x" * 5_000_000)
    submission.close()
    hog.flushdb()
    assert works_again(cluster)
    assert eventually(lambda: cluster.pipeline.pressure() == "")


def test_old_queue_is_pressure(cluster: Cluster) -> None:
    """Published before as much time as a message may wait, and nobody takes it."""
    long_ago = time.time() - cluster.pipeline.settings.redis.queue_age_seconds
    with cluster.frozen_workers():
        # Redis hands the first to the worker, which waits for it, frozen or not.
        for _ in range(3):
            cluster.redis.client(0).lpush(INTAKE, intake_message("waits-for-ever", now=long_ago))
        assert eventually(lambda: "has waited" in cluster.pipeline.pressure())


def fill(client: redis.Redis, size: int) -> None:
    with contextlib.suppress(redis.OutOfMemoryError):
        for number in range(100_000):
            client.set(f"hog-{size}-{number}", b"x" * size)
