"""Durable state in Redis: counters, events, dead letters, and what is known of deferred deliveries."""

from __future__ import annotations

import threading
import time
from typing import Any, cast

import msgspec
import redis
from msgspec import Struct

from mailcore.errors import StoreUnavailable
from mailcore.verdict import PoolReport, Verdict
from mailio.flush_timer import FlushTimer
from mailio.redis_client import PREFIX, translating_errors

COUNTERS = PREFIX + "counters"
EVENTS = PREFIX + "events"
DEAD_LETTERS = PREFIX + "dead-letters"
CONFIGURATION = PREFIX + "configuration"

# Enough for somebody to look at after a bad night, small enough for a database that must never evict.
MAX_EVENTS = 10_000
MAX_DEAD_LETTERS = 200

# Postfix gives up after 5 days (maximal_queue_lifetime), Sendmail too: after that no delivery is a retry.
RETRY_MEMORY_SECONDS = 5 * 86_400


class DeadLetter(Struct, frozen=True, kw_only=True):
    """A message that killed its worker more than once."""

    id: str
    task: str
    attempts: int
    at: float
    sender: str = ""
    recipients: tuple[str, ...] = ()
    client_address: str = ""
    queue_id: str = ""
    size: int = 0
    sha256: str = ""


class AnnouncedConfiguration(Struct, frozen=True, kw_only=True):
    """The version of the configuration that every part should have; `number` counts announcements."""

    number: int
    version: str


class RedisState:
    """The durable state. Every method raises StoreUnavailable when it cannot be reached."""

    def __init__(self, client: redis.Redis) -> None:
        self._redis = client

    @translating_errors
    def count_deferral(self, fingerprint: str) -> int:
        """Counts one more deferral of the message with that fingerprint; returns how many there were before."""
        with self._redis.pipeline(transaction=False) as pipe:
            pipe.incr(f"{PREFIX}deferrals:{fingerprint}")
            pipe.expire(f"{PREFIX}deferrals:{fingerprint}", RETRY_MEMORY_SECONDS)
            return int(pipe.execute()[0]) - 1

    @translating_errors
    def raise_event(self, kind: str, **fields: str | float) -> None:
        """Append to the stream of events (`late verdict` ...), for whoever follows it."""
        entry: dict[Any, Any] = {"kind": kind, "at": time.time(), **fields}
        self._redis.xadd(EVENTS, entry, maxlen=MAX_EVENTS, approximate=True)

    @translating_errors
    def bury(self, letter: DeadLetter) -> None:
        with self._redis.pipeline(transaction=False) as pipe:
            pipe.lpush(DEAD_LETTERS, msgspec.json.encode(letter))
            pipe.ltrim(DEAD_LETTERS, 0, MAX_DEAD_LETTERS - 1)
            pipe.execute()

    @translating_errors
    def dead_letters(self) -> tuple[DeadLetter, ...]:
        entries = cast("list[bytes]", self._redis.lrange(DEAD_LETTERS, 0, -1))
        return tuple(msgspec.json.decode(entry, type=DeadLetter) for entry in entries)

    @translating_errors
    def announce_configuration(self, version: str) -> int:
        """Tell every part to read its files again; returns the number of the announcement."""
        with self._redis.pipeline(transaction=True) as pipe:
            pipe.hincrby(CONFIGURATION, "number", 1)
            pipe.hset(CONFIGURATION, mapping={"version": version, "at": time.time()})
            return int(pipe.execute()[0])

    @translating_errors
    def announced_configuration(self) -> AnnouncedConfiguration | None:
        """The last announcement; None when there was none yet."""
        number, version = cast("list[bytes | None]", self._redis.hmget(CONFIGURATION, ["number", "version"]))
        if number is None or version is None:
            return None
        return AnnouncedConfiguration(number=int(number), version=version.decode())

    @translating_errors
    def add_counts(self, counts: dict[str, float]) -> None:
        with self._redis.pipeline(transaction=False) as pipe:
            for name, amount in counts.items():
                pipe.hincrbyfloat(COUNTERS, name, amount)
            pipe.execute()

    @translating_errors
    def counts(self) -> dict[str, float]:
        fields = cast("dict[bytes, bytes]", self._redis.hgetall(COUNTERS))
        return {name.decode(): float(amount) for name, amount in fields.items()}


class Counters:
    """Adds up in the process and writes now and then: a counter must not cost a round trip a message.

    What was counted in the last `every` seconds is lost when the process is killed.
    """

    def __init__(self, state: RedisState, *, every: float = 2.0) -> None:
        self._state = state
        self._counts: dict[str, float] = {}
        self._lock = threading.Lock()
        self._timer = FlushTimer(seconds=every)

    def report(self, report: PoolReport) -> None:
        name = f"pool.{report.pool}"
        self._add(
            {
                f"{name}.{report.status.replace(' ', '_')}": 1,
                f"{name}.queued_ms": report.queued_ms,
                f"{name}.run_ms": report.run_ms,
                f"{name}.bytes": report.bytes_read,
            }
        )

    def verdict(self, verdict: Verdict) -> None:
        counts: dict[str, float] = {"messages": 1, f"action.{verdict.action}": 1, "elapsed_ms": verdict.elapsed_ms}
        if verdict.partial:
            counts["partial"] = 1
        for shadow in verdict.shadows:
            counts[f"shadow.{shadow.name}.{shadow.action}"] = 1
            if shadow.differs:
                counts[f"shadow.{shadow.name}.differs"] = 1
        self._add(counts)

    def event(self, name: str) -> None:
        self._add({name: 1})

    def _add(self, counts: dict[str, float]) -> None:
        with self._lock:
            for name, amount in counts.items():
                self._counts[name] = self._counts.get(name, 0.0) + amount
            self._timer.begin(self.flush)

    def flush(self) -> None:
        """Write what has come together; what cannot be written now is kept for the next time."""
        with self._lock:
            self._timer.end()
            counts, self._counts = self._counts, {}
        if not counts:
            return
        try:
            self._state.add_counts(counts)
        except StoreUnavailable:
            self._add(counts)
