"""Counted rows of DMARC reports on a real server, and how they get there beside the mail."""

from __future__ import annotations

import itertools
import threading
import time
from datetime import date

import pytest
from msgspec.structs import replace

from mailcore.authentication import AuthFacts, PublishedDmarc
from mailcore.dmarc_report_settings import DmarcReports
from mailcore.dmarc_rows import Row, SpfRow
from mailcore.errors import StoreUnavailable
from mailcore.verdict import Action
from mailio.dmarc_collection import MAX_WAITING, DmarcCollection
from mailio.dmarc_store import KEY, CollectedDay, DmarcStore, DomainRows, begin_of, utc_day
from tests.mailcore.test_dmarc_rows import CLIENT, FAILED, PASSED, PUBLISHED
from tests.redis_server import RedisServer

pytestmark = pytest.mark.system

TODAY = utc_day(time.time())


class Clock:
    """Stands still unless told."""

    def __init__(self, now: float | None = None) -> None:
        self.now = time.time() if now is None else now

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def store(server: RedisServer) -> DmarcStore:
    server.client().flushall()
    return DmarcStore(server.client(2), DmarcReports())


def collecting(store: DmarcStore, clock: Clock | None = None) -> DmarcCollection:
    return DmarcCollection(store, every=3_600, clock=clock or Clock())


def row(number: int, *, header_from: str = "example.com") -> Row:
    return Row(
        f"10.0.{number >> 8}.{number & 255}",
        "none",
        "fail",
        "fail",
        (),
        header_from,
        "",
        (),
        SpfRow("", "mfrom", "none"),
    )


def group(rows: dict[Row, int], *, domain: str = "example.com", day: date = TODAY) -> DomainRows:
    return DomainRows(day=day, domain=domain, published=PUBLISHED, rows=rows)


def messages(store: DmarcStore, domain: str = "example.com", day: date = TODAY) -> int:
    found = store.load(day, domain)
    return sum(count for _, count in found.rows) if found else 0


def test_messages_that_are_alike_are_one_row(store: DmarcStore) -> None:
    collection = collecting(store)
    for _ in range(7):
        collection.note(PASSED, Action.ACCEPT)
    for _ in range(5):
        collection.note(FAILED, Action.REJECT)
    collection.flush()
    collection.note(PASSED, Action.ACCEPT)
    collection.flush()
    found = store.load(TODAY, "example.com")
    assert found is not None
    assert sorted((each.disposition, count) for each, count in found.rows) == [("none", 8), ("reject", 5)]
    assert (found.published, found.dropped) == (PUBLISHED, 0)
    assert store.days(TODAY) == (CollectedDay(day=TODAY, domains={"example.com": 13}),)


def test_what_is_nobodys_business_is_not_written(store: DmarcStore) -> None:
    collection = collecting(store)
    collection.note(AuthFacts(), Action.ACCEPT)
    collection.note(replace(PASSED, dmarc_published=PublishedDmarc()), Action.ACCEPT)
    collection.note(FAILED, Action.TEMPFAIL)
    collection.note(replace(PASSED, dmarc_domain="../x"), Action.ACCEPT)
    collection.note(replace(PASSED, client=None), Action.ACCEPT)
    collection.flush()
    assert store.days(TODAY) == ()


def test_last_record_that_was_seen_is_the_one_of_the_report(store: DmarcStore) -> None:
    collection = collecting(store)
    collection.note(PASSED, Action.ACCEPT)
    collection.flush()
    later = replace(PUBLISHED, policy="none", report_to=("mailto:other@example.com",))
    collection.note(replace(PASSED, dmarc_published=later), Action.ACCEPT)
    collection.flush()
    found = store.load(TODAY, "example.com")
    assert found is not None
    assert found.published == later


