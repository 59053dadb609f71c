"""Asks whether the parts that mailchord needs are well, in bounded time, whatever a part does."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping

import redis
from msgspec import Struct

from mailcore.errors import MailchordError
from mailio.log_lines import without_secrets

# Longer than a Redis that is away needs to show it, shorter than the 10 s that load balancers wait.
LONGEST_SECONDS = 3.0
# However often somebody asks, the parts are asked once in this time.
FRESH_SECONDS = 1.0

_LONGEST_PROBLEM = 200


class Health(Struct, frozen=True, kw_only=True):
    """What a probe said: "" when all is well, else one line without secrets."""

    problem: str
    ms: float


class Probes:
    """Named probes: each returns "" or a problem; one that raises, or does not return in time, is a problem too."""

    def __init__(
        self,
        probes: Mapping[str, Callable[[], str]],
        *,
        seconds: float = LONGEST_SECONDS,
        fresh_seconds: float = FRESH_SECONDS,
    ) -> None:
        self._probes = [_Probe(name, ask) for name, ask in probes.items()]
        self._seconds = seconds
        self._fresh_seconds = fresh_seconds
        self._lock = threading.Lock()
        self._asked_at = -float("inf")
        self._answers: dict[str, Health] = {}

    def ask(self) -> dict[str, Health]:
        """The health of every part, at most a second old. Takes no longer than `seconds`."""
        with self._lock:
            if time.monotonic() - self._asked_at > self._fresh_seconds:
                ends = time.monotonic() + self._seconds
                for probe in self._probes:
                    probe.begin()
                self._answers = {probe.name: probe.answer(ends) for probe in self._probes}
                self._asked_at = time.monotonic()
            return self._answers


class _Probe:
    """One probe in a thread of its own, so that one that hangs holds up nobody; it is not begun a second time."""

    def __init__(self, name: str, ask: Callable[[], str]) -> None:
        self.name = name
        self._ask = ask
        self._thread: threading.Thread | None = None
        self._began = 0.0
        self._answer = Health(problem="", ms=0.0)

    def begin(self) -> None:
        if self._thread is None or not self._thread.is_alive():
            self._began = time.monotonic()
            self._thread = threading.Thread(target=self._run, name=f"probe-{self.name}", daemon=True)
            self._thread.start()

    def answer(self, ends: float) -> Health:
        if self._thread is not None:
            self._thread.join(max(0.0, ends - time.monotonic()))
            if self._thread.is_alive():
                waited = time.monotonic() - self._began
                return Health(problem=f"no answer for {waited:.0f} s", ms=waited * 1_000)
        return self._answer

    def _run(self) -> None:
        # For the case that it raises what nobody expects: then it is not well, and the traceback is written too.
        problem = "it broke off"
        try:
            problem = self._ask()
        except (MailchordError, OSError, redis.RedisError) as error:
            problem = f"{type(error).__name__}: {error}"
        finally:
            line = " ".join(without_secrets(problem).split())[:_LONGEST_PROBLEM]
            self._answer = Health(problem=line, ms=(time.monotonic() - self._began) * 1_000)
