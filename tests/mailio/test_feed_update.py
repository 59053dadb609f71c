"""Lists are brought up to date whole or not at all, from a server and from files, whatever these send."""

from __future__ import annotations

import bz2
import gzip
import io
import os
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from msgspec import structs

from mailcore.errors import ConfigurationError
from mailcore.feed_settings import Feed, FeedFormat, Feeds
from mailio.feed_store import FeedFile, hash_of, path_of
from mailio.feed_update import Outcome, Updated, update_feed, updating
from tests.http_server import WebServer

NOW = 1_800_000_000.0
KEY = "a-key-that-nobody-may-see"
SETTINGS = Feeds(most_bytes=200_000, most_entries=5_000, seconds=30.0)
LIST = b"".join(b"https://h%d.example/a\n" % number for number in range(100))


class Installation:
    """A directory of lists, and a server that gives `content`."""

    def __init__(self, directory: Path, server: WebServer) -> None:
        self.directory = directory
        self.server = server
        self.content = LIST
        self.status = 200
        self.now = NOW
        server.respond = lambda _path, _body: (self.status, self.content)
        self.feed = Feed(source=f"{server.url}/list", private_addresses=True, least_minutes=0.0)

    def update(self, *, settings: Feeds = SETTINGS, force: bool = False, **changed: Any) -> Updated:
        feed = structs.replace(self.feed, **changed)
        return update_feed("ours", feed, settings, self.directory, force=force, clock=lambda: self.now)

    def has(self, key: str) -> bool:
        file = FeedFile(path_of(self.directory, "ours"))
        return file.day_of(hash_of(key, file.description.salt)) is not None


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Installation]:
    with WebServer(lambda _path, _body: (500, b"")) as server:
        yield Installation(tmp_path, server)


def zipped(*members: tuple[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return packed.getvalue()


PACKED = {
    "plain": LIST,
    "gzip": gzip.compress(LIST),
    "gzip in two pieces": gzip.compress(LIST[:500]) + gzip.compress(LIST[500:]),
    "bzip2": bz2.compress(LIST),
    "zip": zipped(("urls.txt", LIST)),
    "zip with a read-me": zipped(("README", b"hello"), ("urls.txt", LIST), ("licence.txt", b"yes")),
}


@pytest.mark.parametrize("content", PACKED.values(), ids=list(PACKED))
def test_a_list_is_imported(here: Installation, content: bytes) -> None:
    here.content = content
    assert here.update() == Updated(name="ours", outcome=Outcome.UPDATED, entries=100)
    assert here.has("page h7.example/a")
    assert not here.has("page h100.example/a")
    assert os.listdir(here.directory) == ["ours.feed"]


BROKEN = {
    "an error page": b"<html><body>Service unavailable</body></html>",
    "nothing": b"",
    "remarks only": b"# come back later\n",
    "junk": os.urandom(100_000),
    "gzip, cut": gzip.compress(LIST)[:-20],
    "gzip, damaged": gzip.compress(LIST)[:60] + b"xxxx" + gzip.compress(LIST)[64:],
    "bzip2, cut": bz2.compress(LIST)[:-20],
    "gzip of much nothing": gzip.compress(bytes(3_000_000)),
    "bzip2 of much nothing": bz2.compress(b"\n" * 3_000_000),
    "zip of much nothing": zipped(("urls.txt", b"\n" * 3_000_000)),
    "zip, cut": zipped(("urls.txt", LIST))[:-30],
    "zip, damaged": zipped(("urls.txt", LIST)).replace(b"urls", b"xrls", 1)[:50] + b"xxxx" * 40,
    "zip of nothing": b"PK\x05\x06" + bytes(18),
    "zip of empty folders": zipped(("a/", b"")),
    "zip of many files": zipped(*((f"{number}.txt", b"") for number in range(3_000))),
    "too many entries": b"".join(b"h%d.example\n" % number for number in range(6_000)),
    "a tenth of it": b"https://h1.example/a\n" * 9,
    "too large": LIST * 1_000,
}


@pytest.mark.parametrize("content", BROKEN.values(), ids=list(BROKEN))
def test_what_is_broken_leaves_the_list_before(here: Installation, content: bytes) -> None:
    here.update()
    here.content = content
    updated = here.update()
    assert (updated.outcome, updated.entries) == (Outcome.FAILED, 100)
    assert updated.words
    assert here.has("page h7.example/a")
    assert os.listdir(here.directory) == ["ours.feed"]


def test_hardly_anything_left_can_be_taken_over_by_force(here: Installation) -> None:
    here.update()
    here.content = b"https://h1.example/a\n"
    assert here.update().words == "it has 1 entries and had 100 (--force takes it over)"
    assert here.update(force=True).entries == 1
    here.content = b""
    assert here.update(force=True).outcome is Outcome.UPDATED


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (403, "does not accept the key"),
        (404, "no such list"),
        (429, "too often"),
        (500, "does not give it"),
        (204, "204"),
    ],
    ids=str,
)
def test_a_server_that_gives_nothing(here: Installation, status: int, words: str) -> None:
    here.status, here.content = status, b"" if status == 204 else LIST
    assert words in here.update().words


def test_an_answer_that_ends_early_is_refused(here: Installation) -> None:
    here.update()
    here.server.headers["Content-Length"] = str(len(LIST) + 5_000)
    assert "the answer ended after" in here.update(settings=structs.replace(SETTINGS, seconds=2.0)).words
    assert here.has("page h99.example/a")


