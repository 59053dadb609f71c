"""The greylist in the durable Redis: one round trip for all that a step asks.

Keys: `mailchord:greylist:waiting` and `mailchord:greylist:passed` are sorted sets, hash -> when it came first, or was
seen last. They are bounded by age and number, and expire as a whole. A network that passed for a domain the nth time is
a member of its own (`HASH:n`); the one with the wanted number is renewed, the others age.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Sequence
from typing import Any

import redis
import structlog

from mailcore.acquaintance import DAY, SETTLED_SECONDS
from mailcore.clock import Clock, system_clock
from mailcore.connections import Greylisting
from mailcore.errors import StoreUnavailable
from mailcore.greylist import Attempt, Standing
from mailio.correspondents import PAIRS
from mailio.redis_client import PREFIX, translating_errors

log = structlog.get_logger("mailchord.greylist")

GREYLIST = PREFIX + "greylist:"
WAITING, PASSED = GREYLIST + "waiting", GREYLIST + "passed"

# As long nobody is asked to come again: mail flows, and the store is not asked by every recipient.
SILENCE_SECONDS = 30.0
HASH_BYTES = 10

# KEYS: waiting, passed, correspondents. ARGV: now, delay, retry, keep (seconds), passes, most entries, settled
# (seconds); then for each attempt its hash, that of network and sender, the number of pairs and the pairs.
ASK = """
local now, delay, retry, keep = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local passes, most, settled = tonumber(ARGV[5]), tonumber(ARGV[6]), tonumber(ARGV[7])
local function forget(key, seconds)
  -- So many at once: after a quiet night there may be a lot, and the server does nothing else meanwhile.
  local old = redis.call('ZRANGEBYSCORE', key, '-inf', now - seconds, 'LIMIT', 0, 200)
  if #old > 0 then redis.call('ZREM', key, unpack(old)) end
end
local function since(key, member, seconds)
  local at = tonumber(redis.call('ZSCORE', key, member) or '')
  return at and now - at < seconds and at or nil
end
local function remember(key, member, seconds)
  redis.call('ZADD', key, now, member)
  redis.call('EXPIRE', key, math.ceil(seconds) + 1)
end
local function is_allowed(member)
  local at = since(KEYS[2], member, keep)
  if at and now - at > keep / 30 then remember(KEYS[2], member, keep) end
  return at
end
local function stand(attempt, client, pairs_from, pairs_to)
  for i = pairs_from, pairs_to do
    local seen = tonumber(redis.call('ZSCORE', KEYS[3], ARGV[i]) or '')
    if seen and now - seen >= settled then return 'known' end
  end
  if is_allowed(client .. ':' .. passes) or is_allowed(attempt) then return 'allowed' end
  local seen = since(KEYS[1], attempt, retry)
  if not seen then
    if redis.call('ZCARD', KEYS[1]) >= most then return 'full' end
    remember(KEYS[1], attempt, retry)
    return 'new'
  end
  if now - seen < delay then return 'waiting' end
  redis.call('ZREM', KEYS[1], attempt)
  remember(KEYS[2], attempt, keep)
  for n = 1, passes do
    local member = client .. ':' .. n
    if not since(KEYS[2], member, keep) then
      remember(KEYS[2], member, keep)
      break
    end
  end
  redis.call('ZREMRANGEBYRANK', KEYS[2], 0, -most - 1)
  return 'passed'
end
forget(KEYS[1], retry)
forget(KEYS[2], keep)
local standings = {}
local i = 8
while i <= #ARGV do
  local last = i + 2 + tonumber(ARGV[i + 2])
  standings[#standings + 1] = stand(ARGV[i], ARGV[i + 1], i + 3, last)
  i = last + 1
end
return standings
"""


class RedisGreylist:
    """Implements `mailcore.ports.Greylist`. `client` is one with a short time-out."""

    def __init__(
        self,
        client: redis.Redis,
        *,
        clock: Clock = system_clock,
        stopwatch: Callable[[], float] = time.monotonic,
    ) -> None:
        self._script = client.register_script(ASK)
        self._clock = clock
        self._stopwatch = stopwatch
        self._silent_until = float("-inf")

    def ask(self, attempts: Sequence[Attempt], settings: Greylisting) -> tuple[Standing, ...]:
        """How each delivery stands, in the order of the attempts; those that are new are remembered."""
        if not attempts:
            return ()
        if self._stopwatch() >= self._silent_until:
            try:
                return self._asked(attempts, settings)
            except StoreUnavailable as error:
                self._silent_until = self._stopwatch() + SILENCE_SECONDS
                log.warning("nobody is asked to come again for now", error=str(error))
        return (Standing.UNAVAILABLE,) * len(attempts)

    @translating_errors
    def _asked(self, attempts: Sequence[Attempt], settings: Greylisting) -> tuple[Standing, ...]:
        words: list[Any] = [
            self._clock(),
            settings.delay_seconds,
            settings.retry_seconds,
            settings.passed_days * DAY,
            settings.passes,
            settings.most_entries,
            SETTLED_SECONDS,
        ]
        for attempt in attempts:
            client = (attempt.network, attempt.sender)
            words += (_hash(*client, attempt.recipient.lower()), _hash(*client), len(attempt.pairs), *attempt.pairs)
        answers = self._script(keys=[WAITING, PASSED, PAIRS], args=words)
        return tuple(Standing(answer.decode()) for answer in answers)


def _hash(*parts: str) -> bytes:
    text = "\0".join(parts).encode("utf-8", "replace")
    return hashlib.blake2b(text, digest_size=HASH_BYTES).digest()
