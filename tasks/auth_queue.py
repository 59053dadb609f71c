"""Messages that wait for the DNS: from intake to the workers of the pool `auth`, and back."""

from __future__ import annotations

import time

import redis

from mailcore.settings import AUTH
from mailio.redis_client import translating_errors
from tasks.publishing import age_of_next, intake_message, task_message
from tasks.queues import INTAKE, scan_task

# Where messages wait longer than this for a worker of `auth`, the next ones are judged without it: there are too few
# of these workers, or none at all, and mail must not wait for them until its deadline.
OVERDUE_SECONDS = 2.0


class AuthQueue:
    """The queue of the pool `auth`. Raises StoreUnavailable."""

    def __init__(self, client: redis.Redis) -> None:
        self._redis = client

    @property
    @translating_errors
    def is_overdue(self) -> bool:
        """Whether the one that is next in line has waited for too long."""
        return age_of_next(self._redis, AUTH) > OVERDUE_SECONDS

    @translating_errors
    def hand_over(self, message_id: str) -> None:
        """For a worker that may wait for the DNS."""
        now = time.time()
        self._redis.lpush(
            AUTH, task_message(scan_task(AUTH), f"{message_id}.{AUTH}", message_id, now, queue=AUTH, now=now)
        )

    @translating_errors
    def hand_back(self, message_id: str, *, submitted_at: float) -> None:
        """To intake, as the next in line: it has waited there before, which its age says too."""
        self._redis.rpush(INTAKE, intake_message(message_id, now=submitted_at))
