"""What all sessions of one front process share."""

from __future__ import annotations

import ipaddress
import socket
import threading
import time
from collections.abc import Callable

from mailcore.clock import Clock, system_clock
from mailcore.errors import ConfigurationError
from mailcore.message import Direction
from mailcore.ports import Judge, Quarantine
from mailcore.settings import Settings
from milter_front.address import domain_of


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
        clock: Clock = system_clock,
        stopwatch: Callable[[], float] = time.monotonic,
    ) -> None:
        self.judge = judge
        self.quarantine = quarantine
        self.marker_key = marker_key
        self.clock = clock
        self.stopwatch = stopwatch
        self.own_name = settings.front.authserv_id or socket.gethostname()
        self.running = RunningMessages()
        self.adopt(settings)

    def adopt(self, settings: Settings) -> None:
        """Use these settings from now on. Sockets and our own name stay as they were at the start."""
        networks = tuple(_network(text) for text in settings.networks.internal)
        self._local_domains = frozenset(name.lower().rstrip(".") for name in settings.networks.local_domains)
        self._networks = networks
        self.settings = settings

    def direction(self, *, client_address: str, authenticated: bool, recipients: tuple[str, ...]) -> Direction:
        """Ours are clients that log in or come from our networks; ours are recipients in our domains.

        Without `local_domains` all mail of our clients counts as outbound.
        """
        if not (authenticated or self._is_internal(client_address)):
            return Direction.INBOUND
        inside = recipients and all(domain_of(address) in self._local_domains for address in recipients)
        return Direction.INTERNAL if inside else Direction.OUTBOUND

    def _is_internal(self, address: str) -> bool:
        if not address:
            return False
        ip = ipaddress.ip_address(address)
        return any(ip in network for network in self._networks)


def _network(text: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network:
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError as error:
        raise ConfigurationError(f"networks.internal: {error}: write it like 192.0.2.0/24") from error