def test_days_are_those_of_utc_and_by_the_time_of_the_answer(store: DmarcStore) -> None:
    clock = Clock(begin_of(TODAY) - 0.5)
    collection = collecting(store, clock)
    collection.note(PASSED, Action.ACCEPT)
    clock.now += 1.0
    collection.note(PASSED, Action.ACCEPT)
    collection.note(PASSED, Action.ACCEPT)
    collection.flush()
    yesterday = utc_day(begin_of(TODAY) - 1)
    assert (messages(store, day=yesterday), messages(store, day=TODAY)) == (1, 2)
    assert [day.day for day in store.days(TODAY)] == [yesterday, TODAY]


def test_subdomains_without_a_record_stand_in_the_report_of_their_organisation(store: DmarcStore) -> None:
    collection = collecting(store)
    for name in ("example.com", "a.example.com", "b.example.com"):
        collection.note(replace(PASSED, from_domain=name), Action.ACCEPT)
    collection.note(replace(PASSED, dmarc_domain="bar.example.com", from_domain="bar.example.com"), Action.ACCEPT)
    collection.flush()
    assert store.days(TODAY)[0].domains == {"bar.example.com": 1, "example.com": 3}


def test_rows_of_a_domain_have_a_bound_and_the_rest_is_counted(server: RedisServer, store: DmarcStore) -> None:
    small = DmarcStore(server.client(2), DmarcReports(most_domain_rows=10))
    assert small.add([group({row(number): 2 for number in range(25)})]) == 30
    assert small.add([group({row(number): 1 for number in range(25)}), group({row(1): 1}, domain="b.example")]) == 15
    found = small.load(TODAY, "example.com")
    assert found is not None
    assert (len(found.rows), messages(small), found.dropped) == (10, 30, 45), "known rows go on counting"
    assert small.days(TODAY)[0].domains == {"b.example": 1, "example.com": 30}


def test_rows_of_a_day_have_a_bound_for_all_domains(server: RedisServer, store: DmarcStore) -> None:
    small = DmarcStore(server.client(2), DmarcReports(most_rows=20))
    dropped = small.add([group({row(0): 1}, domain=f"d{number}.example") for number in range(50)])
    [day] = small.days(TODAY)
    assert (len(day.domains), day.lost, dropped) == (20, 30, 30)
    assert len(server.client(2).keys(KEY + "*")) == 21, "a domain without room leaves nothing behind"


def test_long_rows_fill_the_day_sooner(server: RedisServer, store: DmarcStore) -> None:
    """Who makes rows as long as they can be must not fill a Redis that never forgets."""
    small = DmarcStore(server.client(2), DmarcReports(most_rows=20))
    long = [replace(row(number), header_from=f"{number}" + "x" * 4_000) for number in range(20)]
    assert small.add([group(dict.fromkeys(long, 1))]) == 18


def test_everything_expires(server: RedisServer, store: DmarcStore) -> None:
    collection = collecting(store)
    collection.note(PASSED, Action.ACCEPT)
    collection.flush()
    store.mark(TODAY, "example.com", "rua@example.com", "sent")
    store.add_lost(TODAY, 3)
    assert store.claim(TODAY, "example.com")
    client = server.client(2)
    for key in client.keys(KEY + "*"):
        assert 0 < client.ttl(key) <= 6 * 86_400 + 1
    assert len(client.keys(KEY + "*")) == 4


def test_report_is_claimed_by_one_and_marked_by_destination(store: DmarcStore) -> None:
    assert store.claim(TODAY, "example.com")
    assert not store.claim(TODAY, "example.com")
    assert store.claim(TODAY, "example.net")
    store.release(TODAY, "example.com")
    assert store.claim(TODAY, "example.com")
    assert store.sent(TODAY, "example.com") == {}
    store.mark(TODAY, "example.com", "a@example.com", "sent")
    store.mark(TODAY, "example.com", "b@example.com", "refused: 550 no")
    assert store.sent(TODAY, "example.com") == {"a@example.com": "sent", "b@example.com": "refused: 550 no"}


def test_nothing_is_loaded_where_nothing_is(store: DmarcStore) -> None:
    assert store.load(TODAY, "example.com") is None
    assert store.days(TODAY) == ()


