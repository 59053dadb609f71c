"""The list of registries is fetched where ages of domains are wanted, and not otherwise."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec import structs

from mailchord.checkup_feeds import check_feeds
from mailchord.registries import DONE, NOT_DONE, update_registries
from mailcore.domain_age_settings import DomainAge
from mailcore.feed_settings import Feeds
from mailcore.settings import Settings
from mailio.rdap_servers import servers_path
from tests.http_server import WebServer

LIST = b'{"services": [[["example"], ["https://rdap.example/"]]]}'


@pytest.fixture
def server() -> Iterator[WebServer]:
    with WebServer(lambda _path, _body: (200, LIST)) as server:
        yield server


def update(settings: DomainAge, directory: Path, *names: str) -> int:
    return update_registries(settings, directory, names=names, force=False)


def test_it_is_fetched(tmp_path: Path, server: WebServer, capsys: pytest.CaptureFixture[str]) -> None:
    settings = DomainAge(enabled=True, bootstrap=f"{server.url}/dns.json", private_addresses=True)
    assert update(settings, tmp_path) == DONE
    assert servers_path(tmp_path).read_bytes() == LIST
    assert update(settings, tmp_path) == DONE
    assert len(server.asked) == 1
    assert capsys.readouterr().out == "registries (RDAP): updated\nregistries (RDAP): was fetched today\n"


def test_nobody_is_asked_unless_it_is_wanted(tmp_path: Path, server: WebServer) -> None:
    settings = DomainAge(bootstrap=f"{server.url}/dns.json", private_addresses=True)
    assert update(settings, tmp_path) == DONE
    assert update(structs.replace(settings, enabled=True), tmp_path, "urlhaus") == DONE
    assert not server.asked


@pytest.mark.parametrize("answer", [(500, LIST), (200, b"<html>"), (302, b"/other")], ids=str)
def test_what_goes_wrong_is_said(
    tmp_path: Path, server: WebServer, answer: tuple[int, bytes], capsys: pytest.CaptureFixture[str]
) -> None:
    server.respond = lambda _path, _body: answer
    settings = DomainAge(enabled=True, bootstrap=f"{server.url}/dns.json", private_addresses=True)
    assert update(settings, tmp_path) == NOT_DONE
    assert "registries (RDAP): " in capsys.readouterr().err
    assert not servers_path(tmp_path).exists()


def test_doctor_misses_it(tmp_path: Path) -> None:
    settings = Settings(state_dir=str(tmp_path), feeds=Feeds(lists={}, domain_age=DomainAge(enabled=True)))
    (result,) = check_feeds(settings)
    assert "never fetched" in str(result)
    assert not list(check_feeds(structs.replace(settings, feeds=Feeds(lists={}))))
