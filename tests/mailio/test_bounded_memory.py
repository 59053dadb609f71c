"""Values by key for a while: found as they were kept, never more than there is room for, gone with Redis."""

from __future__ import annotations

import hashlib

import msgspec
import pytest
import redis

from mailio.bounded_memory import LayeredMemory, LocalMemory, SharedMemory


def key(number: int) -> bytes:
    return hashlib.sha256(str(number).encode()).digest()


class Clock:
    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


class FakeRedis:
    """As much of a client as a memory needs; `fails` for one that is away."""

    def __init__(self) -> None:
        self.values: dict[str, bytes] = {}
        self.fails = False
        self.asked = 0

    def mget(self, keys: list[str]) -> list[bytes | None]:
        self.asked += 1
        if self.fails:
            raise redis.ConnectionError("away")
        return [self.values.get(key) for key in keys]

    def pipeline(self, *, transaction: bool) -> FakeRedis:
        assert not transaction
        return self

    def __enter__(self) -> FakeRedis:
        return self

    def __exit__(self, *_: object) -> None:
        return

    def set(self, key: str, value: bytes, *, ex: int) -> None:
        assert ex > 0
        self.values[key] = value

    def execute(self) -> None:
        if self.fails:
            raise redis.ConnectionError("away")


def shared(client: FakeRedis, clock: Clock, *, places: int = 8, most_bytes: int = 100) -> SharedMemory:
    return SharedMemory(client, "test", places=places, most_bytes=most_bytes, clock=clock)  # type: ignore[arg-type]


def test_what_was_asked_for_last_stays() -> None:
    memory = LocalMemory(entries=2, most_bytes=100)
    memory.keep({key(1): b"a", key(2): b"b"}, seconds=9)
    memory.find([key(1)])
    memory.keep({key(3): b"c"}, seconds=9)
    assert memory.find([key(1), key(2), key(3)]) == {key(1): b"a", key(3): b"c"}


def test_bytes_are_counted() -> None:
    memory = LocalMemory(entries=99, most_bytes=10)
    for number in range(5):
        memory.keep({key(number): bytes(4)}, seconds=9)
    memory.keep({key(9): bytes(11)}, seconds=9)
    memory.keep({key(4): bytes(3)}, seconds=9)
    assert (len(memory), memory.size) == (2, 7)


def test_time_ends() -> None:
    clock = Clock()
    memory = LocalMemory(entries=2, most_bytes=100, clock=clock)
    memory.keep({key(1): b"a"}, seconds=9)
    clock.now += 9
    assert memory.find([key(1)]) == {}


def test_nothing_is_kept_where_there_is_no_room() -> None:
    memory = LocalMemory(entries=0, most_bytes=100)
    memory.keep({key(1): b"a"}, seconds=9)
    assert len(memory) == 0


def test_redis_has_a_fixed_number_of_places() -> None:
    client, clock = FakeRedis(), Clock()
    memory = shared(client, clock)
    for number in range(100):
        memory.keep({key(number): b"a"}, seconds=9)
    assert len(client.values) <= 8
    assert len(memory.find([key(number) for number in range(100)])) == len(client.values)


def test_large_values_stay_out_of_redis() -> None:
    client = FakeRedis()
    shared(client, Clock()).keep({key(1): bytes(101)}, seconds=9)
    assert client.values == {}


@pytest.mark.parametrize("value", [b"", b"\xff", b"text", msgspec.msgpack.encode([1, 2]), msgspec.msgpack.encode("x")])
def test_what_others_wrote_there_is_nothing(value: bytes) -> None:
    client = FakeRedis()
    memory = shared(client, Clock())
    memory.keep({key(1): b"a"}, seconds=9)
    client.values = dict.fromkeys(client.values, value)
    assert memory.find([key(1)]) == {}


def test_a_redis_that_fails_is_left_alone_for_a_while() -> None:
    client, clock = FakeRedis(), Clock()
    memory = shared(client, clock)
    client.fails = True
    assert memory.find([key(1)]) == {}
    memory.keep({key(1): b"a"}, seconds=9)
    assert memory.find([key(1)]) == {}
    assert client.asked == 1
    client.fails = False
    clock.now += 11
    memory.keep({key(1): b"a"}, seconds=9)
    assert memory.find([key(1)]) == {key(1): b"a"}


def test_what_is_far_comes_nearer() -> None:
    client, clock = FakeRedis(), Clock()
    far = shared(client, clock)
    memory = LayeredMemory(LocalMemory(entries=9, most_bytes=100, clock=clock), far, near_seconds=5)
    far.keep({key(1): b"a"}, seconds=99)
    assert memory.find([key(1), key(2)]) == {key(1): b"a"}
    assert memory.find([key(1)]) == {key(1): b"a"}
    assert client.asked == 1
    clock.now += 6
    memory.find([key(1)])
    assert client.asked == 2
