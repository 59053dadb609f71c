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

    @property
    def window(self) -> int:
        """The time of refilling in microseconds."""
        return int(self.seconds * 1_000_000)


def take_token(full_at: int, now: int, bucket: Bucket) -> int | None:
    """When the bucket is full again after one token was taken; None where it has none.

    Times are in whole microseconds: the sum of many fractions of a second would be off. A moment further away than
    this bucket can need is none of its own (the limit was another, the clock went back): the bucket counts as full.
    """
    begun = full_at if now < full_at <= now + bucket.window else now
    after = begun + bucket.window // bucket.limit
    return after if after - now <= bucket.window else None
