"""Cages of real Celery workers: what breaks a parser costs its message, not the worker's child."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from mailcore.verdict import Action, PoolStatus, Verdict
from tests.tasks.cluster import SLOW, Cluster, children_of, eventually

pytestmark = pytest.mark.system


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    with Cluster(caged=True) as running:
        yield running


def report_of(verdict: Verdict, pool: str) -> tuple[PoolStatus, str]:
    (found,) = [(report.status, report.reason) for report in verdict.pools if report.pool == pool]
    return found


def lives(pid: int) -> bool:
    """Not counting what has ended and was not waited for: a container may have nobody who does."""
    process = Path(f"/proc/{pid}/stat")
    return process.exists() and ") Z " not in process.read_text()


def cages_of(cluster: Cluster) -> list[int]:
    return [cage for child in children_of(cluster.workers[SLOW].pid) for cage in children_of(child)]


@pytest.mark.parametrize(
    ("word", "status", "reason"),
    [
        ("crash", PoolStatus.FAILED, "SIGSEGV"),
        ("eat", PoolStatus.FAILED, "MemoryError"),
        ("raise", PoolStatus.FAILED, "RuntimeError: a bug in a pool"),
        ("die", PoolStatus.FAILED, "Operation not permitted"),
        ("hang", PoolStatus.TIMED_OUT, ""),
        ("spin", PoolStatus.TIMED_OUT, ""),
    ],
)
@pytest.mark.parametrize("pool", ["attachments", "ocr"])
def test_a_message_that_breaks_its_parser_is_named_and_the_worker_lives(
    cluster: Cluster, pool: str, word: str, status: PoolStatus, reason: str
) -> None:
    children = children_of(cluster.workers[SLOW].pid)
    verdict = cluster.judge(f"{pool}={word} content=clean")
    assert report_of(verdict, pool)[0] is status
    assert reason in report_of(verdict, pool)[1]
    # A fresh cage has to start meanwhile: with much else to do the next answer may come at the deadline.
    assert eventually(lambda: cluster.judge(f"{pool}=bad").action in (Action.REJECT, Action.QUARANTINE), seconds=60)
    assert eventually(lambda: report_of(cluster.judge(f"{pool}=clean"), pool)[0] is PoolStatus.OK, seconds=60)
    assert children_of(cluster.workers[SLOW].pid) == children


def test_a_child_that_is_killed_takes_its_cage_along(cluster: Cluster) -> None:
    cluster.judge("attachments=clean")
    before = cages_of(cluster)
    assert before
    cluster.kill_children(SLOW)
    assert eventually(lambda: not any(map(lives, before)))
    assert eventually(lambda: not cluster.judge("attachments=clean").partial)


def test_a_worker_that_ends_leaves_no_cage_behind(cluster: Cluster) -> None:
    cluster.judge("attachments=clean ocr=clean")
    cages = cages_of(cluster)
    assert cages
    worker = cluster.workers.pop(SLOW)
    # As a service manager does: everybody in the group is told at once, cages too.
    for pid in cages:
        os.kill(pid, signal.SIGTERM)
    worker.terminate()
    worker.wait(20)
    cluster.start_worker(SLOW)
    cluster.warm_up()
    assert eventually(lambda: not any(map(lives, cages)))
