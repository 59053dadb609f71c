"""Fetches pages that a mail links to: one request at a time, bounded in time and bytes, and never inside of a network.

The host is looked up once and its addresses are checked; the one that is connected to is an address, not a name, so
another answer of the DNS a moment later leads nowhere (DNS rebinding). No cookies, no referrer, no redirects: whoever
follows asks again with the next address, and every one of them is checked in the same way.
"""

from __future__ import annotations

import http.client
import io
import re
import socket
import ssl
import time
import zlib
from contextlib import suppress
from email.message import Message
from typing import TYPE_CHECKING, cast
from urllib.parse import urlsplit

from mailcore.dns import DnsStatus, Question, RecordType
from mailcore.fetched_pages import MOST_URL, FetchedPage
from mailcore.ip_addresses import host_address
from mailcore.ports import Resolver
from mailio.public_addresses import is_public

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

PIECE = 65_536
# Below 1,024 only the ports of the web: a link must not make this host talk to mail servers and databases.
WEB_PORTS = frozenset({80, 443})
FIRST_FREE_PORT = 1_024
MOST_NAME = 200
_FILENAME = re.compile(r"[\x00-\x1f\x7f/\\]+")
_MEDIA_TYPE = re.compile(r"[\w!#$&^.+-]{1,127}/[\w!#$&^.+-]{1,127}", re.ASCII)
_PACKED = ("gzip", "x-gzip", "deflate")
# Certificates are not verified: nothing secret is sent, nothing that comes back is trusted, and what stands behind a
# bad certificate is what one wants to see.
_CONTEXT = ssl.create_default_context()
_CONTEXT.check_hostname = False
_CONTEXT.verify_mode = ssl.CERT_NONE


