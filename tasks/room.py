"""Memory that the messages of one process may take together, where its tasks run in threads."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

# Verifying takes up to four times the size of a message, so this fits well below the limit of a worker.
ROOM_BYTES = 96 * 1_048_576


class Room:
    """So many bytes for all threads together; who wants more waits until others have ended."""

    def __init__(self, size: int = ROOM_BYTES) -> None:
        self._size = size
        self._taken = 0
        self._changed = threading.Condition()

    @contextmanager
    def taken(self, size: int, *, seconds: float) -> Iterator[bool]:
        """Whether there is room for `size` bytes within that time; one that is larger than all of it takes all."""
        size = min(size, self._size)
        with self._changed:
            has_room = self._changed.wait_for(lambda: self._taken + size <= self._size, timeout=max(0.0, seconds))
            if has_room:
                self._taken += size
        try:
            yield has_room
        finally:
            if has_room:
                with self._changed:
                    self._taken -= size
                    self._changed.notify_all()
