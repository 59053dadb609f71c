"""Who has written to whom, on a real server."""

from __future__ import annotations

import time

import pytest

from mailcore.acquaintance import DAY, History
from mailcore.settings import Correspondents
from mailio.correspondents import HISTORY, PAIRS, SILENCE_SECONDS, RedisCorrespondents
from tests.fakes import Clock
from tests.redis_server import RedisServer

pytestmark = pytest.mark.system
NOW = 1_800_000_000.0


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def known(server: RedisServer, clock: Clock) -> RedisCorrespondents:
    server.client().flushall()
    return RedisCorrespondents(server.client(2), Correspondents(most_pairs=10), every=3_600, clock=clock)


def test_what_was_remembered_is_there_for_the_next_message(known: RedisCorrespondents, clock: Clock) -> None:
    known.remember([b"bob"], at_once=False)
    known.flush()
    clock.now += 100
    assert known.history([b"bob", b"eve"]) == History(first_seen=(NOW, None), since=NOW, messages=1)


def test_who_we_wrote_to_is_known_at_once(known: RedisCorrespondents) -> None:
    known.remember([b"bob"], at_once=False)
    known.flush()
    known.remember([b"bob", b"eve"], at_once=True)
    known.flush()
    assert known.history([b"bob", b"eve"]).first_seen == (NOW - DAY, NOW - DAY)


def test_being_seen_again_does_not_make_a_sender_new(known: RedisCorrespondents, clock: Clock) -> None:
    for _ in range(30):
        known.remember([b"bob"], at_once=False)
        known.flush()
        clock.now += 5 * DAY
    [seen] = known.history([b"bob"]).first_seen
    assert seen is not None
    assert DAY <= clock.now - seen <= 40 * DAY
    assert known.history([b"bob"]).messages == 30


def test_senders_are_forgotten_by_age(known: RedisCorrespondents, server: RedisServer, clock: Clock) -> None:
    known.remember([b"bob"], at_once=False)
    known.flush()
    clock.now += 401 * DAY
    known.remember([b"eve"], at_once=False)
    known.flush()
    assert server.client(2).zrange(PAIRS, 0, -1) == [b"eve"]


def test_number_is_bounded_and_what_is_cut_off_makes_the_history_shorter(
    known: RedisCorrespondents, server: RedisServer, clock: Clock
) -> None:
    for number in range(30):
        known.remember([b"%d" % number], at_once=False)
        known.flush()
        clock.now += DAY
    assert server.client(2).zcard(PAIRS) == 10
    assert known.history([b"29"]).since == NOW + 20 * DAY


def test_many_are_written_in_bundles(server: RedisServer, clock: Clock) -> None:
    server.client().flushall()
    known = RedisCorrespondents(server.client(2), Correspondents(), every=3_600, clock=clock)
    known.remember((b"%d" % number for number in range(2_345)), at_once=False)
    known.flush()
    assert server.client(2).zcard(PAIRS) == 2_345
    assert server.client(2).hget(HISTORY, "messages") == b"1"


def test_it_writes_by_itself(server: RedisServer) -> None:
    server.client().flushall()
    known = RedisCorrespondents(server.client(2), Correspondents(), every=0.05)
    known.remember([b"bob"], at_once=False)
    until = time.monotonic() + 5
    while not server.client(2).zcard(PAIRS) and time.monotonic() < until:
        time.sleep(0.02)
    assert server.client(2).zcard(PAIRS) == 1


def test_store_that_is_away_makes_everybody_unknown_and_is_left_alone_for_a_while(clock: Clock) -> None:
    with RedisServer() as server:
        known = RedisCorrespondents(server.client(2), Correspondents(), every=3_600, clock=clock)
        known.remember([b"bob"], at_once=False)
        server.kill()
        assert known.history([b"bob"]) == History()
        known.flush()
        server.start()
        assert known.history([b"bob"]) == History(), "not asked again yet"
        clock.now += SILENCE_SECONDS + 1
        known.flush()
        assert known.history([b"bob"]).messages == 1, "what could not be written was kept"


def test_frozen_store_costs_one_short_wait() -> None:
    with RedisServer() as server:
        known = RedisCorrespondents(server.client(2, timeout=0.2), Correspondents(), every=3_600)
        server.freeze()
        began = time.monotonic()
        assert [known.history([b"bob"]) for _ in range(20)] == [History()] * 20
        assert time.monotonic() - began < 1.0
        server.thaw()
