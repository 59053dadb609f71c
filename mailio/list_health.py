"""Which DNS lists can be believed: those that fail are switched off for a while, for every process, and tested again.

Mail never waits for this: what a message asks about is answered from memory, and reading Redis and testing lists that
are off happens in a thread. Key in Redis: `mailchord:dns-lists`, a hash, name -> JSON of `Absence`.
"""

from __future__ import annotations

import os
import threading
import weakref
from collections.abc import Callable, Mapping
from typing import cast

import msgspec
import redis
import structlog
from msgspec import Struct

from mailcore.clock import Clock, system_clock
from mailcore.dns_lists import DnsLists
from mailcore.errors import StoreUnavailable
from mailcore.list_answers import ListOutcome, ListStanding, ListTrouble, judge_tests, test_questions
from mailcore.ports import Resolver
from mailio.redis_client import PREFIX, translating_errors
from mailio.state import RedisState

log = structlog.get_logger("mailchord.dns_lists")

KEY = PREFIX + "dns-lists"
# How often each process looks what the others have found.
SHARE_SECONDS = 15.0
# Longest wait for the test entries of a list that is off; nobody waits for it.
TEST_SECONDS = 10.0
# A list that answers nothing in so many messages one after the other is switched off.
SILENT_MESSAGES = 3

Aside = Callable[[Callable[[], None]], None]


class Absence(Struct, frozen=True, kw_only=True):
    """Why a list is off, since when and until when it is left alone, in seconds since the epoch."""

    trouble: str
    detail: str = ""
    since: float
    until: float


