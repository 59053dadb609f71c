"""The routes of the HTTP door."""

from __future__ import annotations

from functools import partial
from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.routing import Route

from rest_api.clicks import BAD, CONTINUE, GOOD, ClickService, health


def make_application(service: ClickService) -> Starlette:
    """The service under the path of its `base_url`, and `/health`; every other path is no link of ours."""
    prefix = urlsplit(service.base_url).path.rstrip("/")
    link = f"{prefix}/{{label}}/{{token}}"
    actions = [
        Route(f"{link}/{action}", partial(service.act, action=action), methods=["POST"])
        for action in (CONTINUE, BAD, GOOD)
    ]
    return Starlette(
        routes=[
            Route("/health", health, methods=["GET"]),
            Route(link, service.open, methods=["GET", "POST"]),
            *actions,
            Route("/{path:path}", service.unknown, methods=["GET", "POST"]),
        ]
    )
