"""Deadlines: one absolute point in time that travels with a message."""

from __future__ import annotations

import time
from typing import Protocol

from msgspec import Struct


class Clock(Protocol):
    """Seconds since the epoch. Hosts that share a broker keep their clocks together by NTP."""

    def __call__(self) -> float: ...


system_clock: Clock = time.time


class Deadline(Struct, frozen=True):
    """The moment by which a message must be answered, in seconds since the epoch.

    `reserve` is the time that the front keeps for deciding and answering: pools stop that much earlier.
    """

    at: float
    reserve: float = 1.0

    def left(self, clock: Clock = system_clock) -> float:
        """Seconds until the answer is due; negative when it is overdue."""
        return self.at - clock()

    def left_for_pools(self, clock: Clock = system_clock) -> float:
        """Seconds until pools must have stopped; negative when it is too late to begin."""
        return self.at - self.reserve - clock()
