"""What all sessions of one front process share."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable

from mailcore.clock import Clock, system_clock
from mailcore.direction import read_site
from mailcore.ports import Judge, Quarantine, Sealer
from mailcore.settings import Settings
from milter_front.connection_filter import ConnectionFilter, FilterStores


class RunningMessages:
    """Counts messages between MAIL FROM and their end, so that a stop can wait for them.

    The lock is held for an addition only: callbacks of one session come on different threads.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition(threading.Lock())
        self._count = 0
        self._stopping = False

    @property
    def is_stopping(self) -> bool:
        return self._stopping

    def begin(self) -> None:
        with self._changed:
            self._count += 1

    def end(self) -> None:
        with self._changed:
            self._count -= 1
            self._changed.notify_all()

    def drain(self, seconds: float) -> int:
        """Let no new message begin, wait for the running ones; returns how many are left after that time."""
        self._stopping = True
        with self._changed:
            self._changed.wait_for(lambda: self._count == 0, timeout=seconds)
            return self._count


class Front:
    """Settings, ports and counters of one front process; sessions only read it."""

    def __init__(
        self,
        settings: Settings,
        judge: Judge,
        quarantine: Quarantine,
        *,
        marker_key: bytes,
        stores: FilterStores | None = None,
        sealer: Sealer | None = None,
        clock: Clock = system_clock,
        stopwatch: Callable[[], float] = time.monotonic,
    ) -> None:
        self.judge = judge
        self.quarantine = quarantine
        self.marker_key = marker_key
        self.sealer = sealer
        self.clock = clock
        self.stopwatch = stopwatch
        self._stores = stores
        self.own_name = settings.front.authserv_id or socket.gethostname()
        self.running = RunningMessages()
        self.adopt(settings)

    def adopt(self, settings: Settings) -> None:
        """Use these settings from now on, or none of them. Sockets and our own name stay as they were at the start.

        Raises ConfigurationError for what is no network.
        """
        site, connection_filter = read_site(settings.networks), self._filter(settings)
        self.site, self.filter, self.settings = site, connection_filter, settings

    def _filter(self, settings: Settings) -> ConnectionFilter | None:
        """The connection filter; none where there is nobody to ask."""
        if self._stores is None:
            return None
        return ConnectionFilter(settings, self._stores, own_name=self.own_name, stopwatch=self.stopwatch)
