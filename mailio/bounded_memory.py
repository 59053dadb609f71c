"""Values by key for a while, in the process and in Redis, in a room that is never exceeded.

Keys in Redis: `mailchord:NAME:NUMBER`, of a fixed count: a key always has the same number, and the next key with that
number takes its place. So attachments that an attacker makes up never fill a Redis that must not forget. Values are
msgpack of [key, value]; they expire. One thread at a time.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection, Mapping
from typing import cast

import msgspec
import redis
import structlog

from mailcore.clock import Clock, system_clock
from mailcore.errors import StoreUnavailable
from mailcore.ports import Memory
from mailio.redis_client import PREFIX, translating_errors

log = structlog.get_logger("mailchord.memory")

# A Redis that fails is left alone for so long.
SILENCE_SECONDS = 10.0
_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(tuple[bytes, bytes])


class LocalMemory:
    """In the process: the values asked for last, bounded in number and in bytes. Implements `mailcore.ports.Memory`."""

    def __init__(self, *, entries: int, most_bytes: int, clock: Clock = system_clock) -> None:
        self._entries = entries
        self._most_bytes = most_bytes
        self._clock = clock
        self._values: OrderedDict[bytes, tuple[float, bytes]] = OrderedDict()
        self.size = 0

    def __len__(self) -> int:
        return len(self._values)

    def find(self, keys: Collection[bytes]) -> dict[bytes, bytes]:
        now = self._clock()
        found: dict[bytes, bytes] = {}
        for key in keys:
            ends, value = self._values.get(key, (0.0, b""))
            if ends > now:
                self._values.move_to_end(key)
                found[key] = value
        return found

    def keep(self, values: Mapping[bytes, bytes], *, seconds: float) -> None:
        ends = self._clock() + seconds
        for key, value in values.items():
            self._drop(key)
            if len(value) <= self._most_bytes:
                self._values[key] = (ends, value)
                self.size += len(value)
        while len(self._values) > self._entries or self.size > self._most_bytes:
            self._drop(next(iter(self._values)))

    def _drop(self, key: bytes) -> None:
        if key in self._values:
            self.size -= len(self._values.pop(key)[1])


class SharedMemory:
    """In Redis, for all processes. Its absence is not noticed but in a log line: nothing is found, nothing is kept."""

    def __init__(
        self, client: redis.Redis, name: str, *, places: int, most_bytes: int, clock: Clock = system_clock
    ) -> None:
        self._redis = client
        self._name = name
        self._places = places
        self._most_bytes = most_bytes
        self._clock = clock
        self._silent_until = 0.0

    def find(self, keys: Collection[bytes]) -> dict[bytes, bytes]:
        if not keys or self._clock() < self._silent_until:
            return {}
        try:
            values = self._read([self._place(key) for key in keys])
        except StoreUnavailable as error:
            self._be_silent(error)
            return {}
        found = (_entry(value) for value in values)
        return {entry[0]: entry[1] for entry, key in zip(found, keys, strict=True) if entry and entry[0] == key}

    def keep(self, values: Mapping[bytes, bytes], *, seconds: float) -> None:
        wanted = {key: value for key, value in values.items() if len(value) <= self._most_bytes}
        if not wanted or self._clock() < self._silent_until:
            return
        try:
            self._write(wanted, max(1, int(seconds)))
        except StoreUnavailable as error:
            self._be_silent(error)

    @translating_errors
    def _read(self, places: list[str]) -> list[bytes | None]:
        return cast("list[bytes | None]", self._redis.mget(places))

    @translating_errors
    def _write(self, values: Mapping[bytes, bytes], seconds: int) -> None:
        with self._redis.pipeline(transaction=False) as pipeline:
            for key, value in values.items():
                pipeline.set(self._place(key), _encoder.encode((key, value)), ex=seconds)
            pipeline.execute()

    def _place(self, key: bytes) -> str:
        return f"{PREFIX}{self._name}:{int.from_bytes(key[:8]) % self._places}"

    def _be_silent(self, error: StoreUnavailable) -> None:
        self._silent_until = self._clock() + SILENCE_SECONDS
        log.warning("not shared for a while", memory=self._name, error=str(error), seconds=SILENCE_SECONDS)


class LayeredMemory:
    """The near memory first, then the far one; what is found there comes nearer. Keys are hashes of 8 bytes or more."""

    def __init__(self, near: Memory, far: Memory, *, near_seconds: float) -> None:
        """`near_seconds`: how long what came from far is kept near, at most."""
        self._near = near
        self._far = far
        self._near_seconds = near_seconds

    def find(self, keys: Collection[bytes]) -> dict[bytes, bytes]:
        found = dict(self._near.find(keys))
        missing = [key for key in keys if key not in found]
        if missing:
            from_far = self._far.find(missing)
            self._near.keep(from_far, seconds=self._near_seconds)
            found.update(from_far)
        return found

    def keep(self, values: Mapping[bytes, bytes], *, seconds: float) -> None:
        self._near.keep(values, seconds=min(seconds, self._near_seconds))
        self._far.keep(values, seconds=seconds)


def _entry(value: bytes | None) -> tuple[bytes, bytes] | None:
    """Key and value of a place, None where it is empty or of another version."""
    if value is None:
        return None
    try:
        return _decoder.decode(value)
    except msgspec.DecodeError:
        return None
