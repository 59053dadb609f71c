"""Fetches over HTTPS what the administrator has named, and nothing else: bounded, no redirects, no private hosts."""

from __future__ import annotations

import http.client
import ipaddress
import socket
import ssl
import time
from collections.abc import Mapping
from urllib.parse import urlsplit

from msgspec import Struct

MOST_BYTES = 1_048_576
PIECE = 65_536


class FetchFailed(Exception):
    """There was no answer: why, in words that hold neither keys nor what was asked."""


class Fetched(Struct, frozen=True, kw_only=True):
    """The status and the body of an answer."""

    status: int
    body: bytes


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
    parts = urlsplit(url)
    host = parts.hostname or ""
    ends = time.monotonic() + seconds
    try:
        port = parts.port or (443 if parts.scheme == "https" else 80)
        address = public_address(host, port, private_addresses=private_addresses)
        connection = _connection(parts.scheme, host, port, address, seconds=seconds)
        try:
            path = parts.path + (f"?{parts.query}" if parts.query else "")
            connection.request("POST" if body is not None else "GET", path or "/", body=body, headers=dict(headers))
            # A response that is not read to its end holds the connection until it is closed itself.
            with connection.getresponse() as answer:
                return Fetched(status=answer.status, body=_read(answer, ends))
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


def is_public(address: str) -> bool:
    """Whether the internet leads there: no private, loopback, link-local, multicast or reserved network."""
    found = ipaddress.ip_address(address.partition("%")[0])
    mapped = found.ipv4_mapped if isinstance(found, ipaddress.IPv6Address) else None
    found = mapped or found
    return found.is_global and not found.is_multicast


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
