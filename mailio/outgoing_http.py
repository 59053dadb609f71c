"""Fetches over HTTPS what the administrator has named, and nothing else: bounded, no private hosts."""

from __future__ import annotations

import http
import http.client
import socket
import ssl
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import IO
from urllib.parse import urljoin, urlsplit

from msgspec import Struct

from mailio.public_addresses import is_public

MOST_BYTES = 1_048_576
PIECE = 65_536
MOST_REDIRECTS = 3
REDIRECTS = (301, 302, 303, 307, 308)
LONGEST_SILENCE = 60.0  # seconds in which nothing comes
MOST_TAG = 300  # characters of what a server calls its version


class FetchFailed(Exception):
    """There was no answer: why, in words that hold neither keys nor what was asked."""


class Fetched(Struct, frozen=True, kw_only=True):
    """The status and the body of an answer."""

    status: int
    body: bytes


class Downloaded(Struct, frozen=True, kw_only=True):
    """The status of an answer, and what the server calls that version (RFC 9110, 8.8)."""

    status: int
    etag: str = ""
    modified: str = ""


def fetch(
    url: str,
    *,
    seconds: float,
    headers: Mapping[str, str],
    body: bytes | None = None,
    private_addresses: bool = False,
) -> Fetched:
    """GET, or POST where there is a body. Raises FetchFailed.

    The address is looked up once, checked, and that one is connected to. `private_addresses` allows those that the
    internet does not lead to (and plain `http:` there).
    """
    ends = time.monotonic() + seconds
    with _answer(url, seconds=seconds, headers=headers, body=body, private_addresses=private_addresses) as answer:
        return Fetched(status=answer.status, body=_read(answer, ends))


def download(
    url: str,
    file: IO[bytes],
    *,
    seconds: float,
    most_bytes: int,
    headers: Mapping[str, str],
    private_addresses: bool = False,
) -> Downloaded:
    """GET into a file, piece by piece. Raises FetchFailed, also where there is more than `most_bytes`.

    Other than `fetch` it goes where it is sent, three times at most, and checks each address as the first. Nobody but
    the first hears of `url`.
    """
    ends = time.monotonic() + seconds
    for _ in range(MOST_REDIRECTS + 1):
        left = ends - time.monotonic()
        if left <= 0:
            raise FetchFailed(f"{urlsplit(url).hostname} gave no answer within {seconds:.0f} s")
        with _answer(url, seconds=left, headers=headers, private_addresses=private_addresses) as answer:
            target = answer.headers.get("Location", "") if answer.status in REDIRECTS else ""
            if not target:
                if answer.status == http.HTTPStatus.OK:
                    _read_into(file, answer, ends, most_bytes)
                etag, modified = (_tag(answer.headers.get(name, "")) for name in ("ETag", "Last-Modified"))
                return Downloaded(status=answer.status, etag=etag, modified=modified)
        url = urljoin(url, target)
        if urlsplit(url).scheme not in (("https", "http") if private_addresses else ("https",)):
            raise FetchFailed("it was sent on to what is no https address")
    raise FetchFailed(f"it was sent on more than {MOST_REDIRECTS} times")


def _tag(value: str) -> str:
    """What can be sent back as it is; "" for anything else: the next question would fail for it each time."""
    return value if len(value) <= MOST_TAG and value.isascii() and value.isprintable() else ""


@contextmanager
def _answer(
    url: str,
    *,
    seconds: float,
    headers: Mapping[str, str],
    body: bytes | None = None,
    private_addresses: bool = False,
) -> Iterator[http.client.HTTPResponse]:
    """An answer whose body is to be read. What goes wrong, here and while it is read, is FetchFailed."""
    host = ""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        port = parts.port or (443 if parts.scheme == "https" else 80)
        address = public_address(host, port, private_addresses=private_addresses)
        connection = _connection(parts.scheme, host, port, address, seconds=min(seconds, LONGEST_SILENCE))
        try:
            path = parts.path + (f"?{parts.query}" if parts.query else "")
            connection.request("POST" if body is not None else "GET", path or "/", body=body, headers=dict(headers))
            # A response that is not read to its end holds the connection until it is closed itself.
            with connection.getresponse() as answer:
                yield answer
        finally:
            connection.close()
    except TimeoutError:
        raise FetchFailed(f"{host} gave no answer within {seconds:.1f} s") from None
    except ssl.SSLError as error:
        raise FetchFailed(f"{host}: TLS failed: {error.reason or 'no word why'}") from None
    except (OSError, http.client.HTTPException, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else type(error).__name__
        raise FetchFailed(f"{host}: {reason}") from None


def public_address(host: str, port: int, *, private_addresses: bool) -> str:
    """An address of that host to connect to. Raises FetchFailed where it has none that may be asked, OSError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = [str(entry[4][0]) for entry in found]
    allowed = [address for address in addresses if private_addresses or is_public(address)]
    if not allowed:
        raise FetchFailed(f"{host} is at {', '.join(addresses[:3])}, which is not in the internet: private_addresses")
    return allowed[0]


def _connection(scheme: str, host: str, port: int, address: str, *, seconds: float) -> http.client.HTTPConnection:
    """A connection to that address, whatever the DNS says by now."""
    if scheme == "https":
        connection = http.client.HTTPSConnection(host, port, timeout=seconds)
        plain = socket.create_connection((address, port), timeout=seconds)
        try:
            connection.sock = ssl.create_default_context().wrap_socket(plain, server_hostname=host)
        except BaseException:
            plain.close()
            raise
        return connection
    opened = http.client.HTTPConnection(host, port, timeout=seconds)
    opened.sock = socket.create_connection((address, port), timeout=seconds)
    return opened


def _read(answer: http.client.HTTPResponse, ends: float) -> bytes:
    """The body. Raises FetchFailed where it is too large, TimeoutError where it drips."""
    found = bytearray()
    while piece := answer.read1(PIECE):
        found += piece
        if len(found) > MOST_BYTES:
            raise FetchFailed(f"an answer of more than {MOST_BYTES:,} bytes")
        if time.monotonic() > ends:
            raise TimeoutError
    return bytes(found)


def _read_into(file: IO[bytes], answer: http.client.HTTPResponse, ends: float, most_bytes: int) -> None:
    """The body. Raises FetchFailed where it is too large or cannot be kept, TimeoutError where it drips."""
    length, received = answer.length, 0
    while piece := answer.read1(PIECE):
        received += len(piece)
        if received > most_bytes:
            raise FetchFailed(f"an answer of more than {most_bytes:,} bytes")
        if time.monotonic() > ends:
            raise TimeoutError
        try:
            file.write(piece)
        except OSError as error:
            raise FetchFailed(f"it cannot be kept: {error.strerror}") from None
    if length is not None and received < length:
        raise FetchFailed(f"the answer ended after {received:,} of {length:,} bytes")
