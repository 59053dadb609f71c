"""Registries are asked when a domain was registered: seldom, never for long, and never believed about another one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from msgspec import structs
from structlog.testing import capture_logs

from mailcore.domain_age_settings import DomainAge
from mailio.bounded_memory import LocalMemory
from mailio.feed_formats import FeedUnreadable
from mailio.hash_services import Quota
from mailio.rdap import NoAge, RdapAges, registration
from mailio.rdap_servers import RdapServers, read_servers, servers_path, update_servers
from tests.http_server import WebServer

NOW = 1_793_750_400.0  # 2026-11-04
DAY = 86_400.0


def answer(domain: str = "young.example", *, name: str = "domain", **dates: str) -> bytes:
    """RFC 9083, 5.3, with what else registries say."""
    events = [{"eventAction": action.replace("_", " "), "eventDate": date} for action, date in dates.items()]
    return msgspec.json.encode(
        {
            "objectClassName": name,
            "ldhName": domain,
            "handle": "D1",
            "rdapConformance": ["rdap_level_0"],
            "entities": [{"objectClassName": "entity", "events": [{"eventAction": "registration"}]}],
            "events": events,
        }
    )


class Registry:
    """A registry of .example on the loopback, and somebody who asks it."""

    def __init__(self, directory: Path, server: WebServer) -> None:
        self.server = server
        self.directory = directory
        self.now = NOW
        self.status = 200
        self.answers = {"young.example": answer(registration="2026-11-01T00:00:00Z")}
        server.respond = self._respond
        servers_path(directory).write_bytes(self.bootstrap())
        self.settings = DomainAge(
            enabled=True, private_addresses=True, seconds=30.0, bootstrap=f"{server.url}/dns.json"
        )
        self.memory = LocalMemory(entries=100, most_bytes=10_000, clock=lambda: self.now)

    def bootstrap(self) -> bytes:
        services = [[["test"], ["https://rdap.test/"]], [["example"], [f"{self.server.url}/rdap"]]]
        return msgspec.json.encode({"version": "1.0", "services": services})

    def _respond(self, path: str, _body: bytes) -> tuple[int, bytes]:
        if path == "/dns.json":
            return self.status, self.bootstrap()
        found = self.answers.get(path.removeprefix("/rdap/domain/"))
        return (self.status, found) if found is not None else (404, b'{"errorCode": 404}')

    def ages(self, **changed: Any) -> RdapAges:
        settings = structs.replace(self.settings, **changed)
        servers = RdapServers(servers_path(self.directory), plain_http=True, look_every=0.0)
        clock = lambda: self.now  # noqa: E731
        return RdapAges(settings, servers, self.memory, Quota(None, kind="rdap-quota", clock=clock), clock=clock)

    def asked(self) -> list[str]:
        return [request.path for request in self.server.asked]


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[Registry]:
    with WebServer(lambda _path, _body: (500, b"")) as server:
        yield Registry(tmp_path, server)


def test_when_a_domain_was_registered(registry: Registry) -> None:
    found = registry.ages().registered(["young.example"], seconds=30.0)
    assert found == {"young.example": NOW - 3 * DAY}
    assert registry.asked() == ["/rdap/domain/young.example"]
    assert registry.server.asked[0].headers["Accept"] == "application/rdap+json"


def test_answers_are_remembered_also_that_nobody_knows(registry: Registry) -> None:
    for _ in range(2):
        assert set(registry.ages().registered(["young.example", "none.example"], seconds=30.0)) == {"young.example"}
    assert len(registry.asked()) == 2
    registry.now += 13 * 3_600
    registry.ages().registered(["young.example", "none.example"], seconds=30.0)
    assert registry.asked()[2:] == ["/rdap/domain/none.example"]
    registry.now += 8 * DAY
    registry.ages().registered(["young.example"], seconds=30.0)
    assert len(registry.asked()) == 4


@pytest.mark.parametrize(
    "domain",
    ["old.invalid", "young.example/../x", "young.example?x", "young.example@x", "", "x", "a b.example", "ä.example"],
)
def test_who_is_not_asked_about(registry: Registry, domain: str) -> None:
    assert registry.ages().registered([domain], seconds=30.0) == {}
    assert not registry.asked()


def test_without_time_and_without_servers_nobody_is_asked(registry: Registry) -> None:
    assert registry.ages().registered(["young.example"], seconds=0.1) == {}
    servers_path(registry.directory).unlink()
    assert registry.ages().registered(["young.example"], seconds=30.0) == {}
    servers_path(registry.directory).write_bytes(b"{")
    with capture_logs() as lines:
        assert registry.ages().registered(["young.example"], seconds=30.0) == {}
    assert len(lines) == 1
    assert not registry.asked()


def test_no_more_questions_than_allowed(registry: Registry) -> None:
    ages = registry.ages(per_minute=2)
    ages.registered([f"d{number}.example" for number in range(5)], seconds=30.0)
    assert len(registry.asked()) == 2
    registry.now += 60
    ages.registered(["d4.example"], seconds=30.0)
    assert len(registry.asked()) == 3


@pytest.mark.parametrize(("status", "pause"), [(500, 60), (403, 60), (301, 60), (429, 900)])
def test_a_registry_that_fails_is_left_alone(registry: Registry, status: int, pause: int) -> None:
    ages = registry.ages()
    registry.status = status
    with capture_logs() as lines:
        assert ages.registered(["young.example"], seconds=30.0) == {}
        registry.now += pause - 1
        assert ages.registered(["young.example"], seconds=30.0) == {}
    assert len(registry.asked()) == len(lines) == 1
    registry.now += 2
    registry.status = 200
    assert ages.registered(["young.example"], seconds=30.0)


DATES = {
    "registration": ({"registration": "2026-11-01T00:00:00Z"}, 3.0),
    "with parts of seconds": ({"registration": "2026-11-01T00:00:00.123Z"}, 3.0),
    "another zone": ({"registration": "2026-11-01T02:00:00+02:00"}, 3.0),
    "no zone": ({"registration": "2026-11-01T00:00:00"}, 3.0),
    "registered again": ({"registration": "1999-01-01T00:00:00Z", "reregistration": "2026-11-03T00:00:00Z"}, 1.0),
    "with others": ({"expiration": "2027-11-01T00:00:00Z", "registration": "2026-10-05T00:00:00Z"}, 30.0),
}


@pytest.mark.parametrize(("dates", "days"), DATES.values(), ids=list(DATES))
def test_dates(dates: dict[str, str], days: float) -> None:
    at = registration("young.example", answer(**dates), now=NOW)
    assert (NOW - at) / DAY == pytest.approx(days, abs=0.001)


NO_AGE = {
    "no events": answer(),
    "only a change": answer(last_changed="2026-11-01T00:00:00Z"),
    "another domain": answer("other.example", registration="2026-11-01T00:00:00Z"),
    "no domain": answer(name="entity", registration="2026-11-01T00:00:00Z"),
    "no date": answer(registration="yesterday"),
    "the year 9999": answer(registration="9999-12-31T23:59:59Z"),
    "the year 1": answer(registration="0001-01-01T00:00:00+14:00"),
    "before there were domains": answer(registration="1970-01-01T00:00:00Z"),
    "a page": b"<html>",
    "nothing": b"",
    "a list": b"[]",
    "deep": b'{"events":' + b"[" * 5_000,
}


@pytest.mark.parametrize("body", NO_AGE.values(), ids=list(NO_AGE))
def test_answers_without_an_age(body: bytes) -> None:
    with pytest.raises(NoAge):
        registration("young.example", body, now=NOW)


def test_the_list_of_registries_is_fetched_once_a_day(registry: Registry) -> None:
    path = servers_path(registry.directory)
    path.unlink()
    assert update_servers(registry.settings, registry.directory, now=NOW)
    assert not update_servers(registry.settings, registry.directory, now=NOW + DAY - 1)
    assert update_servers(registry.settings, registry.directory, now=NOW + DAY + 1)
    registry.status = 500
    with pytest.raises(FeedUnreadable):
        update_servers(registry.settings, registry.directory, now=NOW, force=True)
    assert path.read_bytes() == registry.bootstrap()


def test_the_longest_name_counts(tmp_path: Path) -> None:
    services = [[["uk", "co.uk"], ["http://plain.test/", "https://uk.test"]], [["a.co.uk"], ["https://a.test/x/"]]]
    servers_path(tmp_path).write_bytes(msgspec.json.encode({"services": services}))
    servers = RdapServers(servers_path(tmp_path))
    assert servers.of("shop.co.uk") == "https://uk.test/"
    assert servers.of("b.a.co.uk") == "https://a.test/x/"
    assert servers.of("example.fr") == ""


@pytest.mark.parametrize(
    "content",
    [b"", b"[]", b'{"services": []}', b'{"services": [[["x"], ["http://plain.test/"]]]}', b'{"services": [["x"]]}'],
)
def test_what_is_no_list_of_registries(content: bytes) -> None:
    with pytest.raises(FeedUnreadable):
        read_servers(content, plain_http=False)
