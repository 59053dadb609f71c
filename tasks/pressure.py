"""Whether new mail should be deferred at once, kept fresh by a thread so that asking costs nothing."""

from __future__ import annotations

import threading

import structlog

from mailcore.errors import StoreUnavailable
from mailcore.settings import Redis
from mailio.message_store import RedisMessageStore
from tasks.publishing import IntakePublisher

log = structlog.get_logger("mailchord.pressure")

EVERY_SECONDS = 0.5


class Pressure:
    """Samples the age of the queue and the memory of the servers; `reason` is "" when all is well."""

    def __init__(self, publisher: IntakePublisher, store: RedisMessageStore, settings: Redis) -> None:
        self._publisher = publisher
        self._store = store
        self._settings = settings
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._sample_for_ever, name="pressure", daemon=True)
        self.reason = ""

    def start(self) -> None:
        self.reason = self.sample()
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(self._settings.timeout_seconds * 2)

    def sample(self) -> str:
        """One look at the broker, and at the store of messages, which may be another server."""
        try:
            age = self._publisher.oldest_waiting_seconds()
            share = self._publisher.memory_share()
        except StoreUnavailable as error:
            return f"the broker is away ({error})"
        try:
            share = max(share, self._store.memory_share())
        except StoreUnavailable as error:
            return f"the store of messages is away ({error})"
        if age > self._settings.queue_age_seconds:
            return f"the oldest message has waited {age:.0f} s for a scan"
        if share > self._settings.memory_pressure:
            return f"the memory of Redis is {share:.0%} full"
        return ""

    def _sample_for_ever(self) -> None:
        while not self._stop.wait(EVERY_SECONDS):
            before, self.reason = self.reason, self.sample()
            if bool(before) != bool(self.reason):
                log.warning("pressure", reason=self.reason or "none any more")
