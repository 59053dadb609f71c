"""A web server for tests on the loopback, which remembers what it was asked and answers as it is told."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import msgspec

# Status and body for a path; the body is what came with a POST.
Respond = Callable[[str, bytes], tuple[int, bytes]]


class Asked(msgspec.Struct, frozen=True):
    """One request."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


class WebServer:
    """`asked` holds every request; `headers` go with every answer."""

    def __init__(self, respond: Respond) -> None:
        self.respond = respond
        self.asked: list[Asked] = []
        self.headers: dict[str, str] = {}
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self._answer(b"")

            def do_HEAD(self) -> None:
                self._answer(b"")

            def do_POST(self) -> None:
                self._answer(self.rfile.read(int(self.headers.get("Content-Length", 0))))

            def _answer(self, body: bytes) -> None:
                outer.asked.append(Asked(self.command, self.path, dict(self.headers), body))
                status, content = outer.respond(self.path, body)
                self.send_response(status)
                if status in (301, 302):
                    self.send_header("Location", content.decode())
                for name, value in outer.headers.items():
                    self.send_header(name, value)
                if "Content-Length" not in outer.headers:
                    self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # who asked has had enough
                    if self.command != "HEAD":
                        self.wfile.write(content)

            def log_message(self, *_: Any) -> None:
                return

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def __enter__(self) -> WebServer:
        return self

    def __exit__(self, *_: Any) -> None:
        self._server.shutdown()
        self._server.server_close()
