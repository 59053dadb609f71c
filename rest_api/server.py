"""Serves the HTTP door with uvicorn: bounded in connections and headers, without a word about itself."""

from __future__ import annotations

import asyncio
import signal
import socket
from collections.abc import Callable, Sequence
from types import FrameType

import uvicorn
from starlette.applications import Starlette
from uvicorn.protocols.http.h11_impl import H11Protocol, RequestResponseCycle

# Clicks are short; a browser that holds a connection open must not keep others out.
CONNECTIONS = 500
KEEP_ALIVE_SECONDS = 5
HEAD_SECONDS = 10.0
HEADER_BYTES = 16_384
DRAIN_SECONDS = 5


class _PunctualProtocol(H11Protocol):
    """HTTP for whoever asks in time. The server itself waits for ever for a request's head, and for a body's rest."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as it is there
        super().connection_made(transport)
        self._look_later()

    def _look_later(self) -> None:
        self.loop.call_later(HEAD_SECONDS, self._look, self.cycle)

    def _look(self, before: RequestResponseCycle | None) -> None:
        if self.transport.is_closing():
            return
        if self.cycle is before and (before is None or before.response_complete):
            self.transport.close()
        else:
            self._look_later()


def make_server(application: Starlette, trusted_proxies: Sequence[str] = ()) -> uvicorn.Server:
    """A server that runs until it is told to exit. It installs handlers of SIGTERM and SIGINT where it may."""
    config = uvicorn.Config(
        application,
        log_config=None,
        access_log=False,  # it would write down who clicked on what
        server_header=False,
        proxy_headers=bool(trusted_proxies),
        forwarded_allow_ips=list(trusted_proxies),
        limit_concurrency=CONNECTIONS,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=DRAIN_SECONDS,
        h11_max_incomplete_event_size=HEADER_BYTES,
        http=_PunctualProtocol,
        ws="none",
        lifespan="off",
    )
    return uvicorn.Server(config)


def serve_http(
    application: Starlette, listening: socket.socket, *, trusted_proxies: Sequence[str], on_ready: Callable[[], None]
) -> None:
    """Serve on that socket, from the main thread; after SIGTERM answers what is under way, then returns."""
    server = make_server(application, trusted_proxies)

    def stop(_number: int, _frame: FrameType | None) -> None:
        server.should_exit = True

    # uvicorn raises the signal once more when it has ended: then there must be somebody who stays alive to clean up.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    # The socket takes connections already; they wait in it for a moment.
    on_ready()
    server.run(sockets=[listening])
