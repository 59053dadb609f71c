"""Safe Browsing as its documentation describes it (version 5, JSON), on the loopback, for tests."""

from __future__ import annotations

import hashlib
import struct
from base64 import b64decode, b64encode
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise
from typing import Any
from urllib.parse import parse_qs, urlsplit

import msgspec

from tests.http_server import WebServer


def rice(numbers: Sequence[int], parameter: int) -> dict[str, Any]:
    """Ascending numbers in Rice-Golomb code."""
    bits: list[int] = []
    for last, number in pairwise(numbers):
        quotient, rest = divmod(number - last, 1 << parameter)
        bits += [1] * quotient + [0] + [(rest >> at) & 1 for at in range(parameter)]
    packed = bytes(sum(bit << place for place, bit in enumerate(bits[at : at + 8])) for at in range(0, len(bits), 8))
    return {
        "firstValue": numbers[0],
        "riceParameter": parameter,
        "entriesCount": len(numbers) - 1,
        "encodedData": b64encode(packed).decode(),
    }


def full_hash(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


def prefix(text: str) -> int:
    return int.from_bytes(full_hash(text)[:4], "big")


class SafeBrowsingServer:
    """`listed` has expressions by list; `threats` details of those that are bad; `broken` is what goes wrong."""

    def __init__(self, server: WebServer) -> None:
        self.listed: dict[str, list[str]] = {}
        self.threats: dict[str, list[dict[str, Any]]] = {}
        self.version = 1
        self.cache = "300s"
        self.wait = "1800s"
        self.status = 200
        self.partial = False
        self.removed: list[int] = []
        self.sums: dict[str, bytes] = {}
        self.answer: bytes | None = None
        self.server = server
        server.respond = self.respond

    @property
    def url(self) -> str:
        return f"{self.server.url}/v5"

    @property
    def asked(self) -> list[str]:
        return [request.path for request in self.server.asked]

    def prefixes_asked(self) -> list[bytes]:
        paths = [urlsplit(path) for path in self.asked if "/v5/hashes:search" in path]
        return [b64decode(text) for path in paths for text in parse_qs(path.query)["hashPrefixes"]]

    def respond(self, path: str, _body: bytes) -> tuple[int, bytes]:
        if self.status != 200 or self.answer is not None:
            return self.status, self.answer or b"{}"
        query = parse_qs(urlsplit(path).query)
        if urlsplit(path).path == "/v5/hashLists:batchGet":
            names = [name for name in query["names"] if name in self.listed]
            known = bool(query.get("version")) and self.partial
            return 200, msgspec.json.encode({"hashLists": [self.news(name, is_partial=known) for name in names]})
        assert urlsplit(path).path == "/v5/hashes:search"
        wanted = {b64decode(text) for text in query["hashPrefixes"]}
        found = [
            {"fullHash": b64encode(full_hash(text)).decode(), "fullHashDetails": details}
            for text, details in self.threats.items()
            if full_hash(text)[:4] in wanted
        ]
        return 200, msgspec.json.encode({"fullHashes": found, "cacheDuration": self.cache})

    def news(self, name: str, *, is_partial: bool) -> dict[str, Any]:
        """What is said of one list."""
        numbers = sorted({prefix(text) for text in self.listed[name]})
        whole = b"".join(struct.pack(">I", number) for number in numbers)
        found: dict[str, Any] = {
            "name": name,
            "version": b64encode(b"v%d" % self.version).decode(),
            "partialUpdate": is_partial,
            "minimumWaitDuration": self.wait,
            "sha256Checksum": b64encode(self.sums.get(name, hashlib.sha256(whole).digest())).decode(),
        }
        if is_partial and self.removed:
            found["compressedRemovals"] = rice(self.removed, 3)
        if numbers:
            found["additionsFourBytes"] = rice(numbers, 28)
        return found


@contextmanager
def safe_browsing_server() -> Iterator[SafeBrowsingServer]:
    with WebServer(lambda _path, _body: (500, b"")) as server:
        yield SafeBrowsingServer(server)
