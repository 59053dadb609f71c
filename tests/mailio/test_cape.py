"""The CAPE connector against a server on the loopback: hashes first, no redirections, bounded answers and waits."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator

import pytest
from msgspec import structs

from mailcore.behaviour import Detonation
from mailcore.sandbox_settings import Cape
from mailio.cape import CapeSandbox
from mailio.outgoing_http import FetchFailed
from tests.http_server import WebServer

DATA = b"MZ program"
SHA256 = hashlib.sha256(DATA).hexdigest()
REPORT = {
    "malscore": 9.5,
    "detections": [{"family": "Example"}],
    "signatures": [{"name": "a", "description": "Writes itself to the registry"}, {"name": "b"}],
}


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


class FakeCape:
    """Knows files by hash, takes others, and is done after a few questions."""

    def __init__(self, *, known: bool = False, rounds: int = 2, status: str = "reported") -> None:
        self.known, self.rounds, self.status = known, rounds, status

    def __call__(self, path: str, body: bytes) -> tuple[int, bytes]:
        return 200, json.dumps(self._answer(path)).encode()

    def _answer(self, path: str) -> object:
        if "/search/sha256/" in path:
            return {"error": False, "data": [{"id": 7, "status": "reported"}] if self.known else []}
        if path.endswith("/create/file/"):
            return {"error": False, "data": {"task_ids": [8]}}
        if "/status/" in path:
            self.rounds -= 1
            return {"error": False, "data": self.status if self.rounds <= 0 else "running"}
        return REPORT


@pytest.fixture
def server() -> Iterator[WebServer]:
    with WebServer(FakeCape()) as server:
        yield server


def ask(server: WebServer, options: Cape = Cape(), *, data: bytes = DATA, seconds: float = 60.0) -> Detonation | None:  # noqa: B008
    clock = Clock()
    cape = CapeSandbox(structs.replace(options, url=server.url + "/"), "secret", monotonic=clock, sleep=clock.sleep)
    return cape.detonate(data, part="2", name='a"\r\nb.exe', seconds=seconds)


def paths(server: WebServer) -> list[str]:
    return [f"{asked.method} {asked.path}" for asked in server.asked]


def test_an_unknown_file_is_sent_and_its_report_read(server: WebServer) -> None:
    said = ask(server)
    assert said is not None
    assert (said.score, said.family, said.signatures) == (9.5, "Example", ("Writes itself to the registry", "b"))
    assert paths(server) == [
        f"GET /apiv2/tasks/search/sha256/{SHA256}/",
        "POST /apiv2/tasks/create/file/",
        "GET /apiv2/tasks/status/8/",
        "GET /apiv2/tasks/status/8/",
        "GET /apiv2/tasks/get/report/8/lite/",
    ]
    assert all(asked.headers["Authorization"] == "Token secret" for asked in server.asked)
    assert DATA in server.asked[1].body
    assert b'filename="a___b.exe"\r\n' in server.asked[1].body


def test_a_known_file_is_not_sent_again(server: WebServer) -> None:
    server.respond = FakeCape(known=True, rounds=1)
    assert ask(server) is not None
    assert not any(asked.method == "POST" for asked in server.asked)


@pytest.mark.parametrize(
    ("options", "data"),
    [(Cape(upload=False), DATA), (Cape(most_bytes=5), DATA)],
    ids=["hashes only", "too large"],
)
def test_what_may_not_leave_stays(server: WebServer, options: Cape, data: bytes) -> None:
    assert ask(server, options, data=data) is None
    assert paths(server) == [f"GET /apiv2/tasks/search/sha256/{SHA256}/"]


BROKEN: dict[str, Callable[[str, bytes], tuple[int, bytes]]] = {
    "a redirection": lambda _path, _body: (302, b"https://elsewhere.example/"),
    "an error": lambda _path, _body: (500, b"{}"),
    "no token": lambda _path, _body: (401, b"{}"),
    "no JSON": lambda _path, _body: (200, b"<html>"),
    "a list": lambda _path, _body: (200, b"[]"),
    "nesting": lambda _path, _body: (200, b"[" * 100_000),
    "a flood": lambda _path, _body: (200, b" " * 2_000_000),
    "no task": lambda path, _body: (200, b'{"data": {"task_ids": []}}' if "create" in path else b'{"data": []}'),
    "a failed analysis": FakeCape(status="failed_analysis"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_makes_no_sense_is_said_and_leads_nowhere(server: WebServer, name: str) -> None:
    server.respond = BROKEN[name]
    with pytest.raises(FetchFailed) as raised:
        ask(server)
    assert "secret" not in str(raised.value)


def test_it_is_not_waited_for_without_end(server: WebServer) -> None:
    server.respond = FakeCape(rounds=1_000)
    with pytest.raises(TimeoutError):
        ask(server, seconds=30.0)
    assert len(server.asked) < 12


@pytest.mark.parametrize(
    "report",
    [
        {},
        {"malscore": "ten", "signatures": {"a": 1}, "detections": 5},
        {"malscore": 99, "signatures": [1, None, "x"], "detections": []},
        {"malscore": -1, "detections": [None]},
    ],
)
def test_reports_of_other_shapes_say_nothing(server: WebServer, report: dict[str, object]) -> None:
    fake = FakeCape(known=True, rounds=1)
    server.respond = lambda path, body: (200, json.dumps(report).encode()) if "/report/" in path else fake(path, body)
    said = ask(server)
    assert said is not None
    assert (said.score, said.signatures) == (0.0, ())


def test_an_address_of_an_internal_network_only_where_it_is_allowed(server: WebServer) -> None:
    with pytest.raises(FetchFailed, match="private_addresses"):
        ask(server, Cape(private_addresses=False))
    assert not server.asked
