"""The health endpoint: `/healthz` (the process lives), `/readyz` (it can judge mail), `/status` (the same as JSON).

For load balancers and Kubernetes. Answers are plain text or JSON; what a request may cost is bounded.
"""

from __future__ import annotations

import io
import socket
import socketserver
import threading
import time
from collections.abc import Callable, Mapping
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib import metadata
from typing import Any

import msgspec
import structlog

from mailchord.probes import Health, Probes
from mailcore.errors import ConfigurationError

log = structlog.get_logger("mailchord.health")

# A probe's request has a few hundred bytes and comes at once.
MAX_REQUEST_BYTES = 8_192
REQUEST_SECONDS = 5.0
MAX_CONNECTIONS = 32

TEXT = "text/plain; charset=utf-8"
JSON = "application/json"


class HealthServer:
    """The running endpoint. `port` is the one that it listens on (also when 0 was asked for)."""

    def __init__(self, server: _Server) -> None:
        self._server = server
        self._thread = threading.Thread(
            target=server.serve_forever, kwargs={"poll_interval": 0.2}, name="health", daemon=True
        )
        self._thread.start()

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    def stop(self) -> None:
        """Close the port. Requests that are being answered are not waited for."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def start_health(
    listen: str, probes: Mapping[str, Callable[[], str]], *, request_seconds: float = REQUEST_SECONDS
) -> HealthServer:
    """Listen on `HOST:PORT` (`[::1]:8892`; no host: every address) in a thread.

    A probe returns "" when its part is well, else what is wrong; it may raise or hang. Raises ConfigurationError
    when the address cannot be used.
    """
    host, _, port = listen.rpartition(":")
    host = host.strip("[]")
    try:
        return HealthServer(_Server(host, int(port), Probes(probes), request_seconds))
    except (OSError, OverflowError, ValueError) as error:
        raise ConfigurationError(
            f"health.listen: cannot listen on {listen!r} ({error}): choose a free HOST:PORT, or leave it empty for none"
        ) from error


class _Server(ThreadingHTTPServer):
    """A thread a connection, but only so many at once; one more is closed without an answer."""

    request_queue_size = MAX_CONNECTIONS

    def __init__(self, host: str, port: int, probes: Probes, request_seconds: float) -> None:
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self.probes = probes
        self.request_seconds = request_seconds
        self.began = time.monotonic()
        self._room = threading.BoundedSemaphore(MAX_CONNECTIONS)
        super().__init__((host, port), _Handler)

    def server_bind(self) -> None:
        # Not HTTPServer's own, which asks DNS for the name of the address and may hang for seconds.
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = "mailchord", self.server_address[1]

    def process_request(self, request: Any, client_address: Any) -> None:
        if not self._room.acquire(blocking=False):
            self.shutdown_request(request)
            return
        super().process_request(request, client_address)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._room.release()

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ARG002  # socketserver's signature
        log.debug("request broke off", client=client_address[0], exc_info=True)


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    server_version = "mailchord"
    sys_version = ""
    error_content_type = TEXT
    error_message_format = "%(code)d %(message)s\n"

    def setup(self) -> None:
        super().setup()
        self.rfile.close()
        reader = _BoundedReader(self.connection, MAX_REQUEST_BYTES, self.server.request_seconds)
        self.rfile = io.BufferedReader(reader)

    def do_GET(self) -> None:  # http.server's name
        """Answer one of the three paths; a query (`/readyz?verbose`) changes nothing."""
        match self.path.partition("?")[0]:
            case "/healthz":
                self._answer(HTTPStatus.OK, TEXT, b"ok\n")
            case "/readyz":
                answers = self.server.probes.ask()
                self._answer(_status(answers), TEXT, _lines(answers).encode())
            case "/status":
                answers = self.server.probes.ask()
                self._answer(HTTPStatus.OK, JSON, self._summary(answers))
            case _:
                self._answer(HTTPStatus.NOT_FOUND, TEXT, b"there are /healthz, /readyz and /status\n")

    do_HEAD = do_GET  # noqa: N815  # http.server's name

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # http.server's signature
        """Probes come every few seconds: a line for each helps only who looks for them."""
        log.debug("request", client=self.client_address[0], line=format % args)

    def _summary(self, answers: Mapping[str, Health]) -> bytes:
        return msgspec.json.encode(
            {
                "ready": _status(answers) is HTTPStatus.OK,
                "version": metadata.version("mailchord"),
                "uptime_seconds": round(time.monotonic() - self.server.began, 1),
                "parts": {
                    name: {"ok": not health.problem, "problem": health.problem, "ms": round(health.ms, 1)}
                    for name, health in answers.items()
                },
            }
        )

    def _answer(self, status: HTTPStatus, content_type: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.send_header("X-Content-Type-Options", "nosniff")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)


class _BoundedReader(io.RawIOBase):
    """The request as it comes: it ends after so many bytes, and raises TimeoutError when it takes too long in all."""

    def __init__(self, connection: socket.socket, limit: int, seconds: float) -> None:
        super().__init__()
        self._connection = connection
        self._left = limit
        self._ends = time.monotonic() + seconds

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        seconds = self._ends - time.monotonic()
        if seconds <= 0:
            raise TimeoutError("the request took too long")
        self._connection.settimeout(seconds)
        count = self._connection.recv_into(buffer, min(self._left, len(buffer))) if self._left else 0
        self._left -= count
        return count


def _status(answers: Mapping[str, Health]) -> HTTPStatus:
    well = not any(health.problem for health in answers.values())
    return HTTPStatus.OK if well else HTTPStatus.SERVICE_UNAVAILABLE


def _lines(answers: Mapping[str, Health]) -> str:
    return "".join(f"{name}: {health.problem or 'ok'}\n" for name, health in answers.items()) or "ok\n"
