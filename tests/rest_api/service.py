"""A click service on the loopback, whose judge and clock the test sets."""

from __future__ import annotations

import http.client
import socket
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from urllib.parse import urlencode

from msgspec import Struct

from mailcore import safe_links
from mailcore.click_settings import Clicks
from mailcore.clicks import ClickAnswer, Judgement
from mailcore.safe_links import Flag, SafeLink
from rest_api.application import make_application
from rest_api.click_pages import ClickPages
from rest_api.clicks import ClickService
from rest_api.server import make_server
from tests.fakes import FakeRateLimits

BASE_URL = "http://127.0.0.1/s"
KEYS = safe_links.make_keys([b"a" * 32, b"b" * 32])
OTHER = safe_links.make_key(b"c" * 32)
NOW = 1_800_000_000.0
TARGET = "https://shop.example/cart?id=7&x=%20y#top"


class Answer(Struct, frozen=True):
    """What came back."""

    status: int
    headers: Mapping[str, str]
    text: str


class FakeEvents:
    """`counts` and `told` hold what was written down."""

    def __init__(self) -> None:
        self.counts: list[str] = []
        self.told: list[tuple[str, dict[str, str | float]]] = []

    def count(self, name: str) -> None:
        self.counts.append(name)

    def tell(self, kind: str, **fields: str | float) -> None:
        self.told.append((kind, fields))


class Service:
    """`answer` is what the judge says, `asked` what it was asked."""

    def __init__(self, options: Clicks, port: int, limits: FakeRateLimits) -> None:
        self.answer = Judgement(answer=ClickAnswer.GO)
        self.asked: list[SafeLink] = []
        self.events = FakeEvents()
        self.now = NOW
        self.limits = limits
        self.port = port
        self.handlers = ClickService(
            base_url=BASE_URL,
            keys=lambda: KEYS,
            judge=self._judge,
            pages=ClickPages(options),
            options=options,
            events=self.events,
            limits=limits,
            clock=lambda: self.now,
        )

    def _judge(self, link: SafeLink) -> Judgement:
        self.asked.append(link)
        return self.answer

    def ask(self, path: str, method: str = "GET", *, form: Mapping[str, str] | None = None, **headers: str) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            body = urlencode(form) if form is not None else None
            connection.request(method, path, body=body, headers={k.replace("_", "-"): v for k, v in headers.items()})
            found = connection.getresponse()
            return Answer(found.status, dict(found.getheaders()), found.read().decode())
        finally:
            connection.close()


def path_of(
    target: str = TARGET, *, flags: Flag = Flag.NONE, days: int = 30, key: safe_links.Key = KEYS.signing
) -> str:
    """The path of a safe link to that."""
    link = safe_links.make(
        target, base_url=BASE_URL, key=key, reference="m-1", issued_at=NOW - 60, days=days, flags=flags
    )
    assert link is not None
    return link.removeprefix("http://127.0.0.1")


@contextmanager
def running(options: Clicks | None = None, *, empty: str = "") -> Iterator[Service]:
    """The service, served for real. `empty`: rate limits whose key begins so are used up."""
    limits = FakeRateLimits(*([empty] if empty else []))
    with socket.create_server(("127.0.0.1", 0)) as listening:
        service = Service(options or Clicks(), listening.getsockname()[1], limits)
        server = make_server(make_application(service.handlers))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        ends = time.monotonic() + 60
        while not server.started and time.monotonic() < ends:
            time.sleep(0.01)
        try:
            yield service
        finally:
            server.should_exit = True
            thread.join(60)
