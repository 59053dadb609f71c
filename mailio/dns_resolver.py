"""The DNS through c-ares: many threads ask at once, all questions of all of them are under way in one thread."""

from __future__ import annotations

import os
import threading
import time
import weakref
from collections.abc import Callable, Collection, Mapping
from ipaddress import ip_address

import structlog

from mailcore.dns import NOT_ASKED, Answer, DnsStatus, Question
from mailcore.errors import ConfigurationError
from mailcore.settings import Dns
from mailio.c_ares import TYPES, Channel, Library, Reply
from mailio.dns_answer import answer_of
from mailio.dns_names import name_to_ask, refusal

# Questions under way at once. Beyond, the servers are dead or somebody floods us; each takes some 2 kB.
MOST_UNDER_WAY = 4096
# How long nobody tries to start c-ares again after it could not be started.
START_AGAIN_SECONDS = 5.0

SERVER_FAILED = Answer(status=DnsStatus.SERVER_FAILED)

log = structlog.get_logger("mailchord.dns")


class Batch:
    """One caller that waits for some answers. Guarded by the lock of its resolver."""

    def __init__(self) -> None:
        self.answers: dict[Question, Answer] = {}
        self.open: set[Question] = set()
        self.done = threading.Event()


class DnsResolver:
    """Asks the configured servers. The same question is asked once at a time, whoever waits for it.

    Usable in every process from its first question on, in children of fork too: each has a channel of its own.
    """

    def __init__(self, settings: Dns, *, on_late: Callable[[Question, Answer], None] | None = None) -> None:
        """`on_late` gets answers for which nobody waited any more, in another thread. Raises ConfigurationError."""
        for server in settings.servers:
            check_address(server)
        self._settings = settings
        self._library = Library()
        self._own_zones = frozenset(zone.lower().strip(".") for zone in settings.own_zones)
        self._on_late = on_late
        self._channel: Channel | None = None
        self._start_again = 0.0
        self._reset()
        reset = weakref.WeakMethod(self._reset)
        os.register_at_fork(after_in_child=lambda: (method := reset()) and method())

    def resolve(self, questions: Collection[Question], *, seconds: float) -> Mapping[Question, Answer]:
        """See `mailcore.ports.Resolver`."""
        deadline = time.monotonic() + seconds
        batch = Batch()
        answers = batch.answers
        to_ask: list[tuple[Question, bytes]] = []
        for question in dict.fromkeys(questions):
            name = name_to_ask(question)
            refused = refusal(name, self._own_zones)
            if refused is not None:
                answers[question] = refused
            else:
                to_ask.append((question, name.encode()))
        if to_ask and seconds > 0:
            self._ask(batch, to_ask)
            batch.done.wait(max(0.0, deadline - time.monotonic()))
            with self._lock:
                for question in batch.open:
                    if question in self._waiting:
                        self._waiting[question].discard(batch)
                answers = dict(answers)
        return {question: answers.get(question, NOT_ASKED) for question in questions}

    def close(self) -> None:
        """Drops what is under way; who waits for it gets no answer. The next question begins anew."""
        with self._lock:
            channel, self._channel = self._channel, None
        if channel is not None:
            channel.close()

    def _ask(self, batch: Batch, to_ask: list[tuple[Question, bytes]]) -> None:
        new: list[tuple[int, bytes, int]] = []
        with self._lock:
            channel = self._started()
            for question, name in to_ask:
                waiting = self._waiting.get(question)
                if waiting is None:
                    if channel is None or len(self._waiting) >= MOST_UNDER_WAY:
                        batch.answers[question] = SERVER_FAILED if channel is None else NOT_ASKED
                        continue
                    waiting = self._waiting[question] = set()
                    self._last_key += 1
                    self._keys[self._last_key] = question
                    new.append((self._last_key, name, TYPES[question.type]))
                waiting.add(batch)
                batch.open.add(question)
            if not batch.open:
                batch.done.set()
        # Without the lock: c-ares has one of its own, which it holds while it calls `_on_reply`.
        for key, name, record_type in new:
            if channel is not None:
                channel.ask(key, name, record_type)

    def _on_reply(self, key: int, reply: Reply) -> None:
        with self._lock:
            question = self._keys.pop(key, None)
        if question is None:
            return
        answer = SERVER_FAILED
        try:
            answer = answer_of(question, reply)
        finally:
            with self._lock:
                waiting = self._waiting.pop(question, set())
                for batch in waiting:
                    batch.answers[question] = answer
                    batch.open.discard(question)
                    if not batch.open:
                        batch.done.set()
        if not waiting and self._on_late is not None:
            self._on_late(question, answer)

    def _started(self) -> Channel | None:
        """The channel of this process; None while c-ares cannot be started. Called with the lock."""
        if self._channel is None and time.monotonic() >= self._start_again:
            settings = self._settings
            try:
                self._channel = Channel(
                    self._library,
                    self._on_reply,
                    servers=settings.servers,
                    seconds=settings.lookup_seconds,
                    tries=settings.retries + 1,
                    rotate=settings.rotate,
                )
            except OSError as error:
                self._start_again = time.monotonic() + START_AGAIN_SECONDS
                log.error("no DNS", error=str(error))
        return self._channel

    def _reset(self) -> None:
        """The state of a process that has asked nothing yet."""
        if self._channel is not None:
            self._channel.close()  # of the parent: only forgotten here
        self._channel = None
        self._lock = threading.Lock()
        self._waiting: dict[Question, set[Batch]] = {}
        self._keys: dict[int, Question] = {}
        self._last_key = 0
        self._start_again = 0.0


def check_address(server: str) -> None:
    """Raises ConfigurationError unless `server` is `ADDRESS`, `ADDRESS:PORT` or `[ADDRESS]:PORT`."""
    address, port = server, ""
    if server.startswith("[") and "]:" in server:
        address, _, port = server[1:].partition("]:")
    elif server.count(":") == 1:
        address, _, port = server.partition(":")
    try:
        ip_address(address)
        if address != server and not 0 < int(port) < 65_536:
            raise ValueError("the port is a number up to 65535")
    except ValueError as error:
        raise ConfigurationError(f"dns.servers: {server!r}: {error}") from error
