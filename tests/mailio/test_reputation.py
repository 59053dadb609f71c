"""The history of senders on a real server: learned, bounded, kept over restarts, and without the server."""

from __future__ import annotations

import threading
import time

import pytest

from mailcore.reputation import (
    BAD,
    DAY,
    GOOD,
    NEUTRAL,
    SETTLED_DAYS,
    UNKNOWN,
    Evidence,
    Lesson,
    ReputationSettings,
    Role,
    Standing,
    Subject,
)
from mailio.reputation import MAX_WAITING, SILENCE_SECONDS, RedisReputations
from mailio.reputation_store import BUCKETS, ROOT, ReputationStore, SetValue
from tests.fakes import Clock
from tests.redis_server import RedisServer

pytestmark = pytest.mark.system
NOW = 1_800_000_000.0
SETTINGS = ReputationSettings()
CLIENT = Subject(Role.IP, "192.0.2.7")
DOMAIN = Subject(Role.DOMAIN, "example.com")
ENVELOPE = Subject(Role.ENVELOPE, "example.com")
ONE_BAD = Evidence(bad=BAD, messages=1)
ONE_GOOD = Evidence(good=GOOD, messages=1)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def known(server: RedisServer, clock: Clock) -> RedisReputations:
    server.client().flushall()
    return RedisReputations(server.client(2), SETTINGS, every=3_600, clock=clock)


def learn(known: RedisReputations, evidence: Evidence, *subjects: Subject, times: int = 1) -> None:
    for _ in range(times):
        known.learn(Lesson(subjects=subjects, evidence=evidence))
    known.flush()


def standing(known: RedisReputations, subject: Subject) -> Standing:
    [(asked, found)] = known.standings([subject]).standings
    assert asked == subject
    return found


def test_what_was_learned_is_there_for_the_next_message(known: RedisReputations) -> None:
    learn(known, ONE_BAD, CLIENT, DOMAIN, times=3)
    assert standing(known, CLIENT).score == pytest.approx(-0.6)
    assert standing(known, CLIENT).volume == pytest.approx(3)
    assert standing(known, Subject(Role.IP, "192.0.2.8")) == NEUTRAL


def test_domain_learns_once_of_a_message_that_names_it_twice(known: RedisReputations) -> None:
    learn(known, ONE_BAD, DOMAIN, ENVELOPE)
    assert standing(known, DOMAIN) == standing(known, ENVELOPE)
    assert standing(known, DOMAIN).volume == pytest.approx(1)


def test_days_add_up_and_fade(known: RedisReputations, clock: Clock) -> None:
    for _ in range(20):
        learn(known, ONE_GOOD, DOMAIN, times=10)
        clock.now += DAY
    good = standing(known, DOMAIN)
    assert good.strength > 0.7
    assert good.first_seen_days == pytest.approx(20)
    clock.now += 60 * DAY
    assert standing(known, DOMAIN).strength < good.strength - 0.1
    assert standing(known, DOMAIN).volume == pytest.approx(good.volume / 4, rel=0.05)


def test_it_is_unknown_whether_somebody_is_new_until_the_history_is_long_enough(
    known: RedisReputations, clock: Clock
) -> None:
    assert not known.standings([DOMAIN]).is_known
    learn(known, ONE_GOOD, CLIENT)
    assert not known.standings([DOMAIN]).is_known
    clock.now += (SETTLED_DAYS + 1) * DAY
    assert known.standings([DOMAIN]).is_known


def test_sender_who_was_silent_for_long_is_forgotten(known: RedisReputations, clock: Clock) -> None:
    learn(known, ONE_BAD, DOMAIN, times=3)
    clock.now += (SETTINGS.remembered_days - 1) * DAY
    assert standing(known, DOMAIN).first_seen_days > 0
    clock.now += 2 * DAY
    assert standing(known, DOMAIN) == NEUTRAL


def test_every_record_expires(known: RedisReputations, server: RedisServer) -> None:
    learn(known, ONE_BAD, *(Subject(Role.ADDRESS, f"{number}@example.com") for number in range(100)))
    keys = server.client(2).keys(f"{ROOT}:address:*")
    assert keys
    assert all(0 < server.client(2).ttl(key) <= SETTINGS.remembered_days * DAY + 1 for key in keys)


