"""Pages fetched from servers that lie, drip, grow and point inwards."""

from __future__ import annotations

import gzip
import socket
import threading
import time
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import pytest

from mailcore.dns import DnsStatus
from mailcore.fetched_pages import FetchedPage
from mailio.page_fetcher import PageFetcher
from tests.fakes import FakeResolver
from tests.http_server import WebServer

ZONE = {"site.test A": ("127.0.0.1",), "mixed.test A": ("203.0.113.1", "10.0.0.1")}
Zone = Mapping[str, "tuple[str, ...] | DnsStatus"]


def fetcher(zone: Zone = ZONE, *, inside: bool = True, proxy: str = "") -> PageFetcher:
    return PageFetcher(FakeResolver(zone), user_agent="Browser/1.0", private_addresses=inside, proxy=proxy)


def fetch(url: str, *, seconds: float = 20.0, most_bytes: int = 10_000, only_head: bool = False) -> FetchedPage:
    return fetcher().fetch(url, seconds=seconds, most_bytes=most_bytes, only_head=only_head)


@contextmanager
def raw_server(answer: bytes, *, pause: float = 0.0) -> Iterator[str]:
    """A server that says just that, byte by byte where there is a pause, and then keeps the connection open."""
    ended = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            connection, _ = listening.accept()
            with connection:
                connection.recv(65_536)
                try:
                    if pause:
                        for byte in answer:
                            connection.sendall(bytes((byte,)))
                            ended.wait(pause)
                    else:
                        connection.sendall(answer)
                    ended.wait(60)
                except OSError:
                    return

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}/"
        finally:
            ended.set()
            thread.join(60)


def test_a_page() -> None:
    with WebServer(lambda _path, _body: (200, b"<p>hello")) as server:
        server.headers["Content-Type"] = "text/html; charset=utf-8"
        page = fetch(server.url.replace("127.0.0.1", "site.test") + "/a?b=c")
    assert (page.status, page.content_type, page.body, page.problem) == (200, "text/html", b"<p>hello", "")
    asked = server.asked[0]
    assert asked.path == "/a?b=c"
    assert asked.headers["Host"].startswith("site.test:")
    assert asked.headers["User-Agent"] == "Browser/1.0"
    assert not {"Cookie", "Referer", "Authorization"} & set(asked.headers)


def test_a_redirect_is_told_and_not_followed() -> None:
    with WebServer(lambda _path, _body: (302, b"http://127.0.0.1/inside")) as server:
        page = fetch(server.url)
    assert (page.status, page.location) == (302, "http://127.0.0.1/inside")
    assert len(server.asked) == 1


def test_only_the_head() -> None:
    with WebServer(lambda _path, _body: (200, b"x" * 5_000)) as server:
        page = fetch(server.url, only_head=True)
    assert (page.status, page.body) == (200, b"")
    assert server.asked[0].method == "HEAD"


DISPOSITIONS = [
    ('attachment; filename="invoice.exe"', "invoice.exe"),
    ("attachment; filename*=utf-8''r%C3%A9sum%C3%A9.js", "résumé.js"),
    ('attachment; filename="../../etc/passwd"', ".._.._etc_passwd"),
    ('attachment; filename="a\\b.exe"', "a_b.exe"),
    ("attachment", "download"),
    ("attachment; filename*=undefined''a.exe", "download"),
    ("attachment; filename*=unicode_escape''a%5Cud800.exe", "a?.exe"),
    ("inline", ""),
    ("", ""),
]


@pytest.mark.parametrize(("disposition", "name"), DISPOSITIONS)
def test_names_of_downloads_are_no_paths(disposition: str, name: str) -> None:
    with WebServer(lambda _path, _body: (200, b"MZ")) as server:
        server.headers["Content-Disposition"] = disposition
        assert fetch(server.url).filename == name


def test_what_is_too_large_is_cut() -> None:
    with WebServer(lambda _path, _body: (200, b"x" * 100_000)) as server:
        page = fetch(server.url, most_bytes=1_000)
    assert page.is_cut
    assert len(page.body) == 1_000


