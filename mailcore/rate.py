"""Token buckets: so much at once, and as much again in a time. Pure arithmetic; who keeps them is in `mailio`.

A bucket is kept as one number, the moment at which it is full again (the generic cell rate algorithm): what is not
kept is full, so an entry can be forgotten as soon as that moment is past.
"""

from __future__ import annotations

from msgspec import Struct


class Bucket(Struct, frozen=True):
    """`limit` tokens at most, refilled evenly in `seconds`. `key` tells it from others: short, and no secret."""

    key: str
    limit: int
    seconds: float


def take_token(full_at: float, now: float, bucket: Bucket) -> float | None:
    """When the bucket is full again after one token was taken; None where it has none. Times are in seconds.

    A moment further away than the bucket needs (a larger limit was configured before) counts as an empty bucket.
    """
    begun = min(max(full_at, now), now + bucket.seconds)
    after = begun + bucket.seconds / bucket.limit
    # The sum of many fractions is off by a little; a millionth of a token is no token.
    return after if after - now <= bucket.seconds * (1 + 1e-6 / bucket.limit) else None
