"""A flag that a signal handler may set."""

from __future__ import annotations

import time

# How late a stop may be noticed; looking costs a microsecond.
LOOK_EVERY = 0.1


class StopFlag:
    """Like threading.Event, without its lock.

    A signal handler runs in the main thread, in the middle of whatever that does. When that is `Event.wait()`, the
    handler's `Event.set()` wants the lock that the interrupted wait holds, and the process hangs for ever.
    """

    def __init__(self) -> None:
        self._is_set = False

    def set(self) -> None:
        self._is_set = True

    def is_set(self) -> bool:
        return self._is_set

    def wait(self, seconds: float) -> bool:
        """Whether it is set, at the latest after that many seconds."""
        until = time.monotonic() + seconds
        while not self._is_set and (left := until - time.monotonic()) > 0:
            time.sleep(min(left, LOOK_EVERY))
        return self._is_set