@pytest.mark.parametrize("compress", [gzip.compress, zlib.compress], ids=["gzip", "deflate"])
def test_compressed_pages_are_read_and_bombs_cut(compress: object) -> None:
    assert callable(compress)
    with WebServer(
        lambda path, _body: (200, compress(b"<p>small" if path == "/small" else bytes(50_000_000)))
    ) as server:
        server.headers["Content-Encoding"] = "gzip" if compress is gzip.compress else "deflate"
        assert fetch(server.url + "/small").body == b"<p>small"
        page = fetch(server.url + "/bomb", most_bytes=100_000)
    assert page.is_cut
    assert len(page.body) == 100_000


def test_a_broken_compression_is_a_problem() -> None:
    with WebServer(lambda _path, _body: (200, b"no gzip at all")) as server:
        server.headers["Content-Encoding"] = "gzip"
        assert fetch(server.url).problem == "error"


@pytest.mark.parametrize("coding", ["br", "zstd", "gzip, gzip", "x" * 500])
def test_what_cannot_be_unpacked_is_told(coding: str) -> None:
    with WebServer(lambda _path, _body: (200, b"<p>hidden")) as server:
        server.headers["Content-Encoding"] = coding
        page = fetch(server.url)
    assert page.problem == f"it is packed as {coding[:20]!r}, which was not asked for"
    assert page.body == b""


