"""Tasks written to the broker by hand: one LPUSH of a message that is mostly the same every time.

Celery's own publisher costs about four times as much, which is as much as parsing a mail. The form is protocol 2
of Celery and the Redis transport of kombu (docs.celeryq.dev, "Message Protocol"); a test compares it, field by
field, with what Celery itself writes.
"""

from __future__ import annotations

import base64
import time
import uuid
from typing import cast

import msgspec
import redis

from mailio.redis_client import memory_share, translating_errors
from tasks.queues import INTAKE


class PublishedHeaders(msgspec.Struct):
    """The part of a waiting task that tells its age. Written by us, read by us; Celery ignores it."""

    mailchord_published_at: float = 0.0


class Published(msgspec.Struct):
    headers: PublishedHeaders


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Published)


def intake_message(message_id: str, *, now: float) -> bytes:
    """The broker's form of one intake task; the task's id is the message's id."""
    return task_message(INTAKE, message_id, message_id, queue=INTAKE, now=now)


def task_message(task: str, task_id: str, *arguments: str | float, queue: str, now: float) -> bytes:
    """The broker's form of a task without a result. `now` is from when on it waits, in seconds since the epoch."""
    body = b'[%b, {}, {"callbacks": null, "errbacks": null, "chain": null, "chord": null}]' % _encoder.encode(arguments)
    return _encoder.encode(
        {
            "body": base64.b64encode(body).decode(),
            "content-encoding": "utf-8",
            "content-type": "application/json",
            "headers": {
                "lang": "py",
                "task": task,
                "id": task_id,
                "shadow": None,
                "eta": None,
                "expires": None,
                "group": None,
                "group_index": None,
                "retries": 0,
                "timelimit": [None, None],
                "root_id": task_id,
                "parent_id": None,
                "argsrepr": repr(arguments),
                "kwargsrepr": "{}",
                "origin": "mailchord",
                "ignore_result": True,
                "replaced_task_nesting": 0,
                "stamped_headers": None,
                "stamps": {},
                "mailchord_published_at": now,
            },
            "properties": {
                "correlation_id": task_id,
                "reply_to": "",
                "delivery_mode": 2,
                "delivery_info": {"exchange": "", "routing_key": queue},
                "priority": 0,
                "body_encoding": "base64",
                "delivery_tag": str(uuid.uuid4()),
            },
        }
    )


class IntakePublisher:
    """Publishes intake tasks and knows how long the oldest one waits."""

    def __init__(self, client: redis.Redis) -> None:
        self._redis = client

    @translating_errors
    def publish(self, message_id: str) -> None:
        self._redis.lpush(INTAKE, intake_message(message_id, now=time.time()))

    @translating_errors
    def oldest_waiting_seconds(self) -> float:
        """Age of the task that is next in line; 0 when none waits, or when it is not one of ours."""
        return age_of_next(self._redis, INTAKE)

    @translating_errors
    def memory_share(self) -> float:
        return memory_share(self._redis)


def age_of_next(client: redis.Redis, queue: str) -> float:
    """Seconds for which the task that is next in line has waited; 0 when none waits, or it is not one of ours."""
    task = cast("bytes | None", client.lindex(queue, -1))
    if task is None:
        return 0.0
    try:
        published_at = _decoder.decode(task).headers.mailchord_published_at
    except msgspec.DecodeError:
        # Who asks must live on: what it said last would stand for ever.
        return 0.0
    return time.time() - published_at if published_at else 0.0
