"""What is known of links besides the mail is plugged into the pool by the settings, and by nothing else."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from msgspec import structs

from mailcore.domain_age_settings import DomainAge
from mailcore.errors import ConfigurationError
from mailcore.feed_settings import Feed, FeedFormat, Feeds
from mailcore.message import Direction, Envelope
from mailcore.settings import Settings
from mailcore.verdict import PoolReport
from mailio.feed_update import feeds_directory, update_feed, updating
from mailio.rdap_servers import servers_path
from tasks.known_links import knowing_links, link_sources
from tests.http_server import WebServer
from tests.mailio.safe_browsing_server import SafeBrowsingServer, safe_browsing_server
from tests.workers.urls.views import view_of
from workers.runner import run_pool
from workers.urls import build


def judged(settings: Settings, *links: str) -> PoolReport:
    view = structs.replace(view_of(*links), envelope=Envelope(direction=Direction.INBOUND))
    report = run_pool(knowing_links(build(), settings), view, {}, seconds=30.0)
    assert report.errors == ()
    return report


def with_safe_browsing(directory: Path, google: SafeBrowsingServer) -> Settings:
    key = directory / "key"
    key.write_text("k")
    feed = Feed(source=google.url, format=FeedFormat.SAFE_BROWSING, key_file=str(key), private_addresses=True)
    return Settings(state_dir=str(directory), feeds=Feeds(lists={"google": feed}))


def test_safe_browsing_is_asked(tmp_path: Path) -> None:
    with safe_browsing_server() as google:
        google.listed = {"se-4b": ["evil.test/"]}
        google.threats = {"evil.test/": [{"threatType": "SOCIAL_ENGINEERING"}]}
        settings = with_safe_browsing(tmp_path, google)
        directory = feeds_directory(settings.state_dir)
        with updating(directory):
            update_feed("google", settings.feeds.lists["google"], settings.feeds, directory)
        report = judged(settings, "https://www.evil.test/login", "https://good.test/")
    (finding,) = [finding for finding in report.findings if finding.id == "link_is_on_bad_list"]
    assert "google has the domain evil.test (phishing)" in finding.detail
    assert finding.weight == settings.feeds.lists["google"].weight


def test_registries_are_asked(tmp_path: Path) -> None:
    asked: list[str] = []

    def respond(path: str, _body: bytes) -> tuple[int, bytes]:
        asked.append(path)
        events = [{"eventAction": "registration", "eventDate": "2020-02-02T00:00:00Z"}]
        return 200, msgspec.json.encode({"objectClassName": "domain", "ldhName": "florist.test", "events": events})

    with WebServer(respond) as registry:
        age = DomainAge(enabled=True, unseen_only=False, private_addresses=True, seconds=30.0)
        settings = Settings(state_dir=str(tmp_path), feeds=Feeds(lists={}, domain_age=age))
        feeds_directory(settings.state_dir).mkdir()
        services = {"services": [[["test"], [registry.url]]]}
        servers_path(feeds_directory(settings.state_dir)).write_bytes(msgspec.json.encode(services))
        judged(settings, "https://www.florist.test/x")
    assert asked == ["/domain/florist.test"]


def test_nobody_is_asked_by_default(tmp_path: Path) -> None:
    settings = Settings(state_dir=str(tmp_path))
    pool = build()
    assert knowing_links(pool, settings) is pool
    assert link_sources(settings) == ()


def test_a_key_that_cannot_be_read_is_told_at_the_start(tmp_path: Path) -> None:
    with safe_browsing_server() as google:
        settings = with_safe_browsing(tmp_path, google)
    (tmp_path / "key").unlink()
    with pytest.raises(ConfigurationError, match=r"feeds\.lists\.google\.key_file"):
        link_sources(settings)