class PageFetcher:
    """Implements `mailcore.ports.PageFetcher`. Usable by several threads."""

    def __init__(
        self, resolver: Resolver, *, user_agent: str, proxy: str = "", private_addresses: bool = False
    ) -> None:
        """`proxy` is `http://HOST:PORT`. `private_addresses` is for tests: servers on this host may be asked."""
        self._resolver = resolver
        self._headers = {
            "User-Agent": user_agent,
            "Accept": "text/html,application/xhtml+xml,*/*;q=0.8",
            "Accept-Language": "en;q=0.9,*;q=0.5",
            "Accept-Encoding": "gzip, deflate",
            "Connection": "close",
        }
        self._proxy = proxy
        self._private_addresses = private_addresses

    def fetch(self, url: str, *, seconds: float, most_bytes: int, only_head: bool = False) -> FetchedPage:
        """One request, as browsers write that URL (WHATWG). Never raises: `problem` says why there is no answer."""
        ends = time.monotonic() + seconds
        try:
            return self._fetch(url, ends=ends, most_bytes=most_bytes, method="HEAD" if only_head else "GET")
        except _Forbidden as error:
            return FetchedPage(url=url, problem=str(error), is_forbidden=True)
        except TimeoutError:
            return FetchedPage(url=url, problem=f"no answer within {seconds:.1f} s")
        except ssl.SSLError as error:
            return FetchedPage(url=url, problem=f"TLS failed: {error.reason or 'no word why'}")
        except (OSError, http.client.HTTPException, ValueError, zlib.error) as error:
            reason = error.strerror if isinstance(error, OSError) and error.strerror else type(error).__name__
            return FetchedPage(url=url, problem=reason)

    def _fetch(self, url: str, *, ends: float, most_bytes: int, method: str) -> FetchedPage:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname or len(url) > MOST_URL or not url.isascii():
            raise OSError(0, "no address of the web")
        port = parts.port or (443 if parts.scheme == "https" else 80)
        if port not in WEB_PORTS and port < FIRST_FREE_PORT:
            raise OSError(0, f"port {port} is not of the web")
        address = self._address(parts.hostname, ends)
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        target = path
        plain = self._connect(address, port, ends, is_plain=parts.scheme == "http")
        with plain:
            if parts.scheme == "http" and self._proxy:
                target = f"http://{_authority(parts.hostname, port)}{path}"
            channel = _tls(plain, parts.hostname, ends) if parts.scheme == "https" else plain
            with channel:
                connection = http.client.HTTPConnection(parts.hostname, port)
                connection.sock = cast(socket.socket, _TimedSocket(channel, ends))
                host = parts.hostname if parts.port is None else _authority(parts.hostname, port)
                connection.request(method, target, headers={"Host": _bracketed(host), **self._headers})
                with connection.getresponse() as answer:
                    return _read(url, answer, ends=ends, most_bytes=most_bytes)

    def _address(self, host: str, ends: float) -> str:
        """An address of that host to connect to. Raises _Forbidden where one of them is inside of a network, OSError.

        One is enough: who mixes addresses of the internet with inner ones wants to get in.
        """
        addresses = self._addresses(host, ends)
        inner = [found for found in addresses if not self._private_addresses and not is_public(found)]
        if inner:
            raise _Forbidden(f"{host[:100]} is at {inner[0]}, which is not in the internet")
        return addresses[0]

    def _addresses(self, host: str, ends: float) -> list[str]:
        address = host_address(host)
        if address is not None:
            return [str(address)]
        questions = [Question(host.lower().rstrip("."), kind) for kind in (RecordType.A, RecordType.AAAA)]
        answers = self._resolver.resolve(questions, seconds=max(0.0, ends - time.monotonic()))
        found = [record for question in questions for record in answers[question].records]
        if found:
            return found
        statuses = [answers[question].status for question in questions]
        unknown = next((status for status in statuses if status not in (DnsStatus.NO_DATA, DnsStatus.NO_SUCH_NAME)), "")
        raise OSError(0, f"the DNS did not say where it is: {unknown}" if unknown else "the DNS does not know it")

    def _connect(self, address: str, port: int, ends: float, *, is_plain: bool) -> socket.socket:
        if not self._proxy:
            return socket.create_connection((address, port), timeout=_left(ends))
        proxy = urlsplit(self._proxy)
        connection = socket.create_connection((proxy.hostname or "", proxy.port or 3_128), timeout=_left(ends))
        if is_plain:
            return connection
        try:
            # By address, not by name: what was checked is what the proxy connects to.
            where = _authority(address, port)
            connection.sendall(f"CONNECT {where} HTTP/1.1\r\nHost: {where}\r\n\r\n".encode("ascii"))
            answer = http.client.HTTPResponse(cast(socket.socket, _TimedSocket(connection, ends)), method="CONNECT")
            answer.begin()
            if answer.status != http.client.OK:
                raise OSError(0, f"the proxy refused with {answer.status}")
        except BaseException:
            connection.close()
            raise
        return connection


class _Forbidden(Exception):
    """Nobody may be asked there: it is inside of a network."""


class _TimedSocket:
    """What `http.client` needs of a socket, with one end in time for all of it: no server can drip for ever."""

    def __init__(self, inner: socket.socket, ends: float) -> None:
        self._inner, self._ends = inner, ends

    def sendall(self, data: bytes) -> None:
        self._inner.settimeout(_left(self._ends))
        self._inner.sendall(data)

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(_TimedReader(self._inner, self._ends))

    def close(self) -> None:
        """Whoever opened the socket closes it."""


class _TimedReader(io.RawIOBase):
    def __init__(self, inner: socket.socket, ends: float) -> None:
        self._inner, self._ends = inner, ends

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        self._inner.settimeout(_left(self._ends))
        return self._inner.recv_into(memoryview(buffer))


def _left(ends: float) -> float:
    """Seconds until then. Raises TimeoutError when it is past."""
    left = ends - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


def _tls(plain: socket.socket, host: str, ends: float) -> ssl.SSLSocket:
    plain.settimeout(_left(ends))
    return _CONTEXT.wrap_socket(plain, server_hostname=host.rstrip("."))


def _authority(host: str, port: int) -> str:
    return f"{_bracketed(host)}:{port}"


def _bracketed(host: str) -> str:
    return f"[{host}]" if host.count(":") > 1 and not host.startswith("[") else host


