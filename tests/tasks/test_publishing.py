"""The hand-written task is what Celery itself would have written."""

from __future__ import annotations

import base64
import json
import time
from typing import Any

import pytest
from celery import Celery
from kombu.entity import Queue

from tasks.publishing import IntakePublisher, intake_message
from tasks.queues import INTAKE
from tests.redis_server import RedisServer

# What differs from one publisher, host or task to the next.
VARYING_HEADERS = {"origin", "mailchord_published_at"}
VARYING_PROPERTIES = {"reply_to", "delivery_tag"}


@pytest.mark.system
def test_same_fields_and_values_as_celery_writes() -> None:
    with RedisServer() as server:
        app = Celery(
            "reference", broker=server.url().replace("unix://", "redis+socket://").replace("db=", "virtual_host=")
        )
        app.conf.task_queues = [Queue(INTAKE, routing_key=INTAKE)]
        app.send_task(INTAKE, args=["id-1"], task_id="id-1", queue=INTAKE, ignore_result=True)
        app.close()
        theirs: dict[str, Any] = json.loads(server.client().lpop(INTAKE))
    ours = json.loads(intake_message("id-1", now=1.0))
    assert without(ours["headers"], VARYING_HEADERS) == without(theirs["headers"], VARYING_HEADERS)
    assert without(ours["properties"], VARYING_PROPERTIES) == without(theirs["properties"], VARYING_PROPERTIES)
    assert body(ours) == body(theirs)
    assert ours.keys() == theirs.keys()
    assert {ours[key] for key in ("content-type", "content-encoding")} == {"application/json", "utf-8"}


def without(mapping: dict[str, Any], names: set[str]) -> dict[str, Any]:
    # argsrepr of a list or a tuple differs in its brackets only.
    return {
        key: str(value).strip("[](),") if key == "argsrepr" else value
        for key, value in mapping.items()
        if key not in names
    }


def body(message: dict[str, Any]) -> Any:
    return json.loads(base64.b64decode(message["body"]))


@pytest.mark.system
def test_age_of_the_oldest_task() -> None:
    with RedisServer() as server:
        publisher = IntakePublisher(server.client())
        assert publisher.oldest_waiting_seconds() == 0.0
        server.client().lpush(INTAKE, intake_message("old", now=time.time() - 30))
        publisher.publish("new")
        assert 29 < publisher.oldest_waiting_seconds() < 40


@pytest.mark.system
def test_task_of_another_publisher_has_no_age() -> None:
    with RedisServer() as server:
        server.client().lpush(INTAKE, json.dumps({"headers": {"task": INTAKE}, "body": ""}))
        assert IntakePublisher(server.client()).oldest_waiting_seconds() == 0.0


@pytest.mark.system
@pytest.mark.parametrize("garbage", [b"\xff", b"[]", b'{"headers": {"mailchord_published_at": "soon"}}'])
def test_garbage_has_no_age(garbage: bytes) -> None:
    with RedisServer() as server:
        server.client().lpush(INTAKE, garbage)
        assert IntakePublisher(server.client()).oldest_waiting_seconds() == 0.0
