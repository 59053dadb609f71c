"""Percentiles and medians of measured times."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence

from msgspec import Struct


class Spread(Struct, frozen=True, kw_only=True):
    """How measured times spread, in milliseconds."""

    mean: float = 0.0
    p50: float = 0.0
    p95: float = 0.0
    p99: float = 0.0
    max: float = 0.0


def percentile(ordered: Sequence[float], share: float) -> float:
    """The smallest value that at least `share` (0..1) of the values do not exceed (nearest rank); 0 for none."""
    if not ordered:
        return 0.0
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def spread(seconds: Sequence[float]) -> Spread:
    """Times in seconds to their spread in milliseconds."""
    ordered = sorted(seconds)
    if not ordered:
        return Spread()
    return Spread(
        mean=round(1000 * statistics.fmean(ordered), 2),
        p50=round(1000 * percentile(ordered, 0.50), 2),
        p95=round(1000 * percentile(ordered, 0.95), 2),
        p99=round(1000 * percentile(ordered, 0.99), 2),
        max=round(1000 * ordered[-1], 2),
    )


def median(values: Sequence[float]) -> float:
    """The median; 0 for none."""
    return statistics.median(values) if values else 0.0
