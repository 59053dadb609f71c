"""Imported lists are asked as they are now, and no longer than they are to be believed."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from mailcore.feed_settings import Feed, FeedFormat, Feeds
from mailcore.link_addresses import Covers, address_of
from mailcore.link_opinions import LinkOpinion, LinkStanding
from mailio.feed_store import DAY, path_of
from mailio.feed_update import Outcome, update_feed
from mailio.link_lists import FeedLists
from tests.http_server import WebServer

NOW = 20_000 * DAY + 3_600


class Lists:
    """Lists in a directory, of what was written into their files."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory / "feeds"
        self.directory.mkdir()
        self.now = NOW
        self._sources = directory
        self.feeds: dict[str, Feed] = {}

    def write(self, name: str, text: str, **settings: object) -> None:
        source = self._sources / f"{name}.txt"
        source.write_text(text)
        self.feeds[name] = Feed(source=str(source), **{"format": FeedFormat.DOMAINS, **settings})  # type: ignore[arg-type]
        updated = update_feed(name, self.feeds[name], Feeds(), self.directory, clock=lambda: self.now)
        assert updated.outcome is Outcome.UPDATED

    def open(self) -> FeedLists:
        return FeedLists(self.feeds, self.directory, look_every=0.0, clock=lambda: self.now)


@pytest.fixture
def lists(tmp_path: Path) -> Lists:
    return Lists(tmp_path)


def said(lists: FeedLists, *hrefs: str) -> list[LinkOpinion]:
    addresses = [address for href in hrefs if (address := address_of(href))]
    return [opinion for opinions in lists.opinions(addresses, seconds=5.0).values() for opinion in opinions]


def test_what_every_list_says(lists: Lists) -> None:
    lists.write("own", "evil.example\n", weight=9.0)
    lists.write("good", "shop.evil.example/a\n", format=FeedFormat.PLAIN, kind=LinkStanding.GOOD)
    first, second = said(lists.open(), "https://shop.evil.example/a", "https://other.example/")
    assert first == LinkOpinion(
        source="good",
        kind=LinkStanding.GOOD,
        entry="shop.evil.example/a",
        covers=Covers.PAGE,
        since=20_000 * DAY,
        weight=6.0,
        is_local=True,
    )
    assert (second.source, second.kind, second.entry, second.weight) == ("own", LinkStanding.BAD, "evil.example", 9.0)


def test_nothing_is_said_without_lists(lists: Lists) -> None:
    lists.feeds["never_fetched"] = Feed(source="https://feeds.example/x")
    assert said(lists.open(), "https://evil.example/") == []
    assert said(FeedLists({}, lists.directory), "https://evil.example/") == []


def test_a_replaced_list_is_seen(lists: Lists) -> None:
    lists.write("own", "a.example\n")
    opened = lists.open()
    assert len(said(opened, "https://a.example/")) == 1
    lists.write("own", "b.example\n")
    assert [len(said(opened, href)) for href in ("https://a.example/", "https://b.example/")] == [0, 1]
    path_of(lists.directory, "own").unlink()
    assert said(opened, "https://b.example/") == []


def test_it_is_looked_at_now_and_then_only(lists: Lists) -> None:
    lists.write("own", "a.example\n")
    opened = FeedLists(lists.feeds, lists.directory, look_every=3_600.0, clock=lambda: NOW)
    assert len(said(opened, "https://a.example/")) == 1
    lists.write("own", "b.example\n")
    assert len(said(opened, "https://a.example/")) == 1


def test_a_damaged_list_leaves_the_one_before(lists: Lists) -> None:
    lists.write("own", "a.example\n")
    opened = lists.open()
    assert len(said(opened, "https://a.example/")) == 1
    path = path_of(lists.directory, "own")
    path.with_suffix(".new").write_bytes(b"junk")
    os.replace(path.with_suffix(".new"), path)
    with capture_logs() as logs:
        found = [len(said(opened, "https://a.example/")) for _ in range(3)]
    assert found == [1, 1, 1]
    assert [entry["feed"] for entry in logs] == ["own"]


@pytest.fixture
def server() -> Iterator[WebServer]:
    with WebServer(lambda _path, _body: (200, b"evil.example\n")) as server:
        yield server


def test_a_list_that_cannot_be_fetched_is_not_believed_for_ever(lists: Lists, server: WebServer) -> None:
    feed = Feed(source=f"{server.url}/x", private_addresses=True, max_age_days=2.0)
    lists.feeds["theirs"] = feed
    lists.write("own", "evil.example\n", max_age_days=2.0)
    update_feed("theirs", feed, Feeds(), lists.directory, clock=lambda: lists.now)
    opened = lists.open()
    assert {opinion.source for opinion in said(opened, "https://evil.example/")} == {"own", "theirs"}
    lists.now += 2.1 * DAY
    with capture_logs() as logs:
        found = [[opinion.source for opinion in said(opened, "https://evil.example/")] for _ in range(2)]
    # A file of our own is as true as it was.
    assert found == [["own"], ["own"]]
    assert [entry["feed"] for entry in logs] == ["theirs"]


def test_dates_of_a_list_without_dates_are_those_of_its_first_import(lists: Lists) -> None:
    lists.write("own", "a.example\n")
    lists.now += 30 * DAY
    lists.write("own", "a.example\nb.example\n")
    opinions = said(lists.open(), "https://a.example/", "https://b.example/")
    assert [opinion.since for opinion in opinions] == [20_000 * DAY, 20_030 * DAY]
