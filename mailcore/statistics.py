"""Shares with their uncertainty: a figure from a hundred mails must not look like one from a million."""

from __future__ import annotations

import math

from msgspec import Struct

# Normal quantile of a two-sided 95 % interval.
Z_95 = 1.959963984540054


class Share(Struct, frozen=True, kw_only=True):
    """`hits` of `total`, with the Wilson interval `low`..`high` (all shares between 0 and 1)."""

    hits: int
    total: int
    low: float
    high: float

    @property
    def value(self) -> float:
        """The observed share; 0 where nothing was observed."""
        return self.hits / self.total if self.total else 0.0

    def __str__(self) -> str:
        return f"{self.hits}/{self.total} = {self.value:.1%} ({self.low:.1%} to {self.high:.1%})"


def wilson(hits: int, total: int, *, z: float = Z_95) -> Share:
    """The share with its Wilson score interval (Wilson 1927), which holds for small counts and for 0 and 1 too.

    Nothing observed gives the interval 0 to 1. Raises ValueError unless 0 <= hits <= total.
    """
    if not 0 <= hits <= total:
        raise ValueError(f"{hits} of {total} is not a share")
    if total == 0:
        return Share(hits=0, total=0, low=0.0, high=1.0)
    share = hits / total
    centre = share + z * z / (2 * total)
    spread = z * math.sqrt(share * (1 - share) / total + z * z / (4 * total * total))
    scale = 1 + z * z / total
    # The ends are 0 and 1 by theory where nothing or everything was hit; floating point misses them by a hair.
    low = 0.0 if hits == 0 else (centre - spread) / scale
    high = 1.0 if hits == total else (centre + spread) / scale
    return Share(hits=hits, total=total, low=low, high=high)
