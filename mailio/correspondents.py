"""Who has written to whom, in the durable Redis: asked once a message, written in bundles after the answers.

Keys: `mailchord:correspondents` is a sorted set, pair -> when it was seen first (or renewed), bounded by age and
number; `mailchord:correspondents:history` is a hash with `since` and `messages`. Pairs are hashes (see
`mailcore.acquaintance`). `mailchord:link-domains` is the same for domains of links (see `mailcore.link_history`).
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from typing import Any, cast

import redis
import structlog

from mailcore.acquaintance import DAY, SETTLED_SECONDS, History
from mailcore.clock import Clock, system_clock
from mailcore.errors import StoreUnavailable
from mailcore.settings import Correspondents
from mailio.flush_timer import FlushTimer
from mailio.redis_client import PREFIX, translating_errors

log = structlog.get_logger("mailchord.correspondents")

PAIRS = PREFIX + "correspondents"
HISTORY = PAIRS + ":history"
LINK_DOMAINS = PREFIX + "link-domains"

# A pair that is seen again is renewed once in this time, so that most messages of known senders write nothing.
RENEW_SECONDS = 30 * DAY
# A store that does not answer is left alone for so long: what it would say is worth less than the time of waiting.
SILENCE_SECONDS = 30.0
MAX_WAITING = 20_000  # pairs that wait for a store that is away
BUNDLE = 500  # pairs written in one step of the server, which does nothing else meanwhile

# ARGV: now, settled, renew, forget (seconds), most pairs, messages, then pair and "1" for one that is known at once.
REMEMBER = """
local now, settled, renew = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
for i = 7, #ARGV, 2 do
  local seen = tonumber(redis.call('ZSCORE', KEYS[1], ARGV[i]) or '')
  if not seen then
    redis.call('ZADD', KEYS[1], ARGV[i + 1] == '1' and now - settled or now, ARGV[i])
  elseif now - seen > renew or (ARGV[i + 1] == '1' and now - seen < settled) then
    redis.call('ZADD', KEYS[1], now - settled, ARGV[i])
  end
end
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - tonumber(ARGV[4]))
redis.call('HSETNX', KEYS[2], 'since', now)
redis.call('HINCRBY', KEYS[2], 'messages', ARGV[6])
if redis.call('ZREMRANGEBYRANK', KEYS[1], 0, -tonumber(ARGV[5]) - 1) > 0 then
  local oldest = redis.call('ZRANGE', KEYS[1], 0, 0, 'WITHSCORES')
  redis.call('HSET', KEYS[2], 'since', oldest[2])
end
"""


class RedisCorrespondents:
    """Implements `mailcore.ports.Correspondents`.

    Neither method raises: without its store everybody is unknown, and what was to be remembered waits, bounded. What
    came in the last `every` seconds is lost when the process is killed.
    """

    def __init__(
        self,
        client: redis.Redis,
        settings: Correspondents,
        *,
        every: float = 2.0,
        clock: Clock = system_clock,
        key: str = PAIRS,
    ) -> None:
        self._redis = client
        self._key, self._history_key = key, key + ":history"
        self._settings = settings
        self._clock = clock
        self._script = client.register_script(REMEMBER)
        self._silent_until = 0.0
        self._waiting: dict[bytes, bool] = {}
        self._messages = 0
        self._lock = threading.Lock()
        self._timer = FlushTimer(seconds=every)

    def history(self, pairs: Sequence[bytes]) -> History:
        """What is known of these pairs; an empty history where the store is away."""
        now = self._clock()
        if not pairs or now < self._silent_until:
            return History()
        try:
            return self._asked(pairs)
        except StoreUnavailable as error:
            self._silent_until = now + SILENCE_SECONDS
            log.warning("senders are not known for now", error=str(error))
            return History()

    def remember(self, pairs: Iterable[bytes], *, at_once: bool) -> None:
        """Note a message; written a little later. `at_once`: they are known now, not from tomorrow."""
        with self._lock:
            self._messages += 1
            for pair in pairs:
                if len(self._waiting) < MAX_WAITING or pair in self._waiting:
                    self._waiting[pair] = at_once or self._waiting.get(pair, False)
            self._timer.begin(self.flush)

    def flush(self) -> None:
        """Write what has come together; what cannot be written now is kept for the next time."""
        with self._lock:
            self._timer.end()
            waiting, messages = self._waiting, self._messages
            self._waiting, self._messages = {}, 0
        try:
            while waiting or messages:
                bundle = dict(list(waiting.items())[:BUNDLE])
                self._write(bundle, messages)
                messages = 0
                for pair in bundle:
                    del waiting[pair]
        except StoreUnavailable as error:
            log.warning("correspondents are written later", error=str(error))
            with self._lock:
                self._waiting = dict(list({**waiting, **self._waiting}.items())[:MAX_WAITING])
                self._messages += messages
                self._timer.begin(self.flush)

    @translating_errors
    def _asked(self, pairs: Sequence[bytes]) -> History:
        with self._redis.pipeline(transaction=False) as pipe:
            pipe.zmscore(self._key, cast("list[str]", list(pairs)))
            pipe.hmget(self._history_key, ["since", "messages"])
            scores, (since, messages) = pipe.execute()
        return History(
            first_seen=tuple(None if score is None else float(score) for score in scores),
            since=float(since or self._clock()),
            messages=int(messages or 0),
        )

    @translating_errors
    def _write(self, pairs: dict[bytes, bool], messages: int) -> None:
        forget = self._settings.remembered_days * DAY
        words: list[Any] = [self._clock(), SETTLED_SECONDS, RENEW_SECONDS, forget, self._settings.most_pairs, messages]
        for pair, at_once in pairs.items():
            words += [pair, "1" if at_once else "0"]
        self._script(keys=[self._key, self._history_key], args=words)
