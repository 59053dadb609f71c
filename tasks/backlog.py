"""Waiting messages that an intake task works off beside its own, while there is a backlog.

A task through Celery costs about as much as scanning a plain mail. When messages wait anyway, a process that just
ended one takes the next from the queue itself. Nothing is lost by it: what was taken is noted in the same step under
the task that took it, and when that task is delivered again because its worker died, the message goes back into the
queue as a task of its own.
"""

from __future__ import annotations

from typing import cast

import msgspec
import redis
import structlog
from msgspec import Struct

from mailio.redis_client import PREFIX, translating_errors
from tasks.queues import INTAKE

log = structlog.get_logger("mailchord.backlog")

# Long enough for any backlog, short enough that the end of a task is never far.
MOST_TAKEN = 30
LONGEST_SECONDS = 0.5

# The note outlives every deadline; it goes away with the task that wrote it.
NOTE_SECONDS = 900

TAKE = """
local task = redis.call('RPOP', KEYS[1])
if task then
  redis.call('SET', KEYS[2], task, 'EX', ARGV[1])
else
  redis.call('DEL', KEYS[2])
end
return task
"""

GIVE_BACK = """
local task = redis.call('GETDEL', KEYS[2])
if task then
  redis.call('RPUSH', KEYS[1], task)
end
return task
"""


class WaitingHeaders(Struct, frozen=True):
    task: str = ""
    id: str = ""
    eta: str | None = None


class WaitingTask(Struct, frozen=True):
    """As much of a waiting task as is needed to see that it is one of ours."""

    headers: WaitingHeaders = WaitingHeaders()

    @property
    def is_plain_intake(self) -> bool:
        return self.headers.task == INTAKE and bool(self.headers.id) and self.headers.eta is None


_decoder = msgspec.json.Decoder(WaitingTask)


class Backlog:
    """The queue of intake tasks, for one worker. Raises StoreUnavailable."""

    def __init__(self, client: redis.Redis) -> None:
        self._redis = client
        self._take = client.register_script(TAKE)
        self._give_back = client.register_script(GIVE_BACK)

    @translating_errors
    def take(self, taker: str) -> str | None:
        """The id of the next waiting message, noted under the task `taker`; None when none waits."""
        task = cast("bytes | None", self._take(keys=[INTAKE, _note(taker)], args=[NOTE_SECONDS]))
        if task is None:
            return None
        try:
            waiting = _decoder.decode(task)
        except msgspec.DecodeError:
            waiting = WaitingTask()
        if waiting.is_plain_intake:
            return waiting.headers.id
        # Somebody else's task, or one for later: Celery knows what to do with it.
        self._give_back(keys=[INTAKE, _note(taker)])
        return None

    @translating_errors
    def give_back(self, taker: str) -> None:
        """Put what that task had taken when its worker died back into the queue, as the next in line."""
        if self._give_back(keys=[INTAKE, _note(taker)]) is not None:
            log.warning("given back", taker=taker)

    @translating_errors
    def done(self, taker: str) -> None:
        """What was taken last is done; the task ends."""
        self._redis.delete(_note(taker))


def _note(taker: str) -> str:
    return f"{PREFIX}taken:{taker}"
