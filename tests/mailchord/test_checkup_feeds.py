"""`mailchord doctor` about lists of links."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from msgspec import structs

from mailchord.checkup import Level
from mailchord.checkup_feeds import check_feeds
from mailcore.feed_settings import Feed, Feeds
from mailcore.settings import Settings
from mailio.feed_store import path_of
from mailio.feed_update import update_feed


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    source = tmp_path / "own.txt"
    source.write_text("evil.example\n")
    (tmp_path / "feeds").mkdir()
    feed = Feed(source=str(source))
    update_feed("own", feed, Feeds(), tmp_path / "feeds")
    return Settings(state_dir=str(tmp_path), feeds=Feeds(lists={"own": feed}))


def checked(settings: Settings, *, days: float = 0.0, **changed: object) -> list[tuple[Level, str]]:
    feeds = Feeds(lists={name: structs.replace(feed, **changed) for name, feed in settings.feeds.lists.items()})
    results = check_feeds(structs.replace(settings, feeds=feeds), now=time.time() + days * 86_400)
    return [(result.level, result.says) for result in results]


def test_a_list_that_is_well(settings: Settings) -> None:
    assert checked(settings) == [(Level.OK, "1 entries")]
    assert checked(settings, days=400) == [(Level.OK, "1 entries")]


def test_a_list_that_nobody_fetches_any_more(settings: Settings) -> None:
    found = checked(settings, days=8, source="https://feeds.example/x")
    assert found == [(Level.WARN, "is 8 days old, and not asked any more")]


def test_lists_that_are_off_are_not_looked_at(settings: Settings) -> None:
    assert checked(settings, enabled=False) == []
    assert list(check_feeds(Settings())) == []


@pytest.mark.parametrize("content", [b"", b"junk"], ids=["empty", "junk"])
def test_a_damaged_list(settings: Settings, content: bytes) -> None:
    path_of(Path(settings.state_dir) / "feeds", "own").write_bytes(content)
    assert checked(settings) == [(Level.WARN, "was never imported, or is damaged")]


def test_a_list_that_was_never_imported(settings: Settings) -> None:
    os.unlink(path_of(Path(settings.state_dir) / "feeds", "own"))
    assert [level for level, _ in checked(settings)] == [Level.WARN]
