"""Taking waiting messages beside one's own, and giving them back."""

from __future__ import annotations

import json

import pytest
import redis

from tasks.backlog import Backlog
from tasks.publishing import intake_message
from tasks.queues import INTAKE
from tests.redis_server import RedisServer

pytestmark = pytest.mark.system


@pytest.fixture
def client(server: RedisServer) -> redis.Redis:
    client = server.client()
    client.flushall()
    return client


def publish(client: redis.Redis, *ids: str) -> None:
    for message_id in ids:
        client.lpush(INTAKE, intake_message(message_id, now=1.0))


def test_takes_in_the_order_of_the_queue(client: redis.Redis) -> None:
    publish(client, "first", "second")
    backlog = Backlog(client)
    assert [backlog.take("me"), backlog.take("me"), backlog.take("me")] == ["first", "second", None]


def test_what_was_taken_last_goes_back_as_the_next_in_line(client: redis.Redis) -> None:
    publish(client, "first", "second", "third")
    backlog = Backlog(client)
    backlog.take("me")
    backlog.take("me")
    Backlog(client).give_back("me")
    assert [backlog.take("other"), backlog.take("other")] == ["second", "third"]


def test_given_back_once_only(client: redis.Redis) -> None:
    publish(client, "first")
    backlog = Backlog(client)
    backlog.take("me")
    backlog.give_back("me")
    backlog.give_back("me")
    assert client.llen(INTAKE) == 1


@pytest.mark.parametrize("end", ["queue empty", "done"])
def test_what_was_done_does_not_go_back(client: redis.Redis, end: str) -> None:
    publish(client, "first")
    backlog = Backlog(client)
    backlog.take("me")
    if end == "done":
        backlog.done("me")
    else:
        assert backlog.take("me") is None
    backlog.give_back("me")
    assert client.llen(INTAKE) == 0


def test_takers_do_not_give_back_each_others(client: redis.Redis) -> None:
    publish(client, "first", "second")
    backlog = Backlog(client)
    backlog.take("me")
    backlog.take("other")
    backlog.give_back("me")
    assert [backlog.take("third"), backlog.take("third")] == ["first", None]


@pytest.mark.parametrize(
    "task",
    [
        pytest.param(b"not json", id="garbage"),
        pytest.param(json.dumps({"headers": {"task": "scan.ocr", "id": "x"}}).encode(), id="another task"),
        pytest.param(
            json.dumps({"headers": {"task": "intake", "id": "x", "eta": "2030-01-01"}}).encode(), id="for later"
        ),
        pytest.param(json.dumps({"headers": {"task": "intake"}}).encode(), id="without id"),
    ],
)
def test_leaves_to_celery_what_is_not_a_plain_intake_task(client: redis.Redis, task: bytes) -> None:
    client.lpush(INTAKE, task)
    assert Backlog(client).take("me") is None
    assert client.lrange(INTAKE, 0, -1) == [task]
