"""Asks services what they know of files, by SHA-256 alone: remembered answers first, within a quota, never for long.

Keys in Redis besides the answers: `mailchord:hash-quota:NAME:PERIOD`, a count that expires with its day or minute.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Mapping, Sequence
from typing import Protocol

import redis
import structlog
from msgspec import Struct

from mailcore.clock import Clock, system_clock
from mailcore.errors import StoreUnavailable
from mailcore.file_settings import HashService
from mailcore.known_files import HashOpinion, Standing
from mailcore.ports import Memory
from mailio.hash_readers import NoAnswer, malware_words, question
from mailio.outgoing_http import FetchFailed, fetch
from mailio.redis_client import PREFIX, translating_errors

log = structlog.get_logger("mailchord.hash_services")

# A service that fails is left alone for so long.
PAUSE_SECONDS = 60.0
DAY, MINUTE = 86_400, 60
LEAST_SECONDS = 0.2  # with less time left nobody is asked


class Limits(Protocol):
    """How often somebody may be asked."""

    @property
    def per_minute(self) -> int: ...

    @property
    def per_day(self) -> int: ...


class Quota:
    """Counts of questions in Redis, for all processes; without Redis each process counts for itself.

    `kind` stands in the names of the counts.
    """

    def __init__(self, client: redis.Redis | None, *, kind: str = "hash-quota", clock: Clock = system_clock) -> None:
        self._redis = client
        self._kind = kind
        self._clock = clock
        self._counts: dict[str, int] = {}

    def take(self, name: str, limits: Limits) -> bool:
        """Whether one more question fits into the minute and the day. Where Redis fails, none does."""
        now = self._clock()
        for period, most in ((MINUTE, limits.per_minute), (DAY, limits.per_day)):
            key = f"{PREFIX}{self._kind}:{name}:{period}:{int(now // period)}"
            try:
                if self._count(key, period) > most:
                    return False
            except StoreUnavailable:
                return False
        return True

    def _count(self, key: str, period: int) -> int:
        if self._redis is not None:
            return self._count_in_redis(self._redis, key, period)
        kept = key.rpartition(":")[0] + ":"
        self._counts = {known: count for known, count in self._counts.items() if not known.startswith(kept)} | {
            key: self._counts.get(key, 0) + 1
        }
        return self._counts[key]

    @staticmethod
    @translating_errors
    def _count_in_redis(client: redis.Redis, key: str, period: int) -> int:
        with client.pipeline(transaction=False) as pipeline:
            pipeline.incr(key)
            pipeline.expire(key, period)
            return int(pipeline.execute()[0])


class Asked(Struct, frozen=True, kw_only=True):
    """A service with its key. The key stands nowhere else, and in no text of this."""

    service: HashService
    key: str

    def __repr__(self) -> str:
        return f"Asked({self.service.url})"


class HttpHashServices:
    """Implements `mailcore.ports.HashServices`."""

    def __init__(
        self, services: Mapping[str, Asked], memory: Memory, quota: Quota, *, clock: Clock = system_clock
    ) -> None:
        self._services = services
        self._memory = memory
        self._quota = quota
        self._clock = clock
        self._closed_until: dict[str, float] = {}

    def ask(self, hashes: Sequence[str], *, seconds: float) -> Mapping[str, tuple[HashOpinion, ...]]:
        """See `mailcore.ports.HashServices`."""
        ends = time.monotonic() + seconds
        found: dict[str, tuple[HashOpinion, ...]] = {}
        for name, asked in self._services.items():
            keys = {sha256: _key(name, asked.service, sha256) for sha256 in hashes}
            remembered = self._memory.find(list(keys.values()))
            for sha256, key in keys.items():
                words = (
                    remembered[key].decode("utf-8", "replace")
                    if key in remembered
                    else self._words(name, asked, sha256, key, ends)
                )
                if words:
                    opinion = HashOpinion(source=name, standing=Standing.MALWARE, words=words)
                    found[sha256] = (*found.get(sha256, ()), opinion)
        return found

    def _words(self, name: str, asked: Asked, sha256: str, key: bytes, ends: float) -> str:
        """What the service says of a hash that nobody remembers; "" where it is not asked, or does not answer."""
        service = asked.service
        left = min(ends - time.monotonic(), service.seconds)
        if left < LEAST_SECONDS or self._clock() < self._closed_until.get(name, 0.0):
            return ""
        if not self._quota.take(name, service):
            return ""
        wanted = question(service, asked.key, sha256)
        try:
            answer = fetch(
                wanted.url,
                seconds=left,
                headers=wanted.headers,
                body=wanted.body,
                private_addresses=service.private_addresses,
            )
            words = malware_words(service, answer.status, answer.body)
        except (FetchFailed, NoAnswer) as error:
            self._closed_until[name] = self._clock() + PAUSE_SECONDS
            log.warning("a service of hashes does not answer", service=name, reason=str(error), pause=PAUSE_SECONDS)
            return ""
        hours = service.known_hours if words else service.unknown_hours
        self._memory.keep({key: words.encode()}, seconds=hours * 3_600)
        return words


def _key(name: str, service: HashService, sha256: str) -> bytes:
    words = "\0".join((name, service.kind, service.url, str(service.least_engines), sha256))
    return hashlib.sha256(words.encode("utf-8", "replace")).digest()
