"""Counted rows of DMARC reports in the durable Redis, by policy domain and UTC day; they expire by themselves.

Keys, DAY as 2026-11-22: `mailchord:dmarc:DAY` is a hash with the number of `rows` and their `bytes`, of messages that
were `lost`, and of messages by domain (`d:example.com`). `mailchord:dmarc:DAY:DOMAIN` is a hash with the `published`
record (the last one seen), the number of `rows`, of messages `dropped` because there were too many, and each row -> its
messages. Beside it `...:sent` says for each destination what became of the report, and `...:claim` that somebody is
sending it now.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any, cast

import msgspec
import redis
from msgspec import Struct

from mailcore.authentication import PublishedDmarc
from mailcore.dmarc_report_settings import DmarcReports
from mailcore.dmarc_rows import Row
from mailio.redis_client import PREFIX, translating_errors

KEY = PREFIX + "dmarc:"
ROW = b"["  # a row is a JSON array; no other field begins so
DOMAIN = "d:"
# A day's rows live on for the days that are kept, and two more for whoever sends late.
GRACE_DAYS = 2
CLAIM_SECONDS = 900
# What a row takes on average. Who writes long ones (names of 255 characters, many signatures) gets fewer of them.
ROW_BYTES = 500
# What the server does in one step, and what is sent to it at once.
ROWS_AT_ONCE = 500
GROUPS_AT_ONCE = 100

# KEYS: the day, the domain's day. ARGV: domain, published, when it expires, most rows of a domain, rows and bytes
# of a day, then each row with its messages. A domain for which there is no room leaves nothing behind but a number.
ADD = """
local own = tonumber(redis.call('HGET', KEYS[2], 'rows') or '0')
local all = tonumber(redis.call('HGET', KEYS[1], 'rows') or '0')
local bytes = tonumber(redis.call('HGET', KEYS[1], 'bytes') or '0')
local new, counted, dropped = 0, 0, 0
for i = 7, #ARGV, 2 do
  local known = redis.call('HEXISTS', KEYS[2], ARGV[i]) == 1
  local room = own + new < tonumber(ARGV[4]) and all + new < tonumber(ARGV[5])
  if known or (room and bytes + #ARGV[i] <= tonumber(ARGV[6])) then
    redis.call('HINCRBY', KEYS[2], ARGV[i], ARGV[i + 1])
    counted = counted + tonumber(ARGV[i + 1])
    if not known then
      new, bytes = new + 1, bytes + #ARGV[i]
    end
  else
    dropped = dropped + tonumber(ARGV[i + 1])
  end
end
if own + new > 0 then
  redis.call('HSET', KEYS[2], 'published', ARGV[2], 'rows', own + new)
  if dropped > 0 then redis.call('HINCRBY', KEYS[2], 'dropped', dropped) end
  redis.call('HINCRBY', KEYS[1], 'd:' .. ARGV[1], counted)
  redis.call('EXPIREAT', KEYS[2], ARGV[3])
elseif dropped > 0 then
  redis.call('HINCRBY', KEYS[1], 'lost', dropped)
end
redis.call('HSET', KEYS[1], 'rows', all + new, 'bytes', bytes)
redis.call('EXPIREAT', KEYS[1], ARGV[3])
return dropped
"""


class DomainRows(Struct, frozen=True, kw_only=True):
    """What is to be added for one domain and day."""

    day: date
    domain: str
    published: PublishedDmarc
    rows: Mapping[Row, int]


class Collected(Struct, frozen=True, kw_only=True):
    """What was counted of one domain and day."""

    published: PublishedDmarc
    rows: tuple[tuple[Row, int], ...]
    dropped: int = 0


class CollectedDay(Struct, frozen=True, kw_only=True):
    """The domains of a day with their messages; `lost` messages could not be counted for any."""

    day: date
    domains: Mapping[str, int]
    lost: int = 0


def utc_day(seconds: float) -> date:
    """The UTC day of a time in seconds since the epoch."""
    return datetime.fromtimestamp(seconds, UTC).date()


def begin_of(day: date) -> int:
    """When the day begins, in seconds since the epoch."""
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp())


class DmarcStore:
    """Every method raises StoreUnavailable when Redis cannot be reached."""

    def __init__(self, client: redis.Redis, settings: DmarcReports) -> None:
        self._redis = client
        self._settings = settings

    def adopt(self, settings: DmarcReports) -> None:
        """Keep to these bounds from now on."""
        self._settings = settings

    @translating_errors
    def add(self, groups: Iterable[DomainRows]) -> int:
        """Add the groups in one round trip; returns the messages for which there was no room.

        Give it at most `GROUPS_AT_ONCE` groups of `ROWS_AT_ONCE` rows.
        """
        most = self._settings.most_rows
        limits = (self._settings.most_domain_rows, most, most * ROW_BYTES)
        with self._redis.pipeline(transaction=False) as pipe:
            for group in groups:
                words: list[Any] = [
                    group.domain,
                    msgspec.json.encode(group.published),
                    self._expiry(group.day),
                    *limits,
                ]
                for row, messages in group.rows.items():
                    words += [msgspec.json.encode(row), messages]
                pipe.eval(ADD, 2, _key(group.day), _key(group.day, group.domain), *words)
            return sum(int(dropped) for dropped in pipe.execute())

    @translating_errors
    def add_lost(self, day: date, messages: int) -> None:
        with self._redis.pipeline(transaction=False) as pipe:
            pipe.hincrby(_key(day), "lost", messages)
            pipe.expireat(_key(day), self._expiry(day))
            pipe.execute()

    @translating_errors
    def days(self, today: date) -> tuple[CollectedDay, ...]:
        """The days of which something is kept, the oldest first; today's is not over."""
        span = self._settings.kept_days + GRACE_DAYS
        days = [today - timedelta(days=ago) for ago in range(span, -1, -1)]
        with self._redis.pipeline(transaction=False) as pipe:
            for day in days:
                pipe.hgetall(_key(day))
            found = cast("list[dict[bytes, bytes]]", pipe.execute())
        return tuple(_day(day, fields) for day, fields in zip(days, found, strict=True) if fields)

    @translating_errors
    def load(self, day: date, domain: str) -> Collected | None:
        """What was counted; None where there is nothing. Rows are in a stable order."""
        fields = cast("dict[bytes, bytes]", self._redis.hgetall(_key(day, domain)))
        if b"published" not in fields:
            return None
        rows = sorted((name, int(count)) for name, count in fields.items() if name.startswith(ROW))
        return Collected(
            published=msgspec.json.decode(fields[b"published"], type=PublishedDmarc),
            rows=tuple((msgspec.json.decode(name, type=Row), count) for name, count in rows),
            dropped=int(fields.get(b"dropped", b"0")),
        )

    @translating_errors
    def claim(self, day: date, domain: str) -> bool:
        """Whether this process may send that report now; the claim of one that dies ends by itself."""
        return bool(self._redis.set(_key(day, domain) + ":claim", "1", nx=True, ex=CLAIM_SECONDS))

    @translating_errors
    def release(self, day: date, domain: str) -> None:
        self._redis.delete(_key(day, domain) + ":claim")

    @translating_errors
    def sent(self, day: date, domain: str) -> dict[str, str]:
        """By destination what became of the report: `sent`, or why it was refused for good."""
        fields = cast("dict[bytes, bytes]", self._redis.hgetall(_key(day, domain) + ":sent"))
        return {name.decode(): outcome.decode("utf-8", "replace") for name, outcome in fields.items()}

    @translating_errors
    def mark(self, day: date, domain: str, destination: str, outcome: str) -> None:
        key = _key(day, domain) + ":sent"
        with self._redis.pipeline(transaction=False) as pipe:
            pipe.hset(key, destination, outcome)
            pipe.expireat(key, self._expiry(day))
            pipe.execute()

    def _expiry(self, day: date) -> int:
        return begin_of(day + timedelta(days=self._settings.kept_days + GRACE_DAYS + 1))


def _key(day: date, domain: str = "") -> str:
    return f"{KEY}{day.isoformat()}:{domain}" if domain else f"{KEY}{day.isoformat()}"


def _day(day: date, fields: Mapping[bytes, bytes]) -> CollectedDay:
    named = {name.decode(): int(count) for name, count in fields.items()}
    domains = {name.removeprefix(DOMAIN): count for name, count in sorted(named.items()) if name.startswith(DOMAIN)}
    return CollectedDay(day=day, domains=domains, lost=named.get("lost", 0))
