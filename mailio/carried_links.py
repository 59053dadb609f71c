"""Which delivered messages carried which links, in the durable Redis: written in bundles after the answers.

Keys: `mailchord:carried-links` is a stream, bounded by age and number; an entry has the id of a message (`i`), its
queue id (`q`), and up to 16 hashes (`k`, 8 bytes each) of what a list may have of its links. `mailchord:carried-links:
secret` keys the hashes, so that nobody outside can make an address that has the hash of another's.
"""

from __future__ import annotations

import secrets
import threading
from array import array
from bisect import bisect_left
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, cast

import redis
import structlog
from msgspec import Struct

from mailcore.carried_link_settings import CarriedLinks
from mailcore.carried_links import carried_keys
from mailcore.clock import Clock, system_clock
from mailcore.errors import StoreUnavailable
from mailcore.link_addresses import Key
from mailio.feed_store import HASH, SALT, hash_of
from mailio.flush_timer import FlushTimer
from mailio.redis_client import PREFIX, translating_errors

log = structlog.get_logger("mailchord.carried_links")

STREAM = PREFIX + "carried-links"
SECRET = STREAM + ":secret"
ENTRY_KEYS = 16
LONGEST_QUEUE_ID = 40
DAY = 86_400.0
MAX_WAITING = 1_000  # messages that wait for a store that is away
BUNDLE = 100  # messages written in one round trip
PAGE = 1_000  # entries read in one
_PARTS = 256


class Carrier(Struct, frozen=True, kw_only=True):
    """A message that carried a link. `at` is when it was remembered, in seconds since the epoch."""

    id: str
    queue_id: str
    at: float


class Carried:
    """What the remembered links are known by: a copy for many questions, eight bytes each."""

    def __init__(self, secret: bytes, hashes: Iterable[bytes]) -> None:
        self._secret = secret
        parts = [array("Q") for _ in range(_PARTS)]
        for joined in hashes:
            for number in array("Q", joined):
                parts[number % _PARTS].append(number)
        # One after the other: all of them as numbers would take ten times as much while they are sorted.
        self._parts = [array("Q", sorted(set(part))) for part in parts]

    def __len__(self) -> int:
        return sum(map(len, self._parts))

    def __contains__(self, key: Key) -> bool:
        (number,) = array("Q", hash_of(key, self._secret))
        part = self._parts[number % _PARTS]
        place = bisect_left(part, number)
        return place < len(part) and part[place] == number


class RedisCarriedLinks:
    """`remember` and `flush` do not raise: what cannot be written waits, bounded. All else raises StoreUnavailable.

    What came in the last `every` seconds is lost when the process is killed.
    """

    def __init__(
        self, client: redis.Redis, settings: CarriedLinks, *, every: float = 2.0, clock: Clock = system_clock
    ) -> None:
        self._redis = client
        self._settings = settings
        self._clock = clock
        self._waiting: deque[tuple[str, str, tuple[str, ...]]] = deque(maxlen=MAX_WAITING)
        self._lock = threading.Lock()
        self._timer = FlushTimer(seconds=every)

    def remember(self, message_id: str, queue_id: str, addresses: tuple[str, ...]) -> None:
        """Note what a message carried; written a little later."""
        with self._lock:
            self._waiting.append((message_id, queue_id, addresses))
            self._timer.begin(self.flush)

    def flush(self) -> None:
        """Write what has come together; what cannot be written now is kept for the next time."""
        with self._lock:
            self._timer.end()
            waiting = list(self._waiting)
            self._waiting.clear()
        try:
            while waiting:
                self._write(waiting[:BUNDLE])
                del waiting[:BUNDLE]
        except StoreUnavailable as error:
            log.warning("links of messages are written later", error=str(error))
            with self._lock:
                self._waiting = deque([*waiting, *self._waiting], maxlen=MAX_WAITING)
                self._timer.begin(self.flush)

    @translating_errors
    def _write(self, messages: Sequence[tuple[str, str, tuple[str, ...]]]) -> None:
        secret = self._secret()
        with self._redis.pipeline(transaction=False) as pipe:
            for message_id, queue_id, addresses in messages:
                hashes = [hash_of(key, secret) for key in carried_keys(addresses)]
                for start in range(0, len(hashes), ENTRY_KEYS):
                    joined = b"".join(hashes[start : start + ENTRY_KEYS])
                    entry: dict[Any, Any] = {"i": message_id, "q": queue_id[:LONGEST_QUEUE_ID], "k": joined}
                    pipe.xadd(STREAM, entry)
            pipe.xtrim(STREAM, maxlen=self._settings.most_entries, approximate=True)
            oldest = int((self._clock() - self._settings.days * DAY) * 1_000)
            pipe.xtrim(STREAM, minid=str(max(0, oldest)), approximate=True)
            pipe.execute()

    def _secret(self) -> bytes:
        """Asked each time: where the store lost everything, there is another."""
        with self._redis.pipeline(transaction=False) as pipe:
            pipe.set(SECRET, secrets.token_bytes(SALT), nx=True)
            pipe.get(SECRET)
            return cast(bytes, pipe.execute()[1])

    @translating_errors
    def carried(self) -> Carried:
        """What all remembered links are known by."""
        return Carried(self._secret(), (fields[b"k"] for _, fields in self._entries() if _is_whole(fields)))

    @translating_errors
    def carriers(self, keys: Sequence[Key]) -> Mapping[Carrier, Key]:
        """Messages with one of these keys, the oldest first, each with the first of the keys."""
        secret = self._secret()
        order = {hash_of(key, secret): (number, key) for number, key in reversed(list(enumerate(keys)))}
        found: dict[str, tuple[Carrier, int, Key]] = {}
        for entry_id, fields in self._entries() if order else ():
            if not _is_whole(fields):
                continue
            joined = fields[b"k"]
            matches = [
                match for at in range(0, len(joined), HASH) if (match := order.get(joined[at : at + HASH])) is not None
            ]
            if not matches:
                continue
            number, key = min(matches)
            carrier = Carrier(
                id=fields[b"i"].decode("utf-8", "replace"),
                queue_id=fields[b"q"].decode("utf-8", "replace"),
                at=_time_of(entry_id),
            )
            known = found.get(carrier.id)
            if known is None or number < known[1]:
                found[carrier.id] = (known[0] if known else carrier, number, key)
        return {carrier: key for carrier, _, key in found.values()}

    def _entries(self) -> Iterator[tuple[bytes, dict[bytes, bytes]]]:
        """Those that are not too old, the oldest first."""
        start = str(max(0, int((self._clock() - self._settings.days * DAY) * 1_000)))
        while True:
            page = cast("list[tuple[bytes, dict[bytes, bytes]]]", self._redis.xrange(STREAM, min=start, count=PAGE))
            yield from page
            if len(page) < PAGE:
                return
            start = f"({page[-1][0].decode()}"


def _is_whole(fields: Mapping[bytes, bytes]) -> bool:
    """Whether the entry is one that this version understands."""
    return fields.keys() >= {b"i", b"q", b"k"} and not len(fields[b"k"]) % HASH


def _time_of(entry_id: bytes) -> float:
    return int(entry_id.partition(b"-")[0]) / 1_000
