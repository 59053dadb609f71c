"""One reply list a front process, one reader thread, verdicts handed to waiting sessions by id. No polling."""

from __future__ import annotations

import _thread
import threading
from typing import Any, cast

import msgspec
import redis
import structlog

from mailcore.verdict import Verdict
from mailcore.wire import decode

log = structlog.get_logger("mailchord.replies")

# How long one blocking read may last: bounds how soon the thread hears that it should stop.
BLOCK_SECONDS = 1.0
RECONNECT_SECONDS = 0.2
BATCH = 64


class Waiting:
    """A session that waits for its verdict. A bare lock: half the price of an Event, and enough for one waiter."""

    __slots__ = ("_lock", "verdict")

    def __init__(self) -> None:
        self.verdict: Verdict | None = None
        self._lock = _thread.allocate_lock()
        self._lock.acquire()

    def wait(self, seconds: float) -> Verdict | None:
        """The verdict, or None when it did not come in time."""
        if self.verdict is None:
            self._lock.acquire(timeout=max(0.0, seconds))
        return self.verdict

    def hand_over(self, verdict: Verdict) -> None:
        if self.verdict is None:
            self.verdict = verdict
            self._lock.release()


class Replies:
    """The verdicts that come back to this process.

    `client` needs a socket time-out above `BLOCK_SECONDS`. Reconnects by itself for ever.
    """

    def __init__(self, client: redis.Redis, name: str) -> None:
        self.list_name = name
        self._redis = client
        self._waiting: dict[str, Waiting] = {}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._read_for_ever, name="replies", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(BLOCK_SECONDS * 3)

    def expect(self, message_id: str) -> Waiting:
        """Say, before publishing, that a verdict will be waited for."""
        waiting = self._waiting[message_id] = Waiting()
        return waiting

    def forget(self, message_id: str) -> None:
        self._waiting.pop(message_id, None)

    def _read_for_ever(self) -> None:
        while not self._stop.is_set():
            try:
                self._read_one_connection()
            except redis.RedisError as error:
                log.warning("replies: Redis is away", error=str(error))
                self._stop.wait(RECONNECT_SECONDS)

    def _read_one_connection(self) -> None:
        """Reads on one connection, with one packed command, until it breaks or the process ends.

        Not through the client's method: this is the one command that every message costs the front, and packing,
        retrying and measuring it each time costs more than reading it.
        """
        connection: Any = self._redis.connection_pool.get_connection()
        try:
            command = connection.pack_command("BLMPOP", BLOCK_SECONDS, 1, self.list_name, "LEFT", "COUNT", BATCH)
            while not self._stop.is_set():
                connection.send_packed_command(command)
                found = cast("list[Any] | None", connection.read_response())
                if found is not None:
                    self._hand_over(found[1])
        finally:
            connection.disconnect()
            self._redis.connection_pool.release(connection)

    def _hand_over(self, replies: list[bytes]) -> None:
        for data in replies:
            try:
                verdict = decode(data, Verdict)
            except msgspec.DecodeError as error:
                # Garbage on the list is nobody's verdict; the session that waits for it decides at its deadline.
                log.error("replies: not a verdict", error=str(error))
                continue
            waiting = self._waiting.get(verdict.id)
            if waiting is not None:
                waiting.hand_over(verdict)
