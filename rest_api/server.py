"""Serves the HTTP door with uvicorn: bounded in connections and headers, without a word about itself."""

from __future__ import annotations

import socket
from collections.abc import Callable, Sequence

import uvicorn
from starlette.applications import Starlette

# Clicks are short; a browser that holds a connection open must not keep others out.
CONNECTIONS = 500
KEEP_ALIVE_SECONDS = 5
HEADER_BYTES = 16_384
DRAIN_SECONDS = 5


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
        http="h11",
        ws="none",
        lifespan="off",
    )
    return uvicorn.Server(config)


def serve_http(
    application: Starlette, listening: socket.socket, *, trusted_proxies: Sequence[str], on_ready: Callable[[], None]
) -> None:
    """Serve on that socket until SIGTERM; requests under way are answered first."""
    server = make_server(application, trusted_proxies)
    # The socket takes connections already; they wait in it for a moment.
    on_ready()
    server.run(sockets=[listening])
