"""The greylist in a real Redis."""

from __future__ import annotations

import msgspec
import pytest

from mailcore.acquaintance import DAY, sender_pairs
from mailcore.connections import Greylisting
from mailcore.greylist import Attempt, Standing
from mailcore.settings import Correspondents
from mailio.correspondents import RedisCorrespondents
from mailio.greylist import PASSED, SILENCE_SECONDS, WAITING, RedisGreylist
from tests.redis_server import RedisServer

NEW, EARLY, PASS, ALLOWED, KNOWN = (
    Standing.NEW,
    Standing.WAITING,
    Standing.PASSED,
    Standing.ALLOWED,
    Standing.KNOWN,
)
START = 1_800_000_000.0
MINUTE, HOUR = 60.0, 3_600.0


@pytest.fixture
def redis(server: RedisServer) -> RedisServer:
    server.client().flushall()
    return server


class List:
    """A greylist with a clock."""

    def __init__(self, redis: RedisServer, **settings: object) -> None:
        self.now = START
        self.settings = msgspec.convert({"enabled": True, **settings}, Greylisting)
        self._greylist = RedisGreylist(redis.client(timeout=0.5), clock=lambda: self.now, stopwatch=lambda: self.now)

    def ask(
        self,
        recipient: str = "bob@example.com",
        *,
        network: str = "203.0.113.0/24",
        sender: str = "example.net",
        pairs: tuple[bytes, ...] = (),
    ) -> Standing:
        attempt = Attempt(network=network, sender=sender, recipient=recipient, pairs=pairs)
        return self._greylist.ask((attempt,), self.settings)[0]

    def ask_all(self, *recipients: str) -> list[Standing]:
        attempts = [Attempt(network="n", sender="", recipient=recipient) for recipient in recipients]
        return list(self._greylist.ask(attempts, self.settings))


@pytest.mark.parametrize(
    ("times", "expected"),
    [
        pytest.param([0, 299], [NEW, EARLY], id="too early"),
        pytest.param([0, 100, 299.9], [NEW, EARLY, EARLY], id="too early again"),
        pytest.param([0, 301], [NEW, PASS], id="late enough"),
        pytest.param([0, 10, 301], [NEW, EARLY, PASS], id="coming too early does not begin anew"),
        pytest.param([0, 301, 302], [NEW, PASS, ALLOWED], id="at once from then on"),
        pytest.param([0, 47 * HOUR], [NEW, PASS], id="a slow server"),
        pytest.param([0, 49 * HOUR], [NEW, NEW], id="too late"),
        pytest.param([0, 49 * HOUR, 49 * HOUR + 301], [NEW, NEW, PASS], id="too late, and then in time"),
        pytest.param([0, 301, 301 + 35 * DAY], [NEW, PASS, ALLOWED], id="a month later"),
        pytest.param([0, 301, 301 + 37 * DAY], [NEW, PASS, NEW], id="forgotten"),
        pytest.param(
            [0, 301, 301 + 30 * DAY, 301 + 60 * DAY, 301 + 90 * DAY],
            [NEW, PASS, ALLOWED, ALLOWED, ALLOWED],
            id="each mail renews it",
        ),
    ],
)
def test_who_comes_again_passes(redis: RedisServer, times: list[float], expected: list[Standing]) -> None:
    greylist = List(redis)
    found = []
    for at in times:
        greylist.now = START + at
        found.append(greylist.ask())
    assert found == expected


@pytest.mark.parametrize(
    ("other", "is_same"),
    [
        pytest.param({}, True, id="the same"),
        pytest.param({"recipient": "BOB@example.com"}, True, id="written otherwise"),
        pytest.param({"recipient": "eve@example.com"}, False, id="another recipient"),
        pytest.param({"network": "198.51.100.0/24"}, False, id="another network"),
        pytest.param({"sender": "example.org"}, False, id="another sender"),
        pytest.param({"sender": "example.net\0bob@example.com", "recipient": ""}, False, id="parts that run together"),
    ],
)
def test_what_must_be_the_same(redis: RedisServer, other: dict[str, str], is_same: bool) -> None:
    greylist = List(redis)
    greylist.ask()
    greylist.now += HOUR
    assert (greylist.ask(**other) is PASS) is is_same  # type: ignore[arg-type]


