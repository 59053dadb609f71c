"""Services that know hashes: what they are asked, what their answers mean, and when they are not asked at all."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from msgspec import structs
from structlog.testing import capture_logs

from mailcore.file_settings import HashService, HashServiceKind
from mailcore.known_files import HashOpinion, Standing
from mailio.bounded_memory import LocalMemory
from mailio.hash_readers import NoAnswer, malware_words, question
from mailio.hash_services import Asked, HttpHashServices, Quota
from mailio.outgoing_http import FetchFailed, fetch, public_address
from tests.http_server import Respond, WebServer

A, B, C = "a" * 64, "b" * 64, "c" * 64
KEY = "a-key-that-nobody-may-see"
VIRUSTOTAL = HashService(url="https://vt.example", key=KEY)
MISP = HashService(kind=HashServiceKind.MISP, url="https://misp.example/", key=KEY)


def stats(**counts: int) -> bytes:
    return json.dumps({"data": {"attributes": {"last_analysis_stats": counts}}}).encode()


def named(label: object) -> bytes:
    threat = {"suggested_threat_label": label}
    attributes = {"last_analysis_stats": {"malicious": 9}, "popular_threat_classification": threat}
    return json.dumps({"data": {"id": A, "attributes": attributes}}).encode()


def events(*attributes: dict[str, Any]) -> bytes:
    return json.dumps({"response": {"Attribute": attributes}}).encode()


ANSWERS: dict[str, tuple[HashService, int, bytes, str]] = {
    "unknown": (VIRUSTOTAL, 404, b'{"error": {"code": "NotFoundError"}}', ""),
    "clean": (VIRUSTOTAL, 200, stats(malicious=0, undetected=70), ""),
    "few scanners": (VIRUSTOTAL, 200, stats(malicious=4, undetected=70), ""),
    "many scanners": (VIRUSTOTAL, 200, stats(malicious=40, undetected=30), "40 of 70 scanners"),
    "with a name": (VIRUSTOTAL, 200, named("trojan.agent/x"), "9 of 9 scanners, trojan.agent/x"),
    "a name that is none": (VIRUSTOTAL, 200, named({"a": 1}), "9 of 9 scanners"),
    "a name for terminals": (VIRUSTOTAL, 200, named("\x1b[31m"), "9 of 9 scanners"),
    "nothing said": (VIRUSTOTAL, 200, b'{"data": {"attributes": {}}}', ""),
    "no event": (MISP, 200, events(), ""),
    "an event": (MISP, 200, events({"Event": {"info": "Loader of May"}}), "Loader of May"),
    "an event without words": (MISP, 200, events({"category": "Payload delivery"}), "Payload delivery"),
    "an event for terminals": (MISP, 200, events({"Event": {"info": "a\x07b"}}), "an event"),
    "long words": (MISP, 200, events({"comment": "x" * 999}), "x" * 120),
}


@pytest.mark.parametrize(("service", "status", "body", "words"), ANSWERS.values(), ids=ANSWERS)
def test_answers_are_read(service: HashService, status: int, body: bytes, words: str) -> None:
    assert malware_words(service, status, body) == words


REFUSALS: dict[str, tuple[HashService, int, bytes, str]] = {
    "wrong key": (VIRUSTOTAL, 401, b"", "does not accept the key"),
    "quota": (VIRUSTOTAL, 429, b"", "quota is used up"),
    "broken": (VIRUSTOTAL, 500, b"", "status 500"),
    "elsewhere": (VIRUSTOTAL, 302, b"", "status 302"),
    "no JSON": (VIRUSTOTAL, 200, b"<html>", "cannot be read"),
    "another shape": (VIRUSTOTAL, 200, b'{"data": []}', "cannot be read"),
    "counts that are none": (
        VIRUSTOTAL,
        200,
        b'{"data": {"attributes": {"last_analysis_stats": {"malicious": "9"}}}}',
        "read",
    ),
    "not UTF-8": (MISP, 200, b'{"response": "\xff"}', "cannot be read"),
    "not found": (MISP, 404, b"", "status 404"),
    "a list": (MISP, 200, b'{"response": []}', "cannot be read"),
}


@pytest.mark.parametrize(("service", "status", "body", "words"), REFUSALS.values(), ids=REFUSALS)
def test_refusals_are_no_answers(service: HashService, status: int, body: bytes, words: str) -> None:
    with pytest.raises(NoAnswer, match=words):
        malware_words(service, status, body)


def test_nothing_but_the_hash_is_sent() -> None:
    asked = question(VIRUSTOTAL, KEY, A)
    assert (asked.url, asked.body) == (f"https://vt.example/api/v3/files/{A}", None)
    asked = question(MISP, KEY, A)
    assert asked.url == "https://misp.example/attributes/restSearch"
    assert json.loads(asked.body or b"") == {
        "returnFormat": "json",
        "type": "sha256",
        "value": A,
        "to_ids": 1,
        "limit": 5,
    }


class Clock:
    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


def services(server: WebServer, clock: Clock, **options: Any) -> HttpHashServices:
    service = structs.replace(VIRUSTOTAL, url=server.url, private_addresses=True, per_minute=99, **options)
    memory = LocalMemory(entries=99, most_bytes=9_999, clock=clock)
    return HttpHashServices({"vt": Asked(service=service, key=KEY)}, memory, Quota(None, clock=clock), clock=clock)


def only_a_is_malware(path: str, _body: bytes) -> tuple[int, bytes]:
    return (200, stats(malicious=40)) if path.endswith(A) else (404, b"{}")


def test_a_service_is_asked_once_about_a_hash() -> None:
    clock = Clock()
    with WebServer(only_a_is_malware) as server:
        asked = services(server, clock)
        opinion = HashOpinion(source="vt", standing=Standing.MALWARE, words="40 of 40 scanners")
        for _ in range(3):
            assert asked.ask([A, B], seconds=5) == {A: (opinion,)}
        assert [entry.path[-64:] for entry in server.asked] == [A, B]
        assert {entry.headers["x-apikey"] for entry in server.asked} == {KEY}
        clock.now += 13 * 3_600  # what is unknown is asked again sooner
        asked.ask([A, B], seconds=5)
        assert [entry.path[-64:] for entry in server.asked] == [A, B, B]


@pytest.mark.parametrize(
    ("options", "most"),
    [({"per_day": 2}, 2), ({"per_minute": 1}, 1), ({"per_day": 0}, 0)],
    ids=["day", "minute", "none"],
)
def test_no_more_is_asked_than_the_quota(options: dict[str, int], most: int) -> None:
    with WebServer(only_a_is_malware) as server:
        service = structs.replace(VIRUSTOTAL, url=server.url, private_addresses=True, **options)
        memory = LocalMemory(entries=99, most_bytes=9_999)
        asked = HttpHashServices({"vt": Asked(service=service, key=KEY)}, memory, Quota(None, clock=Clock()))
        asked.ask([B, C, A], seconds=5)
        assert len(server.asked) == most


def slow(_path: str, _body: bytes) -> tuple[int, bytes]:
    time.sleep(1.0)
    return 200, b"{}"


FAILING: dict[str, Respond] = {
    "refuses": lambda _path, _body: (401, b""),
    "broken": lambda _path, _body: (200, b"<html>"),
    "endless": lambda _path, _body: (200, bytes(2_000_000)),
    "leads elsewhere": lambda _path, _body: (302, b"http://127.0.0.1:1/"),
    "slow": slow,
}


@pytest.mark.parametrize("respond", FAILING.values(), ids=FAILING)
def test_one_that_fails_is_left_alone_for_a_while_and_its_key_is_in_no_line(respond: Respond) -> None:
    clock = Clock()
    with WebServer(respond) as server, capture_logs() as lines:
        asked = services(server, clock, seconds=0.4)
        assert asked.ask([A, B], seconds=5) == {}
        assert asked.ask([C], seconds=5) == {}
        assert len(server.asked) == 1
        clock.now += 61
        server.respond = only_a_is_malware
        assert list(asked.ask([A], seconds=5)) == [A]
    assert len(lines) == 1
    assert KEY not in repr(lines) + repr(Asked(service=VIRUSTOTAL, key=KEY))


def test_with_no_time_left_nobody_is_asked() -> None:
    with WebServer(only_a_is_malware) as server:
        assert services(server, Clock()).ask([A], seconds=0.1) == {}
        assert server.asked == []


def test_what_is_private_is_not_fetched_unless_allowed() -> None:
    with WebServer(only_a_is_malware) as server:
        with pytest.raises(FetchFailed, match="not in the internet"):
            fetch(server.url, seconds=2, headers={})
        assert server.asked == []
        assert fetch(server.url, seconds=2, headers={}, private_addresses=True).status == 404


def test_a_name_is_looked_up_before_it_is_asked() -> None:
    with pytest.raises(FetchFailed, match="not in the internet"):
        public_address("localhost", 443, private_addresses=False)