class DnsListHealth:
    """Implements `mailcore.ports.ListHealth`; usable by many threads, and in children of fork.

    Without `client`, or where Redis is away, each process keeps its own account.
    """

    def __init__(
        self,
        settings: DnsLists,
        resolver: Resolver,
        *,
        client: redis.Redis | None = None,
        clock: Clock = system_clock,
        aside: Aside | None = None,
    ) -> None:
        """`aside` runs what mail must not wait for; by default in a thread."""
        self._settings = settings
        self._lists = settings.enabled()
        self._resolver = resolver
        self._redis = client
        self._clock = clock
        self._aside = aside or _in_thread
        self._off: dict[str, Absence] = {}
        self._tested: dict[str, float] = {}
        self._silent: dict[str, int] = {}
        self._changed: dict[str, Absence | None] = {}  # to be written to Redis; None: it is on again
        self._counts: dict[str, float] = {}
        self._looked = 0.0
        self._reset()
        reset = weakref.WeakMethod(self._reset)
        os.register_at_fork(after_in_child=lambda: (method := reset()) and method())

    def standing(self, name: str) -> ListStanding:
        """See `mailcore.ports.ListHealth`."""
        now = self._clock()
        with self._lock:
            if name in self._off:
                standing = ListStanding.OFF
            elif now - self._tested.get(name, -self._settings.test_seconds) < self._settings.test_seconds:
                standing = ListStanding.WELL
            else:
                standing = ListStanding.UNTESTED
            is_due = self._begin_look(now)
        if is_due:
            self._look_aside()
        return standing

    def note(self, outcomes: Mapping[str, ListOutcome]) -> None:
        """See `mailcore.ports.ListHealth`."""
        now = self._clock()
        with self._lock:
            for name, outcome in outcomes.items():
                if outcome.trouble is None:
                    self._silent.pop(name, None)
                    if outcome.is_tested:
                        self._tested[name] = now
                    continue
                self._silent[name] = self._silent.get(name, 0) + 1
                if outcome.trouble is not ListTrouble.IS_SILENT or self._silent[name] >= SILENT_MESSAGES:
                    self._switch_off(name, outcome, now)

    def look(self) -> None:
        """Tests the lists whose time is over, and exchanges with Redis what is known. May take `TEST_SECONDS`."""
        try:
            self._share()
            for name in self._due():
                self._test(name)
            self._share()
        finally:
            with self._lock:
                self._is_looking = False
                self._looked = self._clock()

    def _look_aside(self) -> None:
        try:
            self._aside(self.look)
        except RuntimeError as error:  # no more threads: the next message tries again
            log.warning("DNS lists are not looked after", error=str(error))
            self._is_looking = False

    def _begin_look(self, now: float) -> bool:
        """Whether it is time to look, and nobody does. Called with the lock."""
        is_due = (self._redis is not None and now - self._looked >= SHARE_SECONDS) or any(
            absence.until <= now for absence in self._off.values()
        )
        if not is_due or self._is_looking:
            return False
        self._is_looking = True
        return True

    def _due(self) -> list[str]:
        now = self._clock()
        with self._lock:
            return [name for name, absence in self._off.items() if absence.until <= now]

    def _test(self, name: str) -> None:
        """Ask a list that is off for its test entries: it is on again when they are as they should be."""
        listed = self._lists[name]
        reading = judge_tests(listed, self._resolver.resolve(test_questions(listed), seconds=TEST_SECONDS))
        with self._lock:
            if reading.trouble is None and reading.is_known:
                self._switch_on(name)
                return
            outcome = ListOutcome(trouble=reading.trouble or ListTrouble.IS_SILENT, detail=reading.detail)
            self._switch_off(name, outcome, self._clock())

    def _switch_off(self, name: str, outcome: ListOutcome, now: float) -> None:
        """Called with the lock. A list that is off already stays so, for a little longer."""
        before = self._off.get(name)
        if before is not None and before.until > now:
            return  # of messages that were under way
        self._off[name] = self._changed[name] = Absence(
            trouble=str(outcome.trouble),
            detail=outcome.detail,
            since=before.since if before is not None else now,
            until=now + self._settings.off_seconds,
        )
        self._tested.pop(name, None)
        if before is None:
            self._count(f"dns_list.{name}.switched_off")
            log.warning(
                "a DNS list is switched off",
                list=name,
                trouble=str(outcome.trouble),
                detail=outcome.detail,
                seconds=self._settings.off_seconds,
            )

    def _switch_on(self, name: str) -> None:
        """Called with the lock."""
        absence = self._off.pop(name)
        now = self._clock()
        self._changed[name] = None
        self._silent.pop(name, None)
        self._tested[name] = now
        self._count(f"dns_list.{name}.switched_on")
        log.info("a DNS list is asked again", list=name, was=absence.trouble, seconds=round(now - absence.since))

    def _count(self, name: str) -> None:
        if self._redis is not None:
            self._counts[name] = self._counts.get(name, 0) + 1

    def _share(self) -> None:
        """Write what changed, and take over what other processes have found; what cannot be written waits."""
        if self._redis is None:
            return
        with self._lock:
            changed, counts = self._changed, self._counts
            self._changed, self._counts = {}, {}
        try:
            self._write(self._redis, changed, counts)
            shared = self._read(self._redis)
        except StoreUnavailable as error:
            log.debug("the state of DNS lists is not shared", error=str(error))
            with self._lock:
                self._changed = {**changed, **self._changed}
                self._counts = {**counts, **self._counts}
            return
        with self._lock:
            for name in self._lists:
                if name not in self._changed:
                    self._adopt(name, shared.get(name))

    def _adopt(self, name: str, shared: Absence | None) -> None:
        """Called with the lock: what the other processes say of a list, which is what this one has written, too."""
        if shared is not None:
            self._off[name] = shared
            self._tested.pop(name, None)
        elif self._off.pop(name, None) is not None:
            self._silent.pop(name, None)

    @staticmethod
    @translating_errors
    def _write(client: redis.Redis, changed: Mapping[str, Absence | None], counts: dict[str, float]) -> None:
        if not changed and not counts:
            return
        with client.pipeline(transaction=False) as pipeline:
            for name, absence in changed.items():
                if absence is None:
                    pipeline.hdel(KEY, name)
                else:
                    pipeline.hset(KEY, name, msgspec.json.encode(absence))
            pipeline.execute()
        if counts:
            RedisState(client).add_counts(counts)

    @staticmethod
    @translating_errors
    def _read(client: redis.Redis) -> dict[str, Absence]:
        found: dict[str, Absence] = {}
        for name, value in cast("dict[bytes, bytes]", client.hgetall(KEY)).items():
            try:
                found[name.decode("utf-8", "replace")] = msgspec.json.decode(value, type=Absence)
            except msgspec.DecodeError:  # of another version of mailchord
                continue
        return found

    def _reset(self) -> None:
        """In a child of fork no thread of the parent goes on, and its lock may be taken."""
        self._lock = threading.Lock()
        self._is_looking = False


def _in_thread(work: Callable[[], None]) -> None:
    threading.Thread(target=work, name="dns-lists", daemon=True).start()