def test_a_network_that_came_again_often_enough_is_not_asked_any_more(redis: RedisServer) -> None:
    greylist = List(redis, passes=3)
    for number in range(3):
        assert greylist.ask(f"r{number}@example.com") is NEW
        greylist.now += HOUR
        assert greylist.ask(f"r{number}@example.com") is PASS
    assert greylist.ask("new@example.com") is ALLOWED
    assert greylist.ask("new@example.com", sender="example.org") is NEW
    assert greylist.ask("new@example.com", network="198.51.100.0/24") is NEW
    for _ in range(5):  # mail once a month keeps it
        greylist.now += 30 * DAY
        assert greylist.ask(f"{greylist.now}@example.com") is ALLOWED
    greylist.now += 37 * DAY
    assert greylist.ask("new@example.com") is NEW


def test_several_recipients_stand_each_for_itself(redis: RedisServer) -> None:
    greylist = List(redis, passes=10)
    assert greylist.ask_all("a", "b") == [NEW, NEW]
    greylist.now += HOUR
    assert greylist.ask_all("a", "c", "b") == [PASS, NEW, PASS]
    assert greylist.ask_all() == []


def test_correspondents_are_not_asked(redis: RedisServer) -> None:
    greylist = List(redis)
    known = RedisCorrespondents(redis.client(timeout=1.0), Correspondents(), clock=lambda: START)
    pairs = sender_pairs("Anna@example.net", "bob@example.com")
    known.remember(pairs[:1], at_once=True)
    known.remember(sender_pairs("new@example.net", "bob@example.com")[:1], at_once=False)
    known.flush()
    assert greylist.ask(pairs=pairs) is KNOWN
    assert greylist.ask(pairs=sender_pairs("new@example.net", "bob@example.com")) is NEW  # known from tomorrow
    assert greylist.ask(pairs=sender_pairs("anna@example.net", "bob@example.org")) is EARLY  # not to this domain


@pytest.mark.parametrize("sender", ["", "root", "@", "<>", "a@b", "x" * 10_000, "a@" + "b." * 5_000 + "example"])
def test_pairs_of_odd_senders(sender: str) -> None:
    assert all(len(pair) == 8 for pair in sender_pairs(sender, "bob@example.com"))
    assert sender_pairs("anna@example.net", sender) == () or "@" in sender


def test_a_flood_turns_the_greylist_off_and_stops_no_mail(redis: RedisServer) -> None:
    greylist = List(redis, most_entries=100)
    assert greylist.ask("first@example.com") is NEW
    found = {greylist.ask(f"{number}@example.com", network=str(number)) for number in range(500)}
    assert found == {NEW, Standing.FULL}
    assert redis.client().zcard(WAITING) == 100
    greylist.now += HOUR
    assert greylist.ask("first@example.com") is PASS  # who waited before is not pushed out
    greylist.now += 3 * DAY
    assert greylist.ask("later@example.com") is NEW


def test_what_is_remembered_is_bounded_and_expires(redis: RedisServer) -> None:
    greylist = List(redis, most_entries=100, retry_seconds=7_200)
    client = redis.client()
    for start in range(0, 1_000, 50):
        for again in (NEW, PASS):
            found = {greylist.ask("bob", network=str(number)) for number in range(start, start + 50)}
            assert found == {again}
            greylist.now += HOUR
    assert client.zcard(PASSED) == 100
    assert 7_000 < client.ttl(WAITING) <= 7_201 or not client.exists(WAITING)
    assert 0 < client.ttl(PASSED) <= 36 * DAY + 1


def test_without_redis_mail_flows_and_nobody_waits_twice() -> None:
    with RedisServer() as redis:
        greylist = List(redis)
        assert greylist.ask() is NEW
        redis.kill()
        assert [greylist.ask(), greylist.ask()] == [Standing.UNAVAILABLE] * 2
        redis.start()
        assert greylist.ask() is Standing.UNAVAILABLE
        greylist.now += SILENCE_SECONDS + 1
        assert greylist.ask() is NEW
