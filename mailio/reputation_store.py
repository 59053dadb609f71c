"""Records of senders in the durable Redis: one round trip to read those of a message, bounded whatever comes.

Keys:
    mailchord:reputation:KIND:BUCKET  records, digest -> 30 bytes; 1,024 buckets a kind       hash, expires
    mailchord:reputation:set          what administrators said, "KIND NAME" -> `SetValue`     hash
    mailchord:reputation:since        when the first record was written                       string

A bucket that is full loses those of whom least is known, so that a flood of new names displaces itself. Small hashes
of short values are stored without pointers: about 60 bytes a record.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from typing import Any, cast

import msgspec
import redis
from msgspec import Struct

from mailcore.reputation import DAY, Evidence, Record, ReputationSettings, Role, Subject, learned
from mailio.redis_client import PREFIX, translating_errors

ROOT = PREFIX + "reputation"
SET_VALUES = ROOT + ":set"
SINCE = ROOT + ":since"

BUCKETS = 1_024
MAX_SET_VALUES = 10_000
# Another process may have learned of the same sender between reading and writing; then it is done once more.
ATTEMPTS = 5
# A full bucket is emptied by more than the one that was too many, or each new name would cost a reading of all.
ROOM = 0.1

_RECORD = struct.Struct("<5fH2I")  # single precision is more than verdicts have

# Writes where nobody else has written since: KEYS: bucket; ARGV: digest, as it was read, new, seconds to live.
# Answers how many there are in the bucket, -1 where somebody was faster.
WRITE = """
if (redis.call('HGET', KEYS[1], ARGV[1]) or '') ~= ARGV[2] then return -1 end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[3])
redis.call('EXPIRE', KEYS[1], ARGV[4])
return redis.call('HLEN', KEYS[1])
"""


class SetValue(Struct, frozen=True, kw_only=True):
    """What an administrator said of somebody, until `until`. Times are seconds since the epoch."""

    score: float
    until: float
    at: float
    note: str = ""


class Known(Struct, frozen=True, kw_only=True):
    """What is kept of a sender."""

    record: Record | None = None
    set_value: SetValue | None = None


class ReputationStore:
    """Every method raises StoreUnavailable when Redis is away or full."""

    def __init__(self, client: redis.Redis, settings: ReputationSettings) -> None:
        self._redis = client
        self._forget_seconds = settings.remembered_days * DAY
        self._half_life = settings.half_life_days * DAY
        self._most = max(1, settings.most_senders // BUCKETS)
        self._write = client.register_script(WRITE)

    @translating_errors
    def read(self, subjects: Sequence[Subject], now: float) -> tuple[list[Known], float | None]:
        """What is known of each, and since when anything is. One round trip."""
        if not subjects:
            return [], None
        with self._redis.pipeline(transaction=False) as pipe:
            for subject in subjects:
                bucket, digest = _place(subject)
                pipe.hget(bucket, cast(str, digest))
            pipe.hmget(SET_VALUES, cast("list[str]", [_label(subject) for subject in subjects]))
            pipe.get(SINCE)
            *records, said, since = pipe.execute()
        known = [
            Known(record=self._alive(record, now), set_value=_in_force(value, now))
            for record, value in zip(records, said, strict=True)
        ]
        return known, _time_of(since)

    @translating_errors
    def learn(self, lessons: Mapping[Subject, Evidence], now: float) -> dict[Subject, Evidence]:
        """Add the evidence to the records. Returns what others were always faster at: for the next time."""
        left = dict(lessons)
        crowded: set[str] = set()
        for _ in range(ATTEMPTS):
            if not left:
                break
            left = self._learn_once(left, now, crowded)
        if crowded:
            self._make_room(sorted(crowded), now)
        return left

    def _learn_once(self, lessons: dict[Subject, Evidence], now: float, crowded: set[str]) -> dict[Subject, Evidence]:
        places = {subject: _place(subject) for subject in lessons}
        with self._redis.pipeline(transaction=False) as pipe:
            for bucket, digest in places.values():
                pipe.hget(bucket, cast(str, digest))
            before = cast("list[bytes | None]", pipe.execute())
        with self._redis.pipeline(transaction=False) as pipe:
            pipe.set(SINCE, int(now), nx=True)
            for (subject, (bucket, digest)), old in zip(places.items(), before, strict=True):
                record = learned(self._alive(old, now), lessons[subject], now, half_life=self._half_life)
                arguments: list[bytes | int] = [digest, old or b"", _packed(record), int(self._forget_seconds) + 1]
                self._write(keys=[bucket], args=arguments, client=pipe)
            _, *counts = pipe.execute()
        crowded.update(place[0] for place, count in zip(places.values(), counts, strict=True) if count > self._most)
        return {subject: lessons[subject] for subject, count in zip(places, counts, strict=True) if count < 0}

    def _make_room(self, buckets: Sequence[str], now: float) -> None:
        """Those who were not seen for long go first, then those of whom least is known, the oldest first."""
        with self._redis.pipeline(transaction=False) as pipe:
            for bucket in buckets:
                pipe.hgetall(bucket)
            contents = cast("list[dict[bytes, bytes]]", pipe.execute())
        with self._redis.pipeline(transaction=False) as pipe:
            for bucket, content in zip(buckets, contents, strict=True):
                worth = {digest: self._worth(packed, now) for digest, packed in content.items()}
                kept = max(1, int(self._most * (1 - ROOM)))
                least = sorted(worth, key=lambda digest, worth=worth: worth[digest])[: max(0, len(worth) - kept)]  # type: ignore[misc]
                if least:
                    pipe.hdel(bucket, *cast("list[str]", least))
            pipe.execute()

    def _worth(self, packed: bytes, now: float) -> tuple[float, float]:
        record = self._alive(packed, now)
        if record is None:
            return -1.0, 0.0
        faded = 0.5 ** (max(0.0, now - record.at) / self._half_life)
        evidence = record.good + record.bad + record.today_good + record.today_bad
        return (evidence + record.volume) * faded, record.at

    def _alive(self, packed: bytes | None, now: float) -> Record | None:
        """The record; None where there is none, for one that is to be forgotten, and for what is none."""
        if packed is None or len(packed) != _RECORD.size:
            return None
        good, bad, volume, today_good, today_bad, days, first_seen, at = _RECORD.unpack(packed)
        if now - at > self._forget_seconds:
            return None
        return Record(
            first_seen=first_seen,
            at=at,
            good=good,
            bad=bad,
            volume=volume,
            today_good=today_good,
            today_bad=today_bad,
            days=days,
        )

    # For administrators

    @translating_errors
    def say(self, subjects: Sequence[Subject], value: SetValue) -> None:
        """Put a value in place of what was learned. Those whose time is over are removed.

        Raises ValueError when there are too many.
        """
        if self._in_force(value.at) + len(subjects) > MAX_SET_VALUES:
            raise ValueError(f"there are {MAX_SET_VALUES:,} values already: forget some")
        encoded = msgspec.json.encode(value)
        self._redis.hset(SET_VALUES, mapping=cast(Any, {_label(subject): encoded for subject in subjects}))

    @translating_errors
    def said(self, now: float) -> dict[Subject, SetValue]:
        """Every value that is in force."""
        found = {}
        for label, data in cast("dict[bytes, bytes]", self._redis.hgetall(SET_VALUES)).items():
            kind, _, name = label.decode("utf-8", "replace").partition(" ")
            if kind in list(Role) and (value := _in_force(data, now)) is not None:
                found[Subject(Role(kind), name)] = value
        return found

    @translating_errors
    def forget(self, subjects: Sequence[Subject]) -> int:
        """Remove what was learned and what was said; returns how many of these there were."""
        with self._redis.pipeline(transaction=False) as pipe:
            for subject in subjects:
                bucket, digest = _place(subject)
                pipe.hdel(bucket, cast(str, digest))
                pipe.hdel(SET_VALUES, cast(str, _label(subject)))
            return sum(map(int, pipe.execute()))

    def _in_force(self, now: float) -> int:
        """How many values there are, when those are removed whose time is over."""
        kept = cast("dict[bytes, bytes]", self._redis.hgetall(SET_VALUES))
        over = [label for label, data in kept.items() if _in_force(data, now) is None]
        if over:
            self._redis.hdel(SET_VALUES, *cast("list[str]", over))
        return len(kept) - len(over)


def _place(subject: Subject) -> tuple[str, bytes]:
    """The bucket, and the field in it."""
    digest = subject.digest
    return f"{ROOT}:{subject.kind}:{int.from_bytes(digest[:2], 'big') % BUCKETS}", digest[2:]


def _label(subject: Subject) -> bytes:
    """Names from a mail may hold lone surrogates, which are no UTF-8; nothing was set for those."""
    return subject.label.encode("utf-8", "replace")


def _packed(record: Record) -> bytes:
    return _RECORD.pack(
        record.good,
        record.bad,
        record.volume,
        record.today_good,
        record.today_bad,
        record.days,
        int(record.first_seen),
        int(record.at),
    )


def _in_force(data: bytes | None, now: float) -> SetValue | None:
    if data is None:
        return None
    try:
        value = msgspec.json.decode(data, type=SetValue)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    return value if value.until > now else None


def _time_of(data: Any) -> float | None:
    try:
        return float(data) if data is not None else None
    except ValueError:
        return None
