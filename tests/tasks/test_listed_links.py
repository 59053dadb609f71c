"""Lists that have a link of delivered mail since their update: the message is marked, told, and its links blocked."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import pytest
from msgspec.structs import replace

from mailcore.click_settings import Clicks
from mailcore.clicks import ClickAnswer, Mark
from mailcore.feed_settings import Feed, FeedFormat, Feeds
from mailcore.link_addresses import address_of
from mailcore.link_opinions import LinkStanding
from mailcore.safe_links import SafeLink
from mailcore.settings import PoolSettings
from mailio.configuration import default_configs
from mailio.feed_update import Outcome, feeds_directory, update_feed, updating
from mailio.link_marks import LinkMarks
from tasks.clicks import build_click_judge
from tasks.late_links import LateLinks
from tasks.listed_links import ListedLinks, build_listed_links
from tests.http_server import WebServer
from tests.redis_server import RedisServer
from tests.tasks.test_late_links import Installation, until

pytestmark = pytest.mark.system
NAME = "own"


class Lists(Installation):
    """An installation with a list in a file."""

    def __init__(self, server: RedisServer, state_dir: Path, feed: Feed | None = None) -> None:
        super().__init__(server)
        self.file = state_dir / "list.txt"
        self.feed = feed or Feed(source=str(self.file), weight=7.0)
        self.settings = replace(
            self.settings,
            state_dir=str(state_dir),
            feeds=Feeds(lists={NAME: self.feed}),
            pools={"urls": PoolSettings()},
            clicks=Clicks(seconds=30.0),
        )
        self.directory = feeds_directory(str(state_dir))

    def update(self, *entries: str, comparison: ListedLinks | None = None, outcome: Outcome = Outcome.UPDATED) -> int:
        """How many messages were marked by an update to these entries."""
        self.file.write_text("".join(f"{entry}\n" for entry in entries))
        compared = comparison or build_listed_links(self.settings, default_configs(), self.directory)
        assert compared is not None
        with updating(self.directory):
            heed = compared.heed(self.feed)
            done = update_feed(NAME, self.feed, self.settings.feeds, self.directory, heed=heed)
            assert done.outcome is outcome, done.words
            if done.outcome is Outcome.UPDATED:
                compared.read(NAME, self.feed)
            return compared.tell()


@pytest.fixture
def here(server: RedisServer, tmp_path: Path) -> Lists:
    return Lists(server, tmp_path)


MATCHES: Mapping[str, tuple[str, str]] = {
    "the page": ("https://shop.example/login", "https://shop.example/login"),
    "the page with any query": ("https://shop.example/login", "https://shop.example/login?id=7"),
    "the folder": ("https://shop.example/wp/", "https://shop.example/wp/a/b.html"),
    "the host": ("shop.example", "https://shop.example/x"),
    "behind a service": ("https://evil.example/x", "https://www.google.com/url?q=https://evil.example/x"),
    "behind a redirector": ("https://evil.example/x", "https://go.example/?to=https%3A%2F%2Fevil.example%2Fx"),
    "in front": ("https://go.example/r", "https://go.example/r?to=https://good.example/"),
    "without a scheme": ("https://shop.example/login", "www.shop.example/login"),
}


@pytest.mark.parametrize(("entry", "link"), MATCHES.values(), ids=list(MATCHES))
def test_a_message_is_told_whose_link_is_listed(here: Lists, entry: str, link: str) -> None:
    message_id = here.judge(f"see {link} now")
    assert here.update("https://other.example/", entry) == 1
    (event,) = here.events()
    assert (event["kind"], event["id"], event["queue_id"]) == ("late verdict by link", message_id, "4bQueue")
    assert event["host"] in entry
    assert NAME in event["reason"]
    assert not {"anna", "bob"} & {word for value in event.values() for word in value.split()}
    mark = here.marked(message_id)
    assert mark is not None
    assert mark.is_bad


OTHERS: Mapping[str, tuple[str, str]] = {
    "another page": ("https://shop.example/login", "https://shop.example/"),
    "another query": ("https://shop.example/login?id=1", "https://shop.example/login?id=2"),
    "the host above, as a page": ("https://shop.example/", "https://www.shop.example/"),
    "another customer of a hoster": ("https://bad.github.io/", "https://good.github.io/"),
    "another port": ("https://shop.example:8443/login", "https://shop.example/login"),
    "defanged": ("https://shop.example/login", "hxxps://shop[.]example/login"),
}


@pytest.mark.parametrize(("entry", "link"), OTHERS.values(), ids=list(OTHERS))
def test_others_are_not(here: Lists, entry: str, link: str) -> None:
    here.judge(f"see {link} now")
    assert here.update("https://other.example/", entry) == 0
    assert here.events() == []


def test_only_what_is_new_is_told(here: Lists) -> None:
    here.update("https://old.example/")
    here.judge("https://old.example/ was listed before, and somebody let it through")
    here.judge("https://new.example/")
    assert here.update("https://old.example/", "https://new.example/") == 1
    assert here.update("https://old.example/", "https://new.example/", "https://third.example/") == 0
    assert [event["host"] for event in here.events()] == ["new.example"]


def test_what_comes_back_is_told_of_messages_that_came_since(here: Lists) -> None:
    here.judge("https://a.example/x")
    assert here.update("https://a.example/x", "https://b.example/") == 1
    here.update("https://b.example/")
    here.judge("https://a.example/x")
    assert here.update("https://a.example/x", "https://b.example/") == 1
    assert [event["id"] for event in here.events()] == ["m-1", "m-2"]


def test_a_list_that_is_refused_says_nothing(here: Lists) -> None:
    here.update(*(f"https://h{number}.example/" for number in range(100)))
    here.judge("https://a.example/x")
    assert here.update("https://a.example/x", outcome=Outcome.FAILED) == 0
    assert here.events() == []


@pytest.mark.parametrize(
    "changed",
    [{"weight": 2.0}, {"kind": LinkStanding.GOOD}, {"format": FeedFormat.SAFE_BROWSING}],
    ids=["of little weight", "good", "parts of hashes"],
)
def test_other_lists_are_not_compared(server: RedisServer, tmp_path: Path, changed: dict[str, object]) -> None:
    feed = replace(Feed(source=str(tmp_path / "list.txt"), weight=7.0), **changed)
    here = Lists(server, tmp_path, feed)
    compared = build_listed_links(here.settings, default_configs(), here.directory)
    assert compared is not None
    assert compared.heed(feed) is None
    compared.read(NAME, feed)
    assert compared.tell() == 0


def test_a_list_of_others_condemns_no_service_that_everybody_uses(server: RedisServer, tmp_path: Path) -> None:
    with WebServer(lambda _path, _body: (200, b"gmail.com\nhttps://gmail.com/phish\n")) as web:
        feed = Feed(source=f"{web.url}/list", private_addresses=True, weight=7.0, least_minutes=0.0)
        here = Lists(server, tmp_path, feed)
        here.judge("https://gmail.com/")
        here.judge("https://gmail.com/phish")
        assert here.update() == 1
    assert [event["id"] for event in here.events()] == ["m-2"]


def test_what_an_administrator_found_good_stays_so(here: Lists) -> None:
    address = address_of("https://a.example/x")
    assert address is not None
    here.marks.mark_link(address, Mark(is_bad=False, reason="asked"))
    here.judge("https://a.example/x and https://b.example/")
    assert here.update("https://a.example/x") == 0
    assert here.update("https://a.example/x", "https://b.example/") == 1


def test_where_redis_is_away_the_next_update_compares(here: Lists) -> None:
    here.update("https://old.example/")
    here.judge("https://a.example/x")
    with RedisServer() as gone:
        client = gone.client(2, timeout=0.5)
        gone.kill()
        late = LateLinks(here.carried, LinkMarks(client), here.state)
        away = ListedLinks(late, here.carried.carried(), here.settings, default_configs(), here.directory)
        assert here.update("https://old.example/", "https://a.example/x", comparison=away) == 0
        settings = replace(here.settings, redis=replace(here.settings.redis, broker=gone.url(), timeout_seconds=0.5))
        assert build_listed_links(settings, default_configs(), here.directory) is None
    assert here.events() == []
    assert here.update("https://old.example/", "https://a.example/x") == 1
    assert sorted(os.listdir(here.directory)) == ["lock", "own.feed", "own.heeded"]
    assert (here.directory / "own.feed").samefile(here.directory / "own.heeded")


def test_an_installation_that_remembers_nothing_compares_nothing(here: Lists) -> None:
    off = replace(here.settings, carried_links=replace(here.settings.carried_links, enabled=False))
    assert build_listed_links(off, default_configs(), here.directory) is None


def test_a_click_on_a_link_that_turned_bad_is_blocked(here: Lists) -> None:
    """The whole way: accepted, listed, told, blocked; other mail with other links is not."""
    bad = here.judge("https://stolen.example/pay?id=7 and https://honest.example/")
    good = here.judge("https://honest.example/")
    judge = build_click_judge(replace(here.settings, feeds=Feeds(lists={})), default_configs(), here.marks)

    def click(target: str, message_id: str) -> ClickAnswer:
        return judge.judge(SafeLink(target=target, reference=message_id, issued_at=0, expires_at=0)).answer

    pay, honest = "https://stolen.example/pay?id=7", "https://honest.example/"
    assert {click(pay, bad), click(honest, bad), click(honest, good)} == {ClickAnswer.GO}
    assert here.update("https://stolen.example/pay") == 1
    assert {click(pay, bad), click(honest, bad)} == {ClickAnswer.BLOCK}
    assert click(honest, good) is ClickAnswer.GO
    assert [event["id"] for event in here.events()] == [bad]


def test_a_click_that_is_blocked_tells_of_the_others_who_have_the_link(here: Lists) -> None:
    """The list is newer than the mail, and nobody compared them: the first click does."""
    first = here.judge("https://stolen.example/pay")
    second = here.judge("https://stolen.example/pay")
    with updating(here.directory):
        here.file.write_text("https://stolen.example/pay\n")
        update_feed(NAME, here.feed, here.settings.feeds, here.directory)
    judge = build_click_judge(here.settings, default_configs(), here.marks)
    answer = judge.judge(SafeLink(target="https://stolen.example/pay", reference=first, issued_at=0, expires_at=0))
    assert answer.answer is ClickAnswer.BLOCK
    until(lambda: len(here.events()) == 2)
    assert {event["id"] for event in here.events()} == {first, second}