@pytest.mark.parametrize(
    "answer",
    [b"HTTP/1.1 200 OK\r\nX-Slow: " + b"x" * 2_000, b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n", b"H"],
    ids=["head", "no body", "nothing"],
)
def test_a_server_that_drips_is_left_in_time(answer: bytes) -> None:
    began = time.monotonic()
    with raw_server(answer, pause=0.05) as url:
        page = fetch(url, seconds=0.5)
    assert page.problem == "no answer within 0.5 s"
    assert time.monotonic() - began < 30


OK = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"
GZIP = OK + b"Content-Encoding: gzip\r\n"
DEFLATE = OK + b"Content-Encoding: deflate\r\n"
SIGN_IN = b"<p>sign in" * 20
PACKED = gzip.compress(SIGN_IN)
# Browsers show all of them: a page must not be hidden by what comes behind it, or does not.
SHOWN = {
    "stalls": OK + b"Content-Length: 9999\r\n\r\n" + SIGN_IN,
    "packed, stalls": GZIP + b"Content-Length: 9999\r\n\r\n" + PACKED,
    "packed, no end": GZIP + b"\r\n" + PACKED[:-8],
    "packed, wrong checksum": GZIP + b"\r\n" + PACKED[:-8] + b"12345678",
    "packed, more behind": GZIP + b"\r\n" + PACKED + b"x" * 500_000,
    "packed, bare": DEFLATE + b"\r\n" + zlib.compress(SIGN_IN)[2:-4],
    "packed, damaged": GZIP + b"\r\n" + PACKED[:-8] + b"\xff" * 100,
    "broken chunks": OK + b"Transfer-Encoding: chunked\r\n\r\nc8\r\n" + SIGN_IN + b"\r\nzz\r\n",
}


@pytest.mark.parametrize("answer", SHOWN.values(), ids=SHOWN.keys())
def test_what_came_before_a_page_broke_off_is_read(answer: bytes) -> None:
    with raw_server(answer) as url:
        page = fetch(url, seconds=2.0)
    assert (page.status, page.problem) == (200, "")
    assert page.body == SIGN_IN


def test_packed_bytes_that_unpack_to_nothing_are_bounded() -> None:
    empty_blocks = b"\0\0\0\xff\xff" * 40_000
    with raw_server(GZIP + b"\r\n" + PACKED[:10] + empty_blocks) as url:
        page = fetch(url, seconds=60.0)
    assert (page.body, page.is_cut) == (b"", True)


def test_the_body_of_a_redirect_is_not_waited_for() -> None:
    with raw_server(b"HTTP/1.1 302 Found\r\nLocation: /next\r\nContent-Length: 9999\r\n\r\n") as url:
        page = fetch(url, seconds=60.0)
    assert (page.status, page.location) == (302, "/next")


TYPES = [
    (b"Content-Type: text/html; charset=x\r\n", "text/html"),
    (b"Content-Type: Text/HTML\r\n", "text/html"),
    (b"Content-Type: image/png\r\nContent-Type: text/html\r\n", "text/html"),
    (b"Content-Type: image/png, text/html\r\n", "text/html"),
    (b"Content-Type: text/plain\r\n", "text/plain"),
    (b"Content-Type: nonsense\r\n", ""),
    (b"Content-Type:\r\n", ""),
    (b"", ""),
]


@pytest.mark.parametrize(("field", "content_type"), TYPES, ids=lambda value: repr(value)[:40])
def test_types_are_those_that_browsers_see(field: bytes, content_type: str) -> None:
    with raw_server(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n" + field + b"\r\nhi") as url:
        assert fetch(url).content_type == content_type


@pytest.mark.parametrize(
    "answer",
    [
        b"\x00\xff" * 500 + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 5_000 + b"\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"y" * 200_000 + b"\r\n\r\n",
        b"HTTP/1.1 9999999 OK\r\n\r\n",
    ],
    ids=["no HTTP", "many fields", "long field", "status"],
)
def test_nonsense_is_a_problem(answer: bytes) -> None:
    with raw_server(answer) as url:
        assert fetch(url).problem


FORBIDDEN = [
    "ftp://site.test/",
    "file:///etc/passwd",
    "gopher://site.test/",
    "http:///x",
    "http://site.test:25/",
    "http://site.test:22/",
    "http://site.test:6379x/",
    "http://täst.test/",
    "http://site.test/" + "a" * 9_000,
    "javascript:alert(1)",
    "",
]


@pytest.mark.parametrize("url", FORBIDDEN, ids=lambda url: url[:40])
def test_what_is_no_address_of_the_web_is_not_asked(url: str) -> None:
    page = fetch(url)
    assert page.problem
    assert (page.status, page.is_forbidden) == (0, False)


UNKNOWN = [
    ({}, "the DNS does not know it"),
    ({"site.test A": DnsStatus.TIMEOUT}, "the DNS did not say where it is: timeout"),
    ({"site.test A": DnsStatus.SERVER_FAILED}, "the DNS did not say where it is: server failed"),
]


@pytest.mark.parametrize(("zone", "problem"), UNKNOWN, ids=["unknown", "silent", "failed"])
def test_hosts_without_an_address(zone: Zone, problem: str) -> None:
    page = fetcher(zone).fetch("http://site.test/", seconds=5, most_bytes=10)
    assert (page.problem, page.is_forbidden) == (problem, False)


@pytest.mark.parametrize(
    "host", ["site.test", "mixed.test", "127.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "169.254.169.254"]
)
def test_nobody_inside_of_a_network_is_asked(host: str) -> None:
    with WebServer(lambda _path, _body: (200, b"secret")) as server:
        port = server.url.rpartition(":")[2]
        page = fetcher(inside=False).fetch(f"http://{host}:{port}/", seconds=5, most_bytes=10)
        assert page.is_forbidden
        assert page.body == b""
        assert server.asked == []


def test_the_address_that_was_checked_is_the_one_that_is_asked() -> None:
    """DNS rebinding: the second answer would be an inner address, and nobody asks for it."""
    resolver = FakeResolver({"site.test A": ("127.0.0.1",)})
    with WebServer(lambda _path, _body: (200, b"page")) as server:
        url = server.url.replace("127.0.0.1", "site.test")
        PageFetcher(resolver, user_agent="x", private_addresses=True).fetch(url, seconds=20, most_bytes=10)
    assert len(resolver.asked) == 1


def test_through_a_proxy() -> None:
    with WebServer(lambda _path, _body: (200, b"by proxy")) as proxy:
        page = fetcher(proxy=proxy.url).fetch("http://site.test/a", seconds=20, most_bytes=100)
        refused = fetcher(proxy=proxy.url).fetch("https://site.test/a", seconds=20, most_bytes=100)
        hidden = fetcher(proxy=proxy.url, inside=False).fetch("http://site.test/a", seconds=20, most_bytes=100)
    assert page.body == b"by proxy"
    assert [asked.path for asked in proxy.asked] == ["http://site.test:80/a"]
    assert refused.problem == "the proxy refused with 501"
    assert hidden.is_forbidden
