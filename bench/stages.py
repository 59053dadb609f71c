"""What the profile of our own code says; apart from it, so that reading it does not load all of mailchord."""

from __future__ import annotations

from msgspec import Struct

from bench.percentiles import Spread


class Stages(Struct, frozen=True, kw_only=True):
    """CPU milliseconds of each stage: all messages divided by their number, and how the times of single ones spread."""

    messages: int
    cpu_ms: float
    mean_ms: dict[str, float]
    spreads: dict[str, Spread]
    statuses: dict[str, dict[str, int]]
