"""Plan, reports and verdict of one message, written to Redis without waiting for each answer.

Every step to Redis costs two switches between processes, which is more than the command itself. A task that runs its
pools one after the other sends the reports as the pools end, those of the same few milliseconds together, and
reads the answers when it is done.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterable
from types import TracebackType
from typing import Any, cast

import redis
from redis.exceptions import NoScriptError

from mailcore.plan import Plan
from mailcore.verdict import PoolReport, Verdict
from mailcore.wire import decode, encode
from mailio.redis_client import PREFIX, translating_errors

# Reports that come this close together go out together. A pool that takes longer than that is preceded by `flush`.
TOGETHER_SECONDS = 0.005

PLAN_FIELD = b""

# The first writer wins; the waiting front hears of it in the same step. A reply list whose front died goes away.
CLAIM = """
if redis.call('SET', KEYS[1], ARGV[1], 'NX', 'EX', ARGV[2]) then
  if KEYS[2] ~= '' then
    redis.call('RPUSH', KEYS[2], ARGV[1])
    redis.call('EXPIRE', KEYS[2], 120)
  end
  return false
end
return redis.call('GET', KEYS[1])
"""
CLAIM_SHA = hashlib.sha1(CLAIM.encode(), usedforsecurity=False).hexdigest()


class ReportStream:
    """Use it with `with`; `claim` or `settle` must be the last call. Raises StoreUnavailable like the store."""

    def __init__(self, client: redis.Redis, message_id: str, ttl: int) -> None:
        self._client = client
        self._reports = f"{PREFIX}{message_id}:reports"
        self._verdict = f"{PREFIX}{message_id}:verdict"
        self._ttl = ttl
        self._unsent: list[tuple[Any, ...]] = []
        self._unread = 0
        self._sent_at = 0.0
        self._connection: Any = None

    @translating_errors
    def __enter__(self) -> ReportStream:
        self._connection = self._client.connection_pool.get_connection()
        self._sent_at = time.monotonic()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # A connection with unread answers would hand them to the next one who uses it.
        if self._unread:
            self._connection.disconnect()
        self._client.connection_pool.release(self._connection)

    @translating_errors
    def save_plan(self, plan: Plan, reports: Iterable[PoolReport] = ()) -> None:
        """The plan, and reports that an earlier delivery of the same message already yielded."""
        fields: list[bytes] = [PLAN_FIELD, encode(plan)]
        for report in reports:
            fields += [report.pool.encode(), encode(report)]
        self._unsent += [("HSET", self._reports, *fields), ("EXPIRE", self._reports, self._ttl, "NX")]

    @translating_errors
    def save(self, report: PoolReport) -> None:
        self._unsent.append(("HSET", self._reports, report.pool, encode(report)))
        if time.monotonic() - self._sent_at > TOGETHER_SECONDS:
            self._send()

    @translating_errors
    def flush(self) -> None:
        """What was saved so far is in Redis whatever comes next."""
        if self._unsent:
            self._send()

    @translating_errors
    def claim(self, verdict: Verdict, *, reply_to: str) -> Verdict:
        """Write the verdict unless there is one; returns the one that stands."""
        arguments = (2, self._verdict, reply_to, encode(verdict), self._ttl)
        self._unsent.append(("EVALSHA", CLAIM_SHA, *arguments))
        self._send()
        try:
            standing = self._read()[-1]
        except NoScriptError:
            self._unsent.append(("EVAL", CLAIM, *arguments))
            self._send()
            standing = self._read()[-1]
        return verdict if standing is None else decode(cast(bytes, standing), Verdict)

    @translating_errors
    def settle(self) -> None:
        """Send what is unsent and read the answers that are still out."""
        if self._unsent:
            self._send()
        self._read()

    def _send(self) -> None:
        commands, self._unsent = self._unsent, []
        self._unread += len(commands)
        self._connection.send_packed_command(self._connection.pack_commands(commands))
        self._sent_at = time.monotonic()

    def _read(self) -> list[Any]:
        """Every unread answer, in order; raises the first error among them after all are read."""
        answers: list[Any] = []
        problem: redis.ResponseError | None = None
        while self._unread:
            try:
                answers.append(self._connection.read_response())
            except redis.ResponseError as error:
                problem = problem or error
            self._unread -= 1
        if problem is not None:
            raise problem
        return answers