def test_large_bundles_are_written_in_pieces(store: DmarcStore) -> None:
    collection = collecting(store)
    for number in range(1_200):
        client = replace(CLIENT, address=f"10.0.{number >> 8}.{number & 255}")
        collection.note(replace(PASSED, client=client), Action.ACCEPT)
    for number in range(250):
        collection.note(replace(PASSED, dmarc_domain=f"d{number}.example"), Action.ACCEPT)
    collection.flush()
    assert messages(store) == 1_200
    assert len(store.days(TODAY)[0].domains) == 251


def test_many_threads_count_right(store: DmarcStore) -> None:
    collection = collecting(store)

    def answer_some() -> None:
        for _ in range(200):
            collection.note(PASSED, Action.ACCEPT)
            collection.flush()

    threads = [threading.Thread(target=answer_some) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert messages(store) == 800


def test_it_writes_by_itself(store: DmarcStore) -> None:
    collection = DmarcCollection(store, every=0.05)
    collection.note(PASSED, Action.ACCEPT)
    until = time.monotonic() + 5
    while not messages(store) and time.monotonic() < until:
        time.sleep(0.02)
    assert messages(store) == 1


def test_store_that_is_away_loses_rows_and_says_how_many() -> None:
    with RedisServer() as server:
        store = DmarcStore(server.client(2), DmarcReports())
        collection = collecting(store)
        server.kill()
        for _ in range(9):
            collection.note(PASSED, Action.ACCEPT)
        collection.flush()
        collection.flush()
        server.start()
        for _ in range(4):
            collection.note(PASSED, Action.ACCEPT)
        collection.flush()
        assert store.days(TODAY) == (CollectedDay(day=TODAY, domains={"example.com": 4}, lost=9),)


def test_frozen_store_holds_up_nobody_who_notes() -> None:
    with RedisServer() as server:
        collection = DmarcCollection(DmarcStore(server.client(2, timeout=10.0), DmarcReports()), every=0.01)
        server.freeze()
        began = time.monotonic()
        for _ in range(2_000):
            collection.note(PASSED, Action.ACCEPT)
        assert time.monotonic() - began < 5
        server.thaw()
        collection.flush()


def test_more_than_can_be_written_is_counted_as_lost(store: DmarcStore) -> None:
    collection = collecting(store)
    for _ in range(MAX_WAITING + 5):
        collection.note(PASSED, Action.ACCEPT)
    collection.flush()
    assert store.days(TODAY) == (CollectedDay(day=TODAY, domains={"example.com": MAX_WAITING}, lost=5),)


@pytest.mark.parametrize(
    "call", ["days", "load", "sent", "claim", "mark", "add", "add_lost", "release"], ids=lambda call: call
)
def test_store_says_when_it_is_away(call: str) -> None:
    with RedisServer() as server:
        store = DmarcStore(server.client(2), DmarcReports())
        server.kill()
        arguments = {
            "days": (TODAY,),
            "add": ([group({row(1): 1})],),
            "add_lost": (TODAY, 1),
            "mark": (TODAY, "a.example", "x@a.example", "sent"),
        }
        with pytest.raises(StoreUnavailable):
            getattr(store, call)(*arguments.get(call, (TODAY, "a.example")))


HOSTILE = ["]]>", "\x00\x1f", "\ud800", "x" * 65_536, "d:lost", "rows", 'a"b\\', "["]


@pytest.mark.parametrize(("one", "other"), list(itertools.pairwise(HOSTILE)))
def test_hostile_identifiers_survive_the_way_and_break_no_key(store: DmarcStore, one: str, other: str) -> None:
    collection = collecting(store)
    client = replace(CLIENT, sender=f"x@{other}")
    collection.note(replace(PASSED, from_domain=one, client=client, spf_domain=other), Action.ACCEPT)
    collection.flush()
    found = store.load(TODAY, "example.com")
    assert found is not None
    [(kept, count)] = found.rows
    assert count == 1
    assert len(kept.header_from) <= 255
    assert store.days(TODAY) == (CollectedDay(day=TODAY, domains={"example.com": 1}),)