def test_several_processes_lose_nothing(server: RedisServer, clock: Clock) -> None:
    server.client().flushall()
    parts = [RedisReputations(server.client(2), SETTINGS, every=3_600, clock=clock) for _ in range(4)]

    def work(part: RedisReputations) -> None:
        for _ in range(25):
            learn(part, ONE_BAD, CLIENT)

    threads = [threading.Thread(target=work, args=(part,)) for part in parts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for part in parts:
        part.flush()
    assert standing(parts[0], CLIENT).volume == pytest.approx(100)


def test_flood_of_new_names_displaces_itself(server: RedisServer, clock: Clock) -> None:
    """Whoever can invent addresses fills neither the server nor takes the place of those who are known."""
    server.client().flushall()
    known = RedisReputations(server.client(2), ReputationSettings(most_senders=10 * BUCKETS), every=3_600, clock=clock)
    friends = [Subject(Role.ADDRESS, f"friend{number}@example.com") for number in range(500)]
    for _ in range(3):
        learn(known, ONE_GOOD, *friends, times=3)
        clock.now += DAY
    for wave in range(2):
        learn(known, ONE_GOOD, *(Subject(Role.ADDRESS, f"{wave}-{number}@x.example") for number in range(7_500)))
    count = sum(server.client(2).hlen(key) for key in server.client(2).scan_iter(f"{ROOT}:address:*"))
    assert count <= 10 * BUCKETS
    kept = [found for _, found in known.standings(friends).standings if found != NEUTRAL]
    assert len(kept) == len(friends)


def test_flood_of_addresses_takes_no_room_of_domains(server: RedisServer, clock: Clock) -> None:
    server.client().flushall()
    known = RedisReputations(server.client(2), ReputationSettings(most_senders=BUCKETS), every=3_600, clock=clock)
    learn(known, ONE_BAD, DOMAIN)
    learn(known, ONE_GOOD, *(Subject(Role.ADDRESS, f"{number}@x.example") for number in range(10_000)))
    assert standing(known, DOMAIN).volume == pytest.approx(1)


def test_record_takes_little_memory(server: RedisServer, clock: Clock) -> None:
    server.client().flushall()
    known = RedisReputations(server.client(2), ReputationSettings(), every=3_600, clock=clock)
    before = server.client(2).info("memory")["used_memory"]
    learn(known, ONE_GOOD, *(Subject(Role.IP, f"192.0.{number >> 8}.{number & 255}") for number in range(19_000)))
    used = server.client(2).info("memory")["used_memory"] - before
    assert used / 19_000 < 100, "bytes a record, as the documentation says"


def test_what_waits_is_bounded(known: RedisReputations) -> None:
    for number in range(MAX_WAITING + 1_000):
        known.learn(Lesson(subjects=(Subject(Role.ADDRESS, f"{number}@x.example"),), evidence=ONE_GOOD))
    assert len(known._waiting) == MAX_WAITING


HOSTILE = [
    pytest.param("a\r\nFLUSHALL\r\n@x.example", id="line ends"),
    pytest.param("a\x00b\x1b[2J@x.example", id="control characters"),
    pytest.param("\ud800@x.example", id="lone surrogate"),
    pytest.param("ä" * 10_000, id="long"),
    pytest.param("", id="empty"),
    pytest.param("mailchord:reputation:set", id="a key of ours"),
]


@pytest.mark.parametrize("name", HOSTILE)
def test_names_are_only_names(known: RedisReputations, server: RedisServer, name: str) -> None:
    subject = Subject(Role.ADDRESS, name)
    learn(known, ONE_BAD, CLIENT, subject)
    assert standing(known, subject).volume == pytest.approx(1)
    assert standing(known, CLIENT).volume == pytest.approx(1)
    assert all(key.startswith(b"mailchord:reputation:") for key in server.client(2).keys("*"))


def test_huge_volume_stays_in_its_bounds(known: RedisReputations, clock: Clock) -> None:
    for _ in range(50):
        learn(known, Evidence(bad=1e9, good=1e9, messages=10**12, wanted=10**9), CLIENT)
        clock.now += DAY
    found = standing(known, CLIENT)
    assert -1 < found.score < 1
    assert 0 < found.confidence < 1
    assert 0 < found.volume <= 1e9


def test_nothing_of_a_correspondence_stands_in_redis(known: RedisReputations, server: RedisServer) -> None:
    learn(known, ONE_GOOD, Subject(Role.PAIR, "bob@partner.example anna@our.example"))
    client = server.client(2)
    kept = b"".join(key + b"".join(client.hgetall(key)) for key in client.keys(f"{ROOT}:pair:*"))
    assert kept
    assert b"partner" not in kept


def test_foreign_data_is_nothing_known(known: RedisReputations, server: RedisServer) -> None:
    learn(known, ONE_BAD, CLIENT)
    [key] = server.client(2).keys(f"{ROOT}:ip:*")
    [field] = server.client(2).hkeys(key)
    server.client(2).hset(key, field, b"what is this")
    server.client(2).set(f"{ROOT}:since", b"nor that")
    server.client(2).hset(f"{ROOT}:set", CLIENT.label, b'{"score": "\xff')
    assert standing(known, CLIENT) == NEUTRAL
    learn(known, ONE_BAD, CLIENT)
    assert standing(known, CLIENT).volume == pytest.approx(1)


def test_value_of_an_administrator_stands_until_its_time_is_over(
    known: RedisReputations, server: RedisServer, clock: Clock
) -> None:
    store = ReputationStore(server.client(2), SETTINGS)
    learn(known, ONE_BAD, DOMAIN, times=3)
    store.say([DOMAIN], SetValue(score=0.9, until=NOW + DAY, at=NOW, note="partner"))
    said = standing(known, ENVELOPE)
    assert (said.score, said.confidence, said.is_set) == (0.9, 1.0, True)
    assert said.volume == pytest.approx(3)
    assert store.said(NOW) == {DOMAIN: SetValue(score=0.9, until=NOW + DAY, at=NOW, note="partner")}
    clock.now += DAY + 1
    assert standing(known, DOMAIN).score < 0
    assert store.said(clock.now) == {}
    store.say([CLIENT], SetValue(score=-1, until=clock.now + DAY, at=clock.now))
    assert server.client(2).hlen(f"{ROOT}:set") == 1, "what is over was removed"


def test_forgotten_is_forgotten(known: RedisReputations, server: RedisServer) -> None:
    store = ReputationStore(server.client(2), SETTINGS)
    learn(known, ONE_BAD, DOMAIN, CLIENT)
    store.say([DOMAIN], SetValue(score=0.9, until=NOW + DAY, at=NOW))
    assert store.forget([DOMAIN]) == 2
    assert store.forget([DOMAIN]) == 0
    assert standing(known, DOMAIN) == NEUTRAL
    assert standing(known, CLIENT) != NEUTRAL


# Trouble


def test_history_survives_a_restart() -> None:
    with RedisServer(durable=True) as server:
        known = RedisReputations(server.client(2), SETTINGS, every=3_600)
        learn(known, ONE_BAD, CLIENT, times=3)
        ReputationStore(server.client(2), SETTINGS).say(
            [DOMAIN], SetValue(score=-1, until=time.time() + DAY, at=time.time())
        )
        time.sleep(1.2)  # the append-only file goes to the disk every second
        server.kill()
        server.start()
        again = RedisReputations(server.client(2), SETTINGS, every=3_600)
        assert standing(again, CLIENT).score == pytest.approx(-0.6, abs=0.01)
        assert standing(again, DOMAIN).is_set


def test_it_writes_by_itself(server: RedisServer) -> None:
    server.client().flushall()
    known = RedisReputations(server.client(2), SETTINGS, every=0.05)
    known.learn(Lesson(subjects=(CLIENT,), evidence=ONE_BAD))
    until = time.monotonic() + 5
    while not server.client(2).keys(f"{ROOT}:ip:*") and time.monotonic() < until:
        time.sleep(0.02)
    assert standing(known, CLIENT).volume == pytest.approx(1, abs=0.01)


def test_store_that_is_away_makes_everybody_unknown_and_is_left_alone_for_a_while(clock: Clock) -> None:
    with RedisServer() as server:
        known = RedisReputations(server.client(2), SETTINGS, every=3_600, clock=clock)
        known.learn(Lesson(subjects=(CLIENT,), evidence=ONE_BAD))
        server.kill()
        assert known.standings([CLIENT]) == UNKNOWN
        known.flush()
        server.start()
        assert known.standings([CLIENT]) == UNKNOWN, "not asked again yet"
        clock.now += SILENCE_SECONDS + 1
        known.flush()
        assert standing(known, CLIENT).volume == pytest.approx(1), "what could not be written was kept"


def test_frozen_store_costs_one_short_wait() -> None:
    with RedisServer() as server:
        known = RedisReputations(server.client(2, timeout=0.2), SETTINGS, every=3_600)
        server.freeze()
        began = time.monotonic()
        assert [known.standings([CLIENT]) for _ in range(20)] == [UNKNOWN] * 20
        assert time.monotonic() - began < 1.0
        server.thaw()


def test_full_store_is_no_trouble_of_a_message(clock: Clock) -> None:
    with RedisServer(memory_limit="3mb") as server:
        known = RedisReputations(server.client(2), SETTINGS, every=3_600, clock=clock)
        server.client(2).set("filler", b"x" * 1_000)
        server.client(2).config_set("maxmemory", "1mb")
        learn(known, ONE_BAD, CLIENT)
        assert known.standings([CLIENT]).standings[0][1] == NEUTRAL
        server.client(2).config_set("maxmemory", "32mb")
        known.flush()
        assert standing(known, CLIENT).volume == pytest.approx(1)
