"""Frees the bytes of answered messages, many in one step, never in the way of an answer."""

from __future__ import annotations

import threading

import structlog

from mailcore.errors import StoreUnavailable
from mailio.message_store import RedisMessageStore

log = structlog.get_logger("mailchord.forgetting")

EVERY_SECONDS = 0.2


class Forgetting:
    """Collects ids of answered messages; a thread frees them a few times a second. What is missed expires."""

    def __init__(self, store: RedisMessageStore) -> None:
        self._store = store
        self._ids: list[str] = []
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._flush_for_ever, name="forgetting", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(EVERY_SECONDS * 10)
        self.flush()

    def add(self, message_id: str) -> None:
        self._ids.append(message_id)

    def flush(self) -> None:
        """Free what has come together."""
        ids, self._ids = self._ids, []
        if not ids:
            return
        try:
            self._store.forget(*ids)
        except StoreUnavailable as error:
            log.warning("left to expire", messages=len(ids), error=str(error))

    def _flush_for_ever(self) -> None:
        while not self._stop.wait(EVERY_SECONDS):
            self.flush()
