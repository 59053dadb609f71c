"""Answers of the DNS remembered for as long as their TTL allows: in the process, and in Redis for all processes.

Keys in Redis: `mailchord:dns:NUMBER`, of a fixed count: a question always has the same one, and the next question with
that number takes its place. So names that an attacker makes up never fill a Redis that must not forget. Values are
msgpack of [end in seconds since the epoch, question, answer]; they expire.
"""

from __future__ import annotations

import os
import threading
import time
import weakref
from collections import OrderedDict
from collections.abc import Collection, Mapping
from hashlib import blake2b
from pathlib import Path
from typing import cast

import msgspec
import redis
import structlog

from mailcore.clock import Clock, system_clock
from mailcore.dns import NOT_ASKED, Answer, DnsStatus, Question
from mailcore.errors import StoreUnavailable
from mailcore.ports import Resolver
from mailcore.settings import Dns
from mailio.dns_names import CANNOT_BE_ASKED, NO_SUCH_NAME
from mailio.dns_resolver import DnsResolver
from mailio.redis_client import PREFIX, connect, translating_errors
from mailio.zone_file import load_zone

log = structlog.get_logger("mailchord.dns")

KEY = PREFIX + "dns:"
# Asking the server itself is not slower than a Redis that takes longer than this.
REDIS_SECONDS = 0.25
# A Redis that fails is left alone for so long.
SILENCE_SECONDS = 10.0
# What one entry takes besides its text, and what it may take on average. An attacker chooses names and records.
ENTRY_BYTES, AVERAGE_BYTES = 600, 1_024

# By identity: an answer of a server may look the same.
NOT_FROM_SERVERS = {id(NOT_ASKED), id(NO_SUCH_NAME), id(CANNOT_BE_ASKED)}

# Places in Redis, and the longest value in one: 16 MB as mail comes, 80 MB at the worst. A key of 4,096 bits fits.
SHARED_PLACES, SHARED_BYTES = 32_768, 2_048

Entry = tuple[float, Answer]
_entry_encoder = msgspec.msgpack.Encoder()
_entry_decoder = msgspec.msgpack.Decoder(tuple[float, Question, Answer])


def open_resolver(settings: Dns, *, redis_url: str = "") -> Resolver:
    """The resolver of a process: c-ares behind both caches. `redis_url`: where answers are shared; empty: nowhere.

    A zone file stands in for all of it. Raises ConfigurationError where c-ares is not installed, or for that file.
    """
    if settings.zone_file:
        return load_zone(Path(settings.zone_file))
    memory = AnswerCache(settings)
    resolver: Resolver = DnsResolver(settings, on_late=memory.put)
    if redis_url and settings.shared_cache:
        shared = SharedAnswers(connect(redis_url, timeout=REDIS_SECONDS), settings)
        return CachingResolver(resolver, memory, shared)
    return CachingResolver(resolver, memory)


class AnswerCache:
    """The answers asked for last; usable by many threads, bounded in number and in bytes."""

    def __init__(self, settings: Dns, *, clock: Clock = system_clock) -> None:
        self._settings = settings
        self._clock = clock
        self._entries: OrderedDict[Question, Entry] = OrderedDict()
        self._bytes = 0
        self._lock = threading.Lock()
        renew = weakref.WeakMethod(self._renew_lock)
        os.register_at_fork(after_in_child=lambda: (method := renew()) and method())

    def __len__(self) -> int:
        return len(self._entries)

    @property
    def size(self) -> int:
        """Bytes that the entries take, about."""
        return self._bytes

    def find(self, questions: Collection[Question]) -> dict[Question, Answer]:
        """Those of the answers that are remembered and still hold."""
        now = self._clock()
        found: dict[Question, Answer] = {}
        with self._lock:
            for question in questions:
                entry = self._entries.get(question)
                if entry is None:
                    continue
                if entry[0] > now:
                    self._entries.move_to_end(question)
                    found[question] = entry[1]
                else:
                    self._drop(question)
        return found

    def put(self, question: Question, answer: Answer) -> None:
        """Remembers an answer for as long as the settings allow."""
        seconds = seconds_of(answer, self._settings)
        if seconds > 0:
            self.put_until(question, answer, self._clock() + seconds)

    def put_until(self, question: Question, answer: Answer, end: float) -> None:
        """Remembers an answer until `end`, in seconds since the epoch."""
        most = self._settings.cache_entries
        size = size_of(question, answer)
        if size > most * AVERAGE_BYTES:
            return
        with self._lock:
            if question in self._entries:
                self._drop(question)
            self._entries[question] = (end, answer)
            self._bytes += size
            while len(self._entries) > most or self._bytes > most * AVERAGE_BYTES:
                self._drop(next(iter(self._entries)))

    def _drop(self, question: Question) -> None:
        _, answer = self._entries.pop(question)
        self._bytes -= size_of(question, answer)

    def _renew_lock(self) -> None:
        """In a child of fork another thread may have left the lock taken, and what it guards half done."""
        self._lock = threading.Lock()
        self._entries = OrderedDict(self._entries)
        self._bytes = sum(size_of(question, entry[1]) for question, entry in self._entries.items())