def _read(url: str, answer: http.client.HTTPResponse, *, ends: float, most_bytes: int) -> FetchedPage:
    location = answer.headers.get("Location", "")[:MOST_URL]
    # Browsers go on without reading what comes with a redirect, which may never end.
    body, is_cut = (b"", False) if location and answer.status // 100 == 3 else _body(answer, ends, most_bytes)
    return FetchedPage(
        url=url,
        status=answer.status,
        location=location,
        content_type=_content_type(answer.headers.get_all("Content-Type", [])),
        filename=_filename(answer.headers.get("Content-Disposition", "")[:1_000]),
        body=body,
        is_cut=is_cut,
    )


def _body(answer: http.client.HTTPResponse, ends: float, most_bytes: int) -> tuple[bytes, bool]:
    """The body, unpacked and cut at `most_bytes`, and whether there is more of it. A packed one never grows past that.

    Of one that stalls, breaks off or is damaged there is what came before: browsers show it. Raises as reading does
    where nothing came at all.
    """
    coding = answer.headers.get("Content-Encoding", "").strip().lower()
    if coding not in (*_PACKED, "", "identity"):
        raise OSError(0, f"it is packed as {coding[:20]!r}, which was not asked for")
    unpack = _Unpack() if coding in _PACKED else None
    body, received = bytearray(), 0
    try:
        while len(body) <= most_bytes and (piece := answer.read1(PIECE)):
            received += len(piece)
            body += unpack.unpacked(piece, most_bytes + 1 - len(body)) if unpack is not None else piece
            # What is behind the end of a packed one is nothing, however much of it there is.
            if unpack is not None and (unpack.is_over or received > most_bytes):
                break
            _left(ends)
    except (OSError, http.client.HTTPException, ValueError, zlib.error):
        if not body:
            raise
        return bytes(body[:most_bytes]), True
    return bytes(body[:most_bytes]), len(body) > most_bytes or (
        received > 0 and unpack is not None and not unpack.is_over
    )


class _Unpack:
    """Unpacks gzip and both forms of deflate (RFC 9110, 8.4.1), as far as it is sound."""

    def __init__(self) -> None:
        self._inner: zlib._Decompress | None = None

    @property
    def is_over(self) -> bool:
        return self._inner is not None and self._inner.eof

    def unpacked(self, piece: bytes, most: int) -> bytes:
        """At most so many bytes. Raises zlib.error where nothing of it can be unpacked."""
        if self._inner is None:
            # 32 + 15: gzip or zlib, whichever it is. Many servers, and all browsers, take "deflate" for one without a
            # head, the first byte of which is neither's.
            is_bare = piece[0] & 0xF != 8 and piece[0] != 0x1F
            self._inner = zlib.decompressobj(wbits=-15 if is_bare else 47)
        before = self._inner.copy()
        try:
            return self._inner.decompress(piece, most)
        except zlib.error:
            # Browsers show what is before the damage, and take no notice of a wrong checksum.
            found = bytearray()
            with suppress(zlib.error):
                for at in range(len(piece)):
                    found += before.decompress(piece[at : at + 1])
                    if len(found) >= most:
                        break
            if not found:
                raise
            return bytes(found[:most])


def _content_type(written: list[str]) -> str:
    """The last media type that there is, as browsers take it; "" where there is none: they look at the body then."""
    last = written[-1].rpartition(",")[2].partition(";")[0].strip().lower() if written else ""
    return last if _MEDIA_TYPE.fullmatch(last) else ""


def _filename(disposition: str) -> str:
    """The name of a download, as a name and nothing else; "" for what browsers show."""
    if not disposition:
        return ""
    field = Message()
    field["Content-Disposition"] = disposition
    try:
        name = field.get_filename("") or ""
    except ValueError:  # encodings that Python has and no browser knows
        name = ""
    if not name and field.get_content_disposition() == "attachment":
        name = "download"
    # Such encodings can also make surrogates, which nobody could write down.
    return _FILENAME.sub("_", name.encode("utf-8", "replace").decode("utf-8"))[:MOST_NAME]
