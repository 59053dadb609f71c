"""Token buckets in a real Redis, and in the process while there is none."""

from __future__ import annotations

import threading
import time
from collections import Counter

import pytest
from structlog.testing import capture_logs

from mailcore.rate import Bucket
from mailio.rate_limits import RATE, SILENCE_SECONDS, LocalBuckets, RedisRateLimits
from mailio.redis_client import connect
from tests.redis_server import RedisServer

ONE = Bucket("connections:203.0.113.9", 3, 60.0)
OTHER = Bucket("connections:203.0.113.10", 3, 60.0)


@pytest.fixture
def redis(server: RedisServer) -> RedisServer:
    server.client().flushall()
    return server


class Limits:
    """The limits on a server, with a clock for what concerns this process alone."""

    def __init__(self, url: str, *, timeout: float = 1.0) -> None:
        self.now = 0.0
        self.counts: Counter[str] = Counter()
        self.local = LocalBuckets(most=1_000, stopwatch=lambda: self.now)
        self.limits = RedisRateLimits(
            connect(url, timeout=timeout), self.local, count=self._count, stopwatch=lambda: self.now
        )

    def _count(self, name: str) -> None:
        self.counts[name] += 1

    def take(self, *buckets: Bucket) -> int | None:
        return self.limits.take(buckets)


def test_a_bucket_is_shared_by_all_fronts(redis: RedisServer) -> None:
    fronts = [Limits(redis.url()) for _ in range(3)]
    assert [front.take(ONE) for front in fronts] == [None] * 3
    assert [front.take(ONE) for front in fronts] == [0] * 3
    assert [front.take(OTHER) for front in fronts] == [None] * 3
    assert not any(len(front.local) for front in fronts)


@pytest.mark.parametrize("where", ["Redis", "the process"])
def test_nothing_is_taken_where_one_bucket_is_empty(redis: RedisServer, where: str) -> None:
    limits = Limits(redis.url())
    take = limits.take if where == "Redis" else lambda *buckets: limits.local.take(buckets)
    for _ in range(3):
        assert take(ONE) is None
    assert [take(OTHER, ONE), take(ONE, OTHER)] == [1, 0]
    assert [take(OTHER) for _ in range(4)] == [None, None, None, 0]


def test_tokens_come_back(redis: RedisServer) -> None:
    limits = Limits(redis.url())
    quick = Bucket("quick", 2, 2.0)
    assert [limits.take(quick) for _ in range(3)] == [None, None, 0]
    time.sleep(1.05)
    assert limits.take(quick) is None
    time.sleep(2.1)
    assert [limits.take(quick) for _ in range(3)] == [None, None, 0]


def test_what_a_client_leaves_behind_expires_with_its_meaning(redis: RedisServer) -> None:
    limits, client = Limits(redis.url()), redis.client()
    fifty = Bucket("connections:203.0.113.9", 50, 60.0)
    limits.take(fifty)
    # One connection of fifty a minute means nothing after 1.2 s: a million addresses do not fill the server.
    assert 1_000 < client.pttl(RATE + fifty.key) <= 1_200
    for _ in range(49):
        assert limits.take(fifty) is None
    assert 58_000 < client.pttl(RATE + fifty.key) <= 60_000
    assert limits.take(fifty) == 0
    limits.take(Bucket("short", 1, 0.05))
    time.sleep(0.1)
    assert client.keys("*short*") == []


def test_other_limits_before_stop_nobody_for_long(redis: RedisServer) -> None:
    limits = Limits(redis.url())
    assert limits.take(Bucket("key", 1, 86_400.0)) is None
    assert [limits.take(Bucket("key", 2, 60.0)) for _ in range(3)] == [None, None, 0]


def test_the_exact_number_is_let_through_when_all_come_at_once(redis: RedisServer) -> None:
    front = Limits(redis.url(), timeout=5.0)
    bucket = Bucket("key", 50, 3_600.0)
    results: list[int | None] = []
    threads = [threading.Thread(target=lambda: results.extend(front.take(bucket) for _ in range(25))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Counter(results) == {None: 50, 0: 150}


def test_a_front_counts_by_itself_while_redis_is_away_and_comes_back() -> None:
    with RedisServer() as redis:
        limits = Limits(redis.url())
        for _ in range(3):
            assert limits.take(ONE) is None
        redis.kill()
        with capture_logs() as logs:
            # What was counted there is not known here: a client gets its limit once more.
            assert [limits.take(ONE) for _ in range(4)] == [None, None, None, 0]
        assert [line["event"] for line in logs] == ["each front counts its clients by itself for now"]
        assert limits.counts == {"connections.redis_away": 1}
        redis.start()
        assert limits.take(ONE) == 0
        limits.now += SILENCE_SECONDS + 0.1
        # The new server knows nothing, nor has it the script.
        assert [limits.take(ONE) for _ in range(4)] == [None, None, None, 0]
        assert len(limits.local) == 1


def test_a_server_that_hangs_costs_one_wait_and_then_none() -> None:
    with RedisServer() as redis:
        limits = Limits(redis.url(), timeout=0.1)
        assert limits.take(ONE) is None
        redis.freeze()
        try:
            began = time.monotonic()
            assert [limits.take(ONE) for _ in range(100)] == [None] * 3 + [0] * 97
            assert time.monotonic() - began < 1.0
        finally:
            redis.thaw()


def test_a_full_server_is_as_good_as_none() -> None:
    with RedisServer(memory_limit="3mb") as redis:
        client = redis.client()
        client.config_set("maxmemory", "1kb")
        limits = Limits(redis.url())
        assert [limits.take(ONE) for _ in range(4)] == [None, None, None, 0]
        assert limits.counts == {"connections.redis_away": 1}


def test_nothing_to_ask_asks_nobody() -> None:
    assert Limits("unix:///nowhere/redis.sock?db=0").take() is None


# In the process


def test_a_million_addresses_take_the_room_of_those_that_are_kept() -> None:
    buckets = LocalBuckets(most=1_000, stopwatch=lambda: 1.0)
    for number in range(1_000_000):
        buckets.take((Bucket(f"2001:db8:{number >> 16:x}:{number & 0xFFFF:x}::/64", 50, 60.0),))
    assert len(buckets) == 1_000


def test_who_comes_often_is_not_forgotten_for_those_who_come_once() -> None:
    buckets = LocalBuckets(most=100, stopwatch=lambda: 1.0)
    assert [buckets.take((ONE,)) for _ in range(3)] == [None] * 3
    for number in range(10_000):
        buckets.take((Bucket(f"once {number}", 50, 60.0),))
        if number % 50 == 0:
            assert buckets.take((ONE,)) == 0