def test_it_is_asked_for_changes_only(here: Installation) -> None:
    here.server.headers |= {"ETag": '"v1"', "Last-Modified": "Sun, 22 Nov 2026 07:00:00 GMT"}
    here.update()
    here.status, here.content = 304, b""
    here.now += 86_400
    assert here.update() == Updated(name="ours", outcome=Outcome.UNCHANGED, entries=100, before=100)
    headers = here.server.asked[1].headers
    assert headers["If-None-Match"] == '"v1"'
    assert headers["If-Modified-Since"] == "Sun, 22 Nov 2026 07:00:00 GMT"
    assert FeedFile(path_of(here.directory, "ours")).checked_at == here.now


@pytest.mark.parametrize("tag", ['"' + "x" * 400 + '"', '"a\tb"', '"\xe4"'], ids=["long", "tab", "umlaut"])
def test_a_tag_that_cannot_be_sent_back_is_forgotten(here: Installation, tag: str) -> None:
    here.server.headers["ETag"] = tag
    assert [here.update().outcome for _ in range(2)] == [Outcome.UPDATED] * 2
    assert "If-None-Match" not in here.server.asked[1].headers


def test_another_source_is_another_list(here: Installation) -> None:
    here.server.headers["ETag"] = '"v1"'
    here.update()
    here.content = b"https://other.example/\n"
    updated = here.update(source=f"{here.server.url}/other")
    assert (updated.outcome, updated.entries, updated.before) == (Outcome.UPDATED, 1, 0)
    assert "If-None-Match" not in here.server.asked[1].headers


def test_it_is_not_fetched_too_often(here: Installation) -> None:
    here.update()
    here.now += 59 * 60
    assert here.update(least_minutes=60.0).outcome is Outcome.TOO_SOON
    assert here.update(least_minutes=60.0, force=True).outcome is Outcome.UPDATED
    here.now += 61 * 60
    assert here.update(least_minutes=60.0).outcome is Outcome.UPDATED


def test_the_key_is_sent_and_told_nobody(here: Installation, tmp_path: Path) -> None:
    key_file = tmp_path / "key"
    key_file.write_text(KEY + "\n")
    source = f"{here.server.url}/list?auth-key={{key}}"
    here.update(source=source, key_file=str(key_file), user_agent="phishtank/anna")
    asked = here.server.asked[0]
    assert asked.path == f"/list?auth-key={KEY}"
    assert asked.headers["User-Agent"] == "phishtank/anna"
    here.status = 500
    assert KEY not in repr(here.update(source=source, key_file=str(key_file)))
    assert KEY.encode() not in path_of(here.directory, "ours").read_bytes()
    assert "cannot be read" in here.update(source=source, key_file=str(tmp_path / "none")).words


def test_it_follows_a_few_redirects(here: Installation) -> None:
    url = here.server.url
    here.server.respond = lambda path, _: (200, LIST) if path == "/b" else (302, f"{url}/b".encode())
    assert here.update().entries == 100
    here.server.respond = lambda path, _: (301, f"{url}{path}x".encode())
    assert "sent on more than 3 times" in here.update().words
    here.server.respond = lambda _path, _: (302, b"file:///etc/passwd")
    assert "no https address" in here.update().words


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "2130706433", "0x7f.1"], ids=str)
def test_private_addresses_are_refused(here: Installation, host: str) -> None:
    port = here.server.url.rpartition(":")[2]
    updated = here.update(source=f"https://{host}:{port}/list", private_addresses=False)
    assert updated.outcome is Outcome.FAILED
    assert here.server.asked == []


def test_a_file_of_our_own(here: Installation, tmp_path: Path) -> None:
    own = tmp_path / "own.txt"
    own.write_text("evil.example\n192.0.2.0/24\n")
    feed: dict[str, Any] = {"source": str(own), "format": FeedFormat.DOMAINS, "private_addresses": False}
    assert here.update(**feed).skipped == 1
    assert here.has("domain evil.example")
    own.unlink()
    assert "No such file" in here.update(**feed).words
    assert here.has("domain evil.example")


def test_old_entries_are_left_out(here: Installation) -> None:
    here.content = b"phish_id,url,verification_time\n1,https://a.example/,2026-12-30\n2,https://b.example/,2027-01-10\n"
    assert here.update(format=FeedFormat.PHISHTANK_CSV, entry_days=10).entries == 1
    assert here.has("page b.example/")


def test_a_damaged_list_is_replaced(here: Installation) -> None:
    path_of(here.directory, "ours").write_bytes(b"junk")
    assert here.update().entries == 100


def test_one_update_at_a_time(tmp_path: Path) -> None:
    with updating(tmp_path / "feeds"):
        (tmp_path / "feeds" / ".ours.abc.part").write_bytes(b"left")
        with pytest.raises(ConfigurationError, match="another update is running"), updating(tmp_path / "feeds"):
            pass
    with updating(tmp_path / "feeds"):
        assert os.listdir(tmp_path / "feeds") == ["lock"]


def test_a_directory_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "feeds").write_text("a file")
    with pytest.raises(ConfigurationError, match="cannot be written"), updating(tmp_path / "feeds"):
        pass
