"""The health endpoint says what is well and what is not, and no request can hold it up."""

from __future__ import annotations

import http.client
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress

import pytest

from mailchord.health import MAX_CONNECTIONS, HealthServer, start_health
from mailchord.probes import Probes
from mailcore.errors import ConfigurationError


def well() -> str:
    return ""


def away() -> str:
    raise ConnectionError("cannot reach redis://:geheim@host/0\nsecond line")


@contextmanager
def running(probes: Mapping[str, Callable[[], str]] | None = None, seconds: float = 5.0) -> Iterator[HealthServer]:
    server = start_health("127.0.0.1:0", probes or {}, request_seconds=seconds)
    try:
        yield server
    finally:
        server.stop()


def asked(server: HealthServer, path: str, method: str = "GET") -> tuple[int, str, str]:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    try:
        connection.request(method, path)
        answer = connection.getresponse()
        return answer.status, answer.headers.get("Content-Type", ""), answer.read().decode()
    finally:
        connection.close()


@pytest.mark.parametrize(
    ("path", "probes", "status", "body"),
    [
        pytest.param("/healthz", {"redis": away}, 200, "ok\n", id="alive although Redis is away"),
        pytest.param("/readyz", {}, 200, "ok\n", id="nothing to ask"),
        pytest.param("/readyz", {"redis": well, "front": well}, 200, "redis: ok\nfront: ok\n", id="ready"),
        pytest.param("/readyz?verbose=1", {"redis": well}, 200, "redis: ok\n", id="a query changes nothing"),
        pytest.param(
            "/readyz",
            {"front": well, "worker": lambda: "it is not running"},
            503,
            "front: ok\nworker: it is not running\n",
            id="a part is not well",
        ),
        pytest.param(
            "/readyz",
            {"redis": away},
            503,
            "redis: ConnectionError: cannot reach redis://***@host/0 second line\n",
            id="a part raises; no secret, one line",
        ),
        pytest.param("/", {}, 404, "there are /healthz, /readyz and /status\n", id="no other path"),
        pytest.param("/healthz/../readyz", {}, 404, "there are /healthz, /readyz and /status\n", id="no path tricks"),
    ],
)
def test_answers(path: str, probes: dict[str, Callable[[], str]], status: int, body: str) -> None:
    with running(probes) as server:
        assert asked(server, path) == (status, "text/plain; charset=utf-8", body)


def test_status_is_json() -> None:
    with running({"redis": well, "front": lambda: "not listening"}) as server:
        status, content_type, body = asked(server, "/status")

    summary = json.loads(body)
    assert (status, content_type) == (200, "application/json")
    assert summary["ready"] is False
    assert summary["parts"]["redis"] == {"ok": True, "problem": "", "ms": summary["parts"]["redis"]["ms"]}
    assert summary["parts"]["front"]["problem"] == "not listening"
    assert summary["version"]


def test_head_has_no_body() -> None:
    with running() as server:
        assert asked(server, "/healthz", "HEAD")[2] == ""


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "<script>"])
def test_other_methods_are_refused_without_html(method: str) -> None:
    with running() as server:
        status, content_type, _ = asked(server, "/healthz", method)

    assert (status, content_type) == (501, "text/plain; charset=utf-8")


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\n" + b"X-A: b\r\n" * 50_000 + b"\r\n",
        b"\x00\xff" * 50_000,
        b"\r\n",
        b"GET\r\n\r\n",
    ],
    ids=["long path", "many headers", "garbage", "empty line", "no path"],
)
def test_hostile_requests_end(request_bytes: bytes) -> None:
    with running(seconds=1.0) as server:
        # ENOTCONN included: it may close before it has read everything.
        with suppress(OSError), socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
            connection.sendall(request_bytes)
            connection.shutdown(socket.SHUT_WR)
            while connection.recv(4096):
                pass

        assert asked(server, "/healthz")[0] == 200


def test_a_request_that_drips_is_cut_off() -> None:
    with running(seconds=0.5) as server:
        began = time.monotonic()
        with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
            closed = False
            while not closed and time.monotonic() - began < 10:
                try:
                    connection.sendall(b"G")
                    connection.settimeout(0.1)
                    closed = connection.recv(1) == b""
                except TimeoutError:
                    continue
                except ConnectionError:
                    closed = True

        assert closed
        assert time.monotonic() - began < 5


def test_too_many_connections_are_closed_at_once() -> None:
    with running(seconds=60.0) as server, ExitStack() as idle:
        for _ in range(MAX_CONNECTIONS):
            idle.enter_context(socket.create_connection(("127.0.0.1", server.port), timeout=30))
        with socket.create_connection(("127.0.0.1", server.port), timeout=30) as one_more:
            assert one_more.recv(1) == b""


def test_a_probe_that_hangs_is_a_problem_and_is_not_begun_again() -> None:
    begun, end = [], threading.Event()

    def hang() -> str:
        begun.append(1)
        end.wait(20)
        return ""

    probes = Probes({"stuck": hang, "redis": well}, seconds=0.2, fresh_seconds=0.0)
    began = time.monotonic()
    first, second = probes.ask(), probes.ask()

    assert time.monotonic() - began < 2
    assert first["stuck"].problem.startswith("no answer for")
    assert second["stuck"].problem.startswith("no answer for")
    assert first["redis"].problem == ""
    assert len(begun) == 1
    end.set()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_probe_that_raises_what_nobody_expects_is_a_problem_too() -> None:
    probes = Probes({"broken": lambda: str(1 / 0), "redis": well})

    assert {name: health.problem for name, health in probes.ask().items()} == {"broken": "it broke off", "redis": ""}


def test_parts_are_asked_once_however_many_ask() -> None:
    count = []
    probes = Probes({"redis": lambda: count.append(1) or ""}, fresh_seconds=60.0)  # type: ignore[func-returns-value]

    assert [probes.ask()["redis"].problem for _ in range(5)] == [""] * 5
    assert len(count) == 1


@pytest.mark.parametrize("listen", ["127.0.0.1:notaport", "127.0.0.1:99999", "192.0.2.1:0", "no-port", ""])
def test_an_address_that_cannot_be_used_is_one_clear_line(listen: str) -> None:
    with pytest.raises(ConfigurationError, match=r"health\.listen: cannot listen on"):
        start_health(listen, {})


def test_a_port_in_use_is_one_clear_line() -> None:
    with running() as server, pytest.raises(ConfigurationError, match="in use"):
        start_health(f"127.0.0.1:{server.port}", {})


def test_the_port_is_free_after_stop() -> None:
    with running() as server:
        port = server.port
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), timeout=2)