class SharedAnswers:
    """Answers in Redis. Its absence is not noticed but in a log line: nothing is found, nothing is kept."""

    def __init__(self, client: redis.Redis, settings: Dns, *, clock: Clock = system_clock) -> None:
        self._redis = client
        self._settings = settings
        self._clock = clock
        self._silent_until = 0.0

    def find(self, questions: Collection[Question]) -> dict[Question, Entry]:
        """What is known, with the time at which it ends; one round trip."""
        now = self._clock()
        if not questions or now < self._silent_until:
            return {}
        try:
            values = self._read([_key(question) for question in questions])
        except StoreUnavailable as error:
            self._be_silent(error)
            return {}
        found: dict[Question, Entry] = {}
        for question, value in zip(questions, values, strict=True):
            entry = _entry_of(value, question)
            # No clock is trusted to say that an answer holds longer than the settings allow.
            if entry is not None and now < entry[0] <= now + seconds_of(entry[1], self._settings) + 1:
                found[question] = entry
        return found

    def keep(self, answers: Mapping[Question, Answer]) -> None:
        """Writes what may be remembered, in one round trip."""
        now = self._clock()
        if now < self._silent_until:
            return
        values: dict[str, tuple[int, bytes]] = {}
        for question, answer in answers.items():
            seconds = seconds_of(answer, self._settings)
            value = _entry_encoder.encode((now + seconds, question, answer))
            if seconds >= 1 and len(value) <= SHARED_BYTES:
                values[_key(question)] = (int(seconds), value)
        if not values:
            return
        try:
            self._write(values)
        except StoreUnavailable as error:
            self._be_silent(error)

    @translating_errors
    def _read(self, keys: list[str]) -> list[bytes | None]:
        return cast("list[bytes | None]", self._redis.mget(keys))

    @translating_errors
    def _write(self, values: Mapping[str, tuple[int, bytes]]) -> None:
        with self._redis.pipeline(transaction=False) as pipeline:
            for key, (seconds, value) in values.items():
                pipeline.set(key, value, ex=seconds)
            pipeline.execute()

    def _be_silent(self, error: StoreUnavailable) -> None:
        self._silent_until = self._clock() + SILENCE_SECONDS
        log.warning("answers of the DNS are not shared for a while", error=str(error), seconds=SILENCE_SECONDS)


class CachingResolver:
    """A resolver that asks another one only for what neither the process nor Redis remembers."""

    def __init__(self, resolver: Resolver, memory: AnswerCache, shared: SharedAnswers | None = None) -> None:
        self._resolver = resolver
        self._memory = memory
        self._shared = shared

    def resolve(self, questions: Collection[Question], *, seconds: float) -> Mapping[Question, Answer]:
        """See `mailcore.ports.Resolver`."""
        deadline = time.monotonic() + seconds
        answers = self._memory.find(questions)
        missing = [question for question in dict.fromkeys(questions) if question not in answers]
        if missing and self._shared is not None:
            entries = self._shared.find(missing)
            for question, (end, answer) in entries.items():
                self._memory.put_until(question, answer, end)
                answers[question] = answer
            missing = [question for question in missing if question not in entries]
        if missing:
            new = self._resolver.resolve(missing, seconds=deadline - time.monotonic())
            answers.update(new)
            # What nobody asked a server for says nothing about the next time.
            asked = {question: new[question] for question in missing if id(new[question]) not in NOT_FROM_SERVERS}
            for question, answer in asked.items():
                self._memory.put(question, answer)
            if self._shared is not None:
                self._shared.keep(asked)
        return answers


def seconds_of(answer: Answer, settings: Dns) -> float:
    """For how long an answer may be remembered. What nobody waited for is no answer: it may come at any time."""
    match answer.status:
        case DnsStatus.OK:
            return min(max(answer.ttl, settings.least_ttl), settings.most_ttl)
        case DnsStatus.NO_DATA | DnsStatus.NO_SUCH_NAME:
            return min(max(answer.ttl, settings.least_ttl), settings.most_negative_ttl)
    return settings.failure_seconds


def size_of(question: Question, answer: Answer) -> int:
    """Bytes that an entry takes in the process, about."""
    return ENTRY_BYTES + len(question.name) + sum(64 + len(record) for record in answer.records)


def _key(question: Question) -> str:
    number = int.from_bytes(
        blake2b(f"{question.type}:{question.name}".encode("utf-8", "replace"), digest_size=4).digest()
    )
    return f"{KEY}{number % SHARED_PLACES}"


def _entry_of(value: bytes | None, question: Question) -> Entry | None:
    """What the place holds, if it is about `question`."""
    if value is None:
        return None
    try:
        end, about, answer = _entry_decoder.decode(value)
    except (msgspec.DecodeError, msgspec.ValidationError):
        return None
    return (end, answer) if about == question else None
