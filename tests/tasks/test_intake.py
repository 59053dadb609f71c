"""The tasks as plain functions, on a real store, with a fan-out that only notes what it was told."""

from __future__ import annotations

import time
from collections.abc import Sequence

import pytest
from msgspec import structs

from mailcore.plan import Plan
from mailcore.settings import Settings
from mailcore.verdict import PoolReport, PoolStatus
from mailio.message_store import Job, RedisMessageStore
from mailio.state import Counters, RedisState
from tasks.aggregate import aggregate
from tasks.equipment import Equipment
from tasks.intake import MAX_ATTEMPTS, intake
from tasks.scan import is_for_later, scan
from tests.redis_server import RedisServer
from tests.tasks.cluster import ENVELOPE
from tests.tasks.pools_for_tests import scanner_for_tests, settings_for_tests

pytestmark = pytest.mark.system


def equipment_on(server: RedisServer, state: RedisServer) -> Equipment:
    server.client().flushall()
    settings = settings_for_tests(server.url())
    durable = RedisState(state.client(2, timeout=0.5))
    return Equipment(
        settings=settings,
        scanner=scanner_for_tests(settings),
        store=RedisMessageStore(server.client(1)),
        state=durable,
        counters=Counters(durable),
    )


def submit(
    equipment: Equipment, subject: str, *, left: float = 5.0, previous: str = "", truncated: bool = False
) -> None:
    now = time.time()
    job = Job(
        envelope=ENVELOPE, submitted_at=now, deadline_at=now + left, reserve=0.5, previous=previous, truncated=truncated
    )
    raw = f"Subject: {subject}\r\n\r\ntext\r\n".encode()
    equipment.store.submit("id-1", job, raw, appended=0, seconds=30)


def no_fan_out(_message_id: str, pools: Sequence[str]) -> None:
    raise AssertionError(pools)


def no_late_work(_message_id: str, pool: str) -> None:
    raise AssertionError(pool)


@pytest.mark.parametrize("truncated", [False, True], ids=["whole", "truncated"])
def test_complete_reports_of_an_earlier_delivery_count_for_the_same_whole_message(
    server: RedisServer, truncated: bool
) -> None:
    """What was read of a truncated message may be the whole of the one before, and the rest anything at all."""
    equipment = equipment_on(server, server)
    earlier = PoolReport(pool="content", status=PoolStatus.OK, reason="of the first delivery")
    with equipment.store.stream("id-0", seconds=30) as stream:
        stream.save_plan(Plan(expected=("content",), version="test-1"), [earlier])
        stream.settle()
    submit(equipment, "content=clean", previous="id-0", truncated=truncated)
    intake("id-1", equipment, no_fan_out)
    verdict = equipment.store.standing("id-1")
    assert verdict is not None
    assert verdict.partial == truncated
    assert (next(pool for pool in verdict.pools if pool.pool == "content").reason == earlier.reason) != truncated


def test_lists_of_links_are_asked_again_at_each_delivery(server: RedisServer) -> None:
    equipment = equipment_on(server, server)
    earlier = PoolReport(pool="urls", status=PoolStatus.OK, reason="of the first delivery")
    with equipment.store.stream("id-0", seconds=30) as stream:
        stream.save_plan(Plan(expected=("urls",), version="test-1"), [earlier])
        stream.settle()
    submit(equipment, "urls=clean", previous="id-0")
    asked: list[str] = []
    intake("id-1", equipment, lambda _message_id, pools: asked.extend(pools))
    assert asked == ["urls"]


def test_message_that_no_worker_survives_is_answered_though_state_is_away(server: RedisServer) -> None:
    away = RedisServer()
    equipment = equipment_on(server, away)
    submit(equipment, "content=clean")
    for _ in range(MAX_ATTEMPTS):
        equipment.store.claim_check("id-1", "intake", seconds=30)
    intake("id-1", equipment, no_fan_out)
    verdict = equipment.store.standing("id-1")
    assert verdict is not None
    assert {pool.status for pool in verdict.pools} == {PoolStatus.FAILED}


def test_pool_that_no_worker_survives_is_reported_though_state_is_away(server: RedisServer) -> None:
    away = RedisServer()
    equipment = equipment_on(server, away)
    submit(equipment, "ocr=clean")
    for _ in range(MAX_ATTEMPTS):
        equipment.store.job("id-1", "scan.ocr", seconds=30)
    scan("id-1", "ocr", time.time(), equipment, no_late_work)
    assert [report.status for report in equipment.store.load("id-1")] == [PoolStatus.FAILED]


@pytest.mark.parametrize(
    ("pool", "status", "late"),
    [
        ("sandbox", PoolStatus.TIMED_OUT, True),
        ("sandbox", PoolStatus.PARTIAL, False),
        ("sandbox", PoolStatus.FAILED, False),
        ("sandbox", PoolStatus.OK, False),
        ("attachments", PoolStatus.TIMED_OUT, False),  # mail waits for it: its sender comes again
        ("content", PoolStatus.TIMED_OUT, False),  # there is no late path for it
    ],
)
def test_a_pool_whose_own_limit_struck_looks_again_where_no_answer_waits_for_it(
    server: RedisServer, pool: str, status: PoolStatus, late: bool
) -> None:
    equipment = structs.replace(equipment_on(server, server), settings=Settings())
    assert is_for_later(PoolReport(pool=pool, status=status), equipment) is late


@pytest.mark.parametrize(("pool", "late"), [("sandbox", True), ("attachments", False), ("content", False)])
def test_a_pool_that_had_no_more_time_for_a_part_looks_again_too(server: RedisServer, pool: str, late: bool) -> None:
    equipment = structs.replace(equipment_on(server, server), settings=Settings())
    report = PoolReport(pool=pool, status=PoolStatus.PARTIAL, is_cut_short=True)
    assert is_for_later(report, equipment) is late


def test_answer_outlives_the_late_work_that_is_compared_with_it(server: RedisServer) -> None:
    """Late work waits in its queue like all other; where the answer had expired, what it found was told to nobody."""
    equipment = equipment_on(server, server)
    submit(equipment, "ocr=clean", left=0.4)
    late: list[str] = []
    scan("id-1", "ocr", time.time(), equipment, lambda _message_id, pool: late.append(pool))
    aggregate("id-1", equipment)
    assert late == ["ocr"]
    answer, job = (server.client(1).ttl(f"mailchord:id-1:{what}") for what in ("verdict", "job"))
    assert answer >= job + equipment.settings.pools["ocr"].late_seconds
