"""Which messages carried which links, on a real server."""

from __future__ import annotations

import time

import pytest

from mailcore.carried_link_settings import CarriedLinks
from mailcore.carried_links import MOST_KEYS
from mailcore.errors import StoreUnavailable
from mailio.carried_links import BUNDLE, ENTRY_KEYS, MAX_WAITING, PAGE, SECRET, STREAM, RedisCarriedLinks
from tests.fakes import DaysAhead
from tests.redis_server import RedisServer

pytestmark = pytest.mark.system
PAGE_X = "page a.example/x"


@pytest.fixture
def clock() -> DaysAhead:
    return DaysAhead()


@pytest.fixture
def known(server: RedisServer, clock: DaysAhead) -> RedisCarriedLinks:
    server.client(2).flushdb()
    return RedisCarriedLinks(server.client(2), CarriedLinks(), every=3_600, clock=clock)


def ids(known: RedisCarriedLinks, *keys: str) -> list[str]:
    return [carrier.id for carrier in known.carriers(keys)]


def test_messages_are_found_by_what_they_carried(known: RedisCarriedLinks) -> None:
    known.remember("m-1", "Q1", ("https://a.example/x", "https://b.example/"))
    known.remember("m-2", "Q2", ("https://a.example/x?id=7",))
    known.remember("m-3", "", ("https://www.a.example/y",))
    known.flush()
    assert ids(known, PAGE_X) == ["m-1", "m-2"]
    assert ids(known, "page a.example/x?id=7") == ["m-2"]
    assert ids(known, "domain a.example") == ["m-1", "m-2", "m-3"]
    assert ids(known, "host www.a.example", "page b.example/") == ["m-1", "m-3"]
    assert ids(known, "page a.example/z", "host example", "domain c.example") == ids(known) == []


def test_a_carrier_has_what_the_event_needs(known: RedisCarriedLinks) -> None:
    known.remember("m-1", "Q" * 100, ("https://a.example/x",))
    known.flush()
    ((carrier, key),) = known.carriers(["domain a.example", PAGE_X]).items()
    assert (carrier.queue_id, key) == ("Q" * 40, "domain a.example")
    assert abs(carrier.at - time.time()) < 60


def test_a_message_with_many_links_is_one(known: RedisCarriedLinks, server: RedisServer) -> None:
    hrefs = tuple(f"https://h{number}.b{number}.example/a/b?c" for number in range(100))
    known.remember("m-1", "", hrefs)
    known.flush()
    assert server.client(2).xlen(STREAM) == MOST_KEYS // ENTRY_KEYS
    assert known.carriers(["domain b5.example", "domain b0.example"]).popitem()[1] == "domain b5.example"
    assert len(known.carried()) == MOST_KEYS


def test_carried_answers_many_questions(known: RedisCarriedLinks) -> None:
    for number in range(300):
        known.remember(f"m-{number}", "", (f"https://h{number % 200}.example/x",))
    known.flush()
    carried = known.carried()
    assert all(f"page h{number}.example/x" in carried for number in range(200))
    assert not any(key in carried for number in range(200) for key in (f"page h{number}.example/y", f"host {number}"))


def test_an_empty_history_knows_nothing(known: RedisCarriedLinks) -> None:
    known.flush()
    known.remember("m-1", "", ())
    known.remember("m-2", "", ("nonsense", "javascript:x"))
    known.flush()
    assert len(known.carried()) == 0
    assert PAGE_X not in known.carried()
    assert ids(known, PAGE_X) == []


def test_no_address_stands_in_the_store(known: RedisCarriedLinks, server: RedisServer) -> None:
    known.remember("m-1", "Q1", ("https://secret.example/anna?to=anna@our.example",))
    known.flush()
    dump = b"".join(server.client(2).dump(name) or b"" for name in (STREAM, SECRET))
    assert b"secret" not in dump
    assert b"anna" not in dump


def test_it_is_bounded_in_number(server: RedisServer) -> None:
    server.client(2).flushdb()
    known = RedisCarriedLinks(server.client(2), CarriedLinks(most_entries=300), every=3_600)
    for number in range(900):
        known.remember(f"m-{number}", "", (f"https://h{number}.example/x",))
        if number % 50 == 49:
            known.flush()
    left = ids(known, *(f"page h{number}.example/x" for number in range(900)))
    assert 300 <= len(left) <= 400  # the server forgets a hundred at a time
    assert left[-1] == "m-899"


def test_it_is_bounded_in_time(known: RedisCarriedLinks, server: RedisServer, clock: DaysAhead) -> None:
    for number in range(150):
        known.remember(f"old-{number}", "", ("https://a.example/x",))
    known.flush()
    clock.days = 29
    assert len(ids(known, PAGE_X)) == 150
    clock.days = 31
    assert ids(known, PAGE_X) == []
    assert len(known.carried()) == 0
    known.remember("new", "", ("https://a.example/x",))
    known.flush()
    assert server.client(2).xlen(STREAM) < 150


def test_more_than_a_page_is_read(known: RedisCarriedLinks) -> None:
    for start in range(0, 2 * PAGE + 10, BUNDLE):
        for number in range(start, start + BUNDLE):
            known.remember(f"m-{number}", "", ("https://a.example/x",))
        known.flush()
    assert len(ids(known, PAGE_X)) == 2 * PAGE + BUNDLE


def test_an_entry_of_a_later_version_is_passed_over(known: RedisCarriedLinks, server: RedisServer) -> None:
    server.client(2).xadd(STREAM, {"z": "x"})
    server.client(2).xadd(STREAM, {"i": b"\xff", "q": "q", "k": b"123"})
    known.remember("m-1", "", ("https://a.example/x",))
    known.flush()
    assert ids(known, PAGE_X) == ["m-1"]
    assert PAGE_X in known.carried()


def test_hashes_are_the_installations_own(known: RedisCarriedLinks, server: RedisServer) -> None:
    known.remember("m-1", "", ("https://a.example/x",))
    known.flush()
    server.client(2).delete(SECRET)
    assert ids(known, PAGE_X) == []
    assert PAGE_X not in known.carried()
    known.remember("m-2", "", ("https://a.example/x",))
    known.flush()
    assert ids(known, PAGE_X) == ["m-2"]


def test_a_store_that_is_away_costs_no_message_and_forgets_the_oldest() -> None:
    with RedisServer(durable=False) as gone:
        known = RedisCarriedLinks(gone.client(2, timeout=0.5), CarriedLinks(), every=3_600)
        gone.kill()
        for number in range(MAX_WAITING + 5):
            known.remember(f"m-{number}", "", ("https://a.example/x",))
        known.flush()
        with pytest.raises(StoreUnavailable):
            known.carried()
        with pytest.raises(StoreUnavailable):
            known.carriers([PAGE_X])
        gone.start()
        known.flush()
        found = ids(known, PAGE_X)
        assert (len(found), found[0]) == (MAX_WAITING, "m-5")


def test_an_entry_takes_what_the_settings_say(known: RedisCarriedLinks, server: RedisServer) -> None:
    hrefs = tuple(f"https://h{number}.b{number}.example/a/b?c" for number in range(40))
    for number in range(60):
        known.remember(f"{number:011x}-{number:016x}", "4bXyZ123456789", hrefs)
    known.flush()
    client = server.client(2)
    assert client.memory_usage(STREAM, samples=0) / client.xlen(STREAM) < 250
