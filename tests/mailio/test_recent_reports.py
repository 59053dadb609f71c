"""Reports of recent messages, read from a real server while it is at work."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from mailcore.errors import StoreUnavailable
from mailcore.message import Envelope
from mailcore.plan import Plan
from mailcore.verdict import PoolReport, PoolStatus
from mailio.message_store import Job, RedisMessageStore
from mailio.recent_reports import recent_reports
from mailio.redis_client import PREFIX
from tests.redis_server import RedisServer

pytestmark = pytest.mark.system

REPORT = PoolReport(pool="content", status=PoolStatus.OK)
JOB = Job(envelope=Envelope(recipients=("b@example.net",)), submitted_at=1.0, deadline_at=21.0, reply_to="replies")


@pytest.fixture
def server() -> Iterator[RedisServer]:
    with RedisServer() as running:
        yield running


def save(server: RedisServer, message_id: str, *, plan: bool = True, job: bool = True) -> None:
    store = RedisMessageStore(server.client())
    if job:
        store.submit(message_id, JOB, b"raw", appended=0, seconds=60)
    if plan:
        with store.stream(message_id, seconds=60) as stream:
            stream.save_plan(Plan(expected=("content",)))
            stream.settle()
    store.save(message_id, REPORT, seconds=60)


def test_messages_with_a_plan_are_there_with_their_recipients(server: RedisServer) -> None:
    save(server, "one")
    save(server, "two", job=False)
    save(server, "without-a-plan", plan=False)
    found = {each.id: each for each in recent_reports(server.client(), limit=10)}
    assert set(found) == {"one", "two"}
    assert (found["one"].recipients, found["two"].recipients) == (("b@example.net",), ())
    assert found["one"].reports == (REPORT,)
    assert found["one"].plan.expected == ("content",)


def test_at_most_as_many_as_are_asked_for(server: RedisServer) -> None:
    for number in range(30):
        save(server, f"m{number}")
    assert len(list(recent_reports(server.client(), limit=7))) == 7


def test_what_another_version_wrote_is_passed_over(server: RedisServer) -> None:
    save(server, "one")
    server.client().hset(f"{PREFIX}other:reports", b"", b"\xc1")  # type: ignore[arg-type]
    assert [each.id for each in recent_reports(server.client(), limit=10)] == ["one"]


def test_a_server_that_is_away_is_said(server: RedisServer) -> None:
    client = server.client()
    server.kill()
    with pytest.raises(StoreUnavailable):
        list(recent_reports(client, limit=10))
