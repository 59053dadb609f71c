"""When what came together in a process is written: a little later, once for all of it."""

from __future__ import annotations

import threading
from collections.abc import Callable


class FlushTimer:
    """Calls a `flush` so many seconds after the first `begin`, in a thread that lives only meanwhile.

    Both methods are called under the lock of what is flushed, which `flush` takes too. What it flushes it does not
    hold: its owner would lie in a circle, and with it connections that are to be closed when nobody needs them.
    """

    def __init__(self, *, seconds: float) -> None:
        self._seconds = seconds
        self._timer: threading.Timer | None = None

    def begin(self, flush: Callable[[], None]) -> None:
        """Does nothing where it has begun."""
        if self._timer is None:
            self._timer = threading.Timer(self._seconds, flush)
            self._timer.daemon = True
            self._timer.start()

    def end(self) -> None:
        """It is being flushed: nothing is left to wait for."""
        timer, self._timer = self._timer, None
        if timer is not None:
            timer.cancel()
