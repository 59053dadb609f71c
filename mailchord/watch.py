"""Watches Redis for an announced configuration, so that parts on other machines take theirs over too."""

from __future__ import annotations

import threading
import time

import structlog

from mailcore.errors import StoreUnavailable
from mailio.state import AnnouncedConfiguration, RedisState

log = structlog.get_logger("mailchord.watch")

LOOK_EVERY = 2.0
# Files reach a machine later than the announcement: a ConfigMap takes up to a minute or two.
TRY_AGAIN_AFTER = 15.0
MOST_TRIES = 12


class Watch:
    """Looks in a thread of its own: a Redis that does not answer must not stop whoever asks."""

    def __init__(self, state: RedisState, *, every: float = LOOK_EVERY) -> None:
        self._state = state
        self._every = every
        self._seen: AnnouncedConfiguration | None = None
        self._has_looked = False
        self._tries = 0
        self._next_try = 0.0
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._look, name="configuration watch", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()

    def asks_for_other_than(self, version: str) -> bool:
        """Whether another version was announced since the start, and it is time to try (again) to read it."""
        seen = self._seen
        if not self._tries or seen is None:
            return False
        if seen.version == version:
            self._tries = 0
            return False
        if time.monotonic() < self._next_try:
            return False
        self._tries -= 1
        self._next_try = time.monotonic() + TRY_AGAIN_AFTER
        if not self._tries:
            log.warning("the files here are not those that were announced", here=version, announced=seen.version)
        return True

    def _look(self) -> None:
        while not self._stopping.wait(self._every):
            try:
                announced = self._state.announced_configuration()
            except StoreUnavailable:
                continue
            if self._has_looked and announced is not None and announced != self._seen:
                self._next_try, self._tries = 0.0, MOST_TRIES
            self._seen, self._has_looked = announced, True
