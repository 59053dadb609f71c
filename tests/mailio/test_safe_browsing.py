"""Safe Browsing: lists put together as the server has them, and hits alone asked for, by four bytes of a hash."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from structlog.testing import capture_logs

from mailcore.feed_settings import Feed, FeedFormat, Feeds
from mailcore.link_addresses import Covers, address_of
from mailcore.link_opinions import LinkOpinion, LinkStanding
from mailio.bounded_memory import LocalMemory
from mailio.feed_update import Outcome, Updated, open_imported, update_feed
from mailio.prefix_store import PrefixFile, prefixes_path
from mailio.safe_browsing import SafeBrowsing
from mailio.safe_browsing_service import pause
from tests.mailio.safe_browsing_server import SafeBrowsingServer, full_hash, prefix, rice, safe_browsing_server

NOW = 1_800_000_000.0
KEY = "a-key-that-nobody-may-see"
PHISHING = [{"threatType": "SOCIAL_ENGINEERING"}]


class Installation:
    """Lists in a directory, a server that has them, and a clock."""

    def __init__(self, directory: Path, google: SafeBrowsingServer) -> None:
        self.google = google
        self.directory = directory
        self.now = NOW
        key = directory / "key"
        key.write_text(KEY + "\n")
        self.feed = Feed(
            source=google.url,
            format=FeedFormat.SAFE_BROWSING,
            key_file=str(key),
            private_addresses=True,
            max_age_days=1.0,
            least_minutes=0.0,
            weight=8.0,
        )
        self.memory = LocalMemory(entries=100, most_bytes=100_000, clock=lambda: self.now)
        google.listed = {"se-4b": ["evil.example/"], "mw-4b": ["bad.example/x.exe", "a.example/"]}
        google.threats = {"evil.example/": PHISHING}

    def update(self, *, force: bool = False, settings: Feeds = Feeds()) -> Updated:  # noqa: B008  # frozen
        return update_feed("google", self.feed, settings, self.directory, force=force, clock=lambda: self.now)

    def file(self) -> PrefixFile:
        return PrefixFile(prefixes_path(self.directory, "google"))

    def open(self) -> SafeBrowsing:
        return SafeBrowsing(
            "google",
            self.feed,
            KEY,
            self.directory,
            self.memory,
            look_every=0.0,
            clock=lambda: self.now,
            pause_after=lambda failures: 900.0 * failures,
        )

    def said(self, *hrefs: str, by: SafeBrowsing | None = None) -> dict[str, tuple[LinkOpinion, ...]]:
        addresses = {address: href for href in hrefs if (address := address_of(href))}
        found = (by or self.open()).opinions(addresses.keys(), seconds=30.0)
        return {addresses[address]: opinions for address, opinions in found.items()}


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Installation]:
    with safe_browsing_server() as google:
        yield Installation(tmp_path, google)


def test_a_listed_link_is_told_with_what_is_bad_of_it(here: Installation) -> None:
    assert here.update().outcome is Outcome.UPDATED
    found = here.said("https://www.evil.example:8443/a/b?c=d", "https://good.example/")
    assert found == {
        "https://www.evil.example:8443/a/b?c=d": (
            LinkOpinion(
                source="google",
                kind=LinkStanding.BAD,
                entry="evil.example",
                covers=Covers.DOMAIN,
                weight=8.0,
                words="phishing",
            ),
        )
    }


def test_four_bytes_leave_and_the_key_stands_in_no_address(here: Installation) -> None:
    here.update()
    here.said("https://user@www.evil.example/secret/path?mail=bob@example.net#x")
    assert here.google.prefixes_asked() == [full_hash("evil.example/")[:4]]
    assert all(KEY not in path and "secret" not in path and "bob" not in path for path in here.google.asked)
    assert {request.headers["X-Goog-Api-Key"] for request in here.google.server.asked} == {KEY}


@pytest.mark.parametrize(
    "href",
    ["https://good.example/", "https://xevil.example/", "https://evil.example.com/", "https://192.0.2.1/x"],
)
def test_nobody_is_asked_of_what_the_lists_do_not_have(here: Installation, href: str) -> None:
    here.update()
    asked = len(here.google.asked)
    assert here.said(href) == {}
    assert len(here.google.asked) == asked


@pytest.mark.parametrize(
    "details",
    [
        pytest.param([], id="nothing bad of it"),
        pytest.param([{"threatType": "SOMETHING_NEW"}], id="a threat that nobody knows"),
        pytest.param([{"threatType": "MALWARE", "attributes": ["CANARY"]}], id="a trial"),
        pytest.param([{"threatType": "MALWARE", "attributes": ["FRAME_ONLY"]}], id="only in frames"),
        pytest.param([{"threatType": "MALWARE", "attributes": ["NEW_ATTRIBUTE"]}], id="an unknown attribute"),
        pytest.param([{}], id="no threat"),
    ],
)
def test_what_is_to_be_disregarded_is(here: Installation, details: list[dict[str, object]]) -> None:
    here.update()
    here.google.threats = {"evil.example/": details}
    assert here.said("https://evil.example/") == {}


def test_another_hash_with_the_same_first_bytes_is_not_bad(here: Installation) -> None:
    here.update()
    here.google.threats = {"unrelated.example/": PHISHING}
    assert here.said("https://evil.example/") == {}


def test_answers_stand_for_as_long_as_the_service_says(here: Installation) -> None:
    here.google.threats = {}
    here.google.listed["se-4b"].append("evil2.example/")
    here.update()
    opened = here.open()
    assert here.said("https://evil.example/", by=opened) == {}
    here.google.threats = {"evil.example/": PHISHING}
    here.now += 299
    assert here.said("https://evil.example/", by=opened) == {}  # remembered: nothing bad
    here.now += 2
    assert here.said("https://evil.example/", by=opened)
    here.google.threats = {}
    assert here.said("https://evil.example/", by=here.open())  # another process, the same memory
    assert len(here.google.prefixes_asked()) == 2


def test_a_service_that_fails_is_left_alone_longer_each_time(here: Installation) -> None:
    here.update()
    opened = here.open()
    here.google.status = 503
    with capture_logs() as lines:
        for wait in (900, 1_800):
            assert here.said("https://evil.example/", by=opened) == {}
            asked = len(here.google.asked)
            here.now += wait - 1
            assert here.said("https://evil.example/", by=opened) == {}
            assert len(here.google.asked) == asked
            here.now += 2
    assert [line["reason"] for line in lines] == ["status 503"] * 2
    assert KEY not in str(lines)
    here.google.status = 200
    assert here.said("https://evil.example/", by=opened)


@pytest.mark.parametrize(
    "answer",
    [b"[]", b"<html>", b'{"fullHashes": 3}', b'{"cacheDuration": "soon"}', b'{"fullHashes": [{"fullHash": "?"}]}'],
)
def test_answers_that_make_no_sense_say_nothing(here: Installation, answer: bytes) -> None:
    here.update()
    here.google.answer = answer
    with capture_logs() as lines:
        assert here.said("https://evil.example/") == {}
    assert len(lines) == 1


def test_without_time_nobody_is_asked(here: Installation) -> None:
    here.update()
    address = address_of("https://evil.example/")
    assert address is not None
    assert here.open().opinions([address], seconds=0.0) == {}
    assert not here.google.prefixes_asked()


def test_lists_that_are_missing_old_or_damaged_say_nothing(here: Installation) -> None:
    assert here.said("https://evil.example/") == {}
    here.update()
    opened = here.open()
    here.now += 90_000
    with capture_logs() as lines:
        assert here.said("https://evil.example/", by=opened) == {}
        assert here.said("https://evil.example/", by=opened) == {}
    assert [line["event"] for line in lines] == ["a list of links is too old to be believed"]
    path = prefixes_path(here.directory, "google")
    path.write_bytes(path.read_bytes()[:-2])
    with capture_logs() as lines:
        assert here.said("https://evil.example/") == {}
    assert len(lines) == 1


def changes_of(google: SafeBrowsingServer, *, added: list[str]) -> dict[str, object]:
    """The answer of the server about its list of phishing, where only these are new."""
    return google.news("se-4b", is_partial=True) | {"additionsFourBytes": rice(sorted(map(prefix, added)), 28)}


def test_only_what_changed_is_fetched(here: Installation) -> None:
    google = here.google
    google.wait = ""
    google.listed = {"se-4b": [f"h{number}.example/" for number in range(100)]}
    here.update()
    before = list(here.file().numbers("se-4b"))
    google.version, google.partial, google.removed = 2, True, [0, 7, 99]
    here.now += 60
    kept = [number for index, number in enumerate(before) if index not in (0, 7, 99)]
    names = {int.from_bytes(full_hash(text)[:4], "big"): text for text in google.listed["se-4b"]}
    google.listed["se-4b"] = [names[number] for number in kept] + ["new.example/"]

    # What is there already is not sent again.
    whole = changes_of(google, added=["new.example/"])
    google.answer = msgspec.json.encode({"hashLists": [whole]})
    updated = here.update()
    assert (updated.outcome, updated.before, updated.entries) == (Outcome.UPDATED, 100, 98)
    assert here.file().has(full_hash("new.example/")[:4])
    assert "version=djE" in google.asked[-1]  # the version that was there, in base64


def test_a_list_that_went_wrong_is_fetched_anew(here: Installation) -> None:
    google = here.google
    google.wait = ""
    here.update()
    google.version, google.partial, google.removed = 2, True, [5_000]  # of a list with one entry
    assert here.update().outcome is Outcome.UPDATED
    assert "version=" not in google.asked[-1]
    assert here.said("https://evil.example/")


@pytest.mark.parametrize(
    "break_it",
    [
        pytest.param(lambda google: setattr(google, "status", 403), id="key"),
        pytest.param(lambda google: setattr(google, "answer", b"<html>"), id="page"),
        pytest.param(lambda google: setattr(google, "sums", {"se-4b": b"x" * 32}), id="checksum"),
        pytest.param(lambda google: setattr(google, "listed", {}), id="no list"),
    ],
)
def test_what_was_there_stays_and_the_service_has_its_pause(here: Installation, break_it: object) -> None:
    here.google.wait = ""
    here.update()
    break_it(here.google)  # type: ignore[operator]
    here.google.version = 2
    updated = here.update()
    assert updated.outcome is (Outcome.UNCHANGED if here.google.listed == {} else Outcome.FAILED)
    assert KEY not in updated.words
    assert updated.before == 3
    assert len(here.file()) == 3
    if updated.outcome is Outcome.FAILED:
        asked = len(here.google.asked)
        here.now += 899
        assert here.update(force=True).outcome is Outcome.TOO_SOON
        assert len(here.google.asked) == asked


def test_the_service_says_when_it_may_be_asked_again(here: Installation) -> None:
    here.update()
    here.now += 1_799
    told = here.update(force=True)
    assert told.outcome is Outcome.TOO_SOON
    assert "left alone" in told.words
    here.now += 2
    assert here.update().outcome is Outcome.UNCHANGED
    assert here.file().checked_at == here.now


def test_nobody_is_asked_without_a_key(here: Installation) -> None:
    os.unlink(here.feed.key_file)
    assert here.update().outcome is Outcome.FAILED
    assert not here.google.asked
    assert open_imported(here.directory, "google", here.feed) is None


def test_a_list_without_end_is_refused(here: Installation) -> None:
    here.google.listed = {"se-4b": [f"h{number}.example/" for number in range(50)]}
    assert here.update(settings=Feeds(most_entries=49)).outcome is Outcome.FAILED
    assert here.said("https://h1.example/") == {}


@pytest.mark.parametrize(
    ("failures", "least", "most"),
    [(1, 900, 1_800), (2, 1_800, 3_600), (5, 14_400, 28_800), (8, 86_400, 86_400), (900, 86_400, 86_400)],
)
def test_pauses_double_up_to_a_day(failures: int, least: float, most: float) -> None:
    assert pause(failures, chance=lambda: 0.0) == least
    assert pause(failures, chance=lambda: 1.0) == most
