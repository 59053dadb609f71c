"""Token buckets in Redis, one round trip for all that a step needs, and in the process while Redis does not answer.

Keys: `mailchord:rate:KEY`, the moment in microseconds at which the bucket is full again; the key expires then, so that
what a client leaves behind is gone as soon as it means nothing.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Any

import redis
import structlog

from mailcore.errors import StoreUnavailable
from mailcore.rate import Bucket, take_token
from mailio.redis_client import PREFIX, translating_errors

log = structlog.get_logger("mailchord.rate_limits")

RATE = PREFIX + "rate:"

# A store that was too slow is left alone for so long: a thousand waiting sessions would be a worse harm than fronts
# that count each for itself.
SILENCE_SECONDS = 5.0

# ARGV: limit and microseconds of each key. The time is the server's: fronts whose clocks differ share the buckets.
# Returns the number of the first empty bucket, 0 when a token was taken from each. The arithmetic is that of
# `mailcore.rate`.
TAKE = """
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local full = {}
for i, key in ipairs(KEYS) do
  local limit, window = tonumber(ARGV[2 * i - 1]), tonumber(ARGV[2 * i])
  local at = tonumber(redis.call('GET', key) or '0')
  full[i] = (now < at and at <= now + window and at or now) + math.floor(window / limit)
  if full[i] - now > window then
    return i
  end
end
for i, key in ipairs(KEYS) do
  redis.call('SET', key, string.format('%.0f', full[i]), 'PX', math.max(1, math.ceil((full[i] - now) / 1000)))
end
return 0
"""


class LocalBuckets:
    """Buckets of this process; the one that was used longest ago makes room. May be used by several threads."""

    def __init__(self, *, most: int, stopwatch: Callable[[], float] = time.monotonic) -> None:
        self._most = most
        self._stopwatch = stopwatch
        self._full_at: OrderedDict[str, int] = OrderedDict()
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._full_at)

    def take(self, buckets: Sequence[Bucket]) -> int | None:
        """As `mailcore.ports.RateLimits.take`."""
        now = int(self._stopwatch() * 1_000_000)
        with self._lock:
            after: dict[str, int] = {}
            for index, bucket in enumerate(buckets):
                if bucket.key in self._full_at:
                    # Who is refused is not forgotten for that: it keeps its place among those that come often.
                    self._full_at.move_to_end(bucket.key)
                full_at = take_token(self._full_at.get(bucket.key, now), now, bucket)
                if full_at is None:
                    return index
                after[bucket.key] = full_at
            self._full_at.update(after)
            while len(self._full_at) > self._most:
                self._full_at.popitem(last=False)
        return None


class RedisRateLimits:
    """Implements `mailcore.ports.RateLimits`.

    `client` is one with a short time-out. `count` is called with the name of an event when the store fails.
    """

    def __init__(
        self,
        client: redis.Redis,
        local: LocalBuckets,
        *,
        count: Callable[[str], None],
        stopwatch: Callable[[], float] = time.monotonic,
    ) -> None:
        self._script = client.register_script(TAKE)
        self._local = local
        self._count = count
        self._stopwatch = stopwatch
        self._silent_until = float("-inf")

    def take(self, buckets: Sequence[Bucket]) -> int | None:
        """Take a token from each, or none at all: then the index of the first that is empty."""
        if not buckets:
            return None
        if self._stopwatch() < self._silent_until:
            return self._local.take(buckets)
        try:
            return self._shared(buckets)
        except StoreUnavailable as error:
            self._silent_until = self._stopwatch() + SILENCE_SECONDS
            self._count("connections.redis_away")
            log.warning("each front counts its clients by itself for now", error=str(error))
            return self._local.take(buckets)

    @translating_errors
    def _shared(self, buckets: Sequence[Bucket]) -> int | None:
        words: list[Any] = []
        for bucket in buckets:
            words += (bucket.limit, bucket.window)
        empty = int(self._script(keys=[RATE + bucket.key for bucket in buckets], args=words))
        return empty - 1 if empty else None
