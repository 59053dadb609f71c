"""What became known of links and messages after the answer, in Redis: the click service asks it at every click.

Keys: `mailchord:mark:link:HASH` and `mailchord:mark:message:ID`; values are msgpack of `mailcore.clicks.Mark`. They
expire. The hash is of the page (host, path, query), or of the host alone where all of it is meant.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import cast

import msgspec
import redis

from mailcore.clicks import Mark
from mailcore.link_addresses import Address, Covers, key, page_key
from mailio.redis_client import PREFIX, translating_errors

LINK = PREFIX + "mark:link:"
MESSAGE = PREFIX + "mark:message:"
KEPT_SECONDS = 400 * 86_400  # as long as safe links live, by default, and a month


class LinkMarks:
    """Marks on links and messages. Every method raises StoreUnavailable when Redis cannot be reached."""

    def __init__(self, client: redis.Redis, *, seconds: int = KEPT_SECONDS) -> None:
        self._redis = client
        self._seconds = seconds

    @translating_errors
    def mark_link(self, address: Address, mark: Mark, *, whole_host: bool = False) -> None:
        self._redis.set(_link_key(address, whole_host=whole_host), msgspec.msgpack.encode(mark), ex=self._seconds)

    @translating_errors
    def mark_message(self, message_id: str, mark: Mark) -> None:
        self._redis.set(MESSAGE + message_id, msgspec.msgpack.encode(mark), ex=self._seconds)

    @translating_errors
    def forget_link(self, address: Address, *, whole_host: bool = False) -> bool:
        """Whether there was a mark."""
        return bool(self._redis.delete(_link_key(address, whole_host=whole_host)))

    @translating_errors
    def find(self, addresses: Sequence[Address], message_id: str = "") -> tuple[Mark, ...]:
        """Marks on these pages, their hosts, and the message, in that order.

        What is said of a page stands in place of what is said of its host.
        """
        keys = [MESSAGE + message_id] if message_id else []
        for address in addresses:
            keys += [_link_key(address), _link_key(address, whole_host=True)]
        if not keys:
            return ()
        found = [_read(value) for value in cast("list[bytes | None]", self._redis.mget(keys))]
        on_message = found.pop(0) if message_id else None
        marks = [page or host for page, host in zip(found[::2], found[1::2], strict=True)]
        return tuple(mark for mark in (*marks, on_message) if mark is not None)


def _link_key(address: Address, *, whole_host: bool = False) -> str:
    name = key(Covers.HOST, address.host) if whole_host else page_key(address)
    return LINK + hashlib.blake2b(name.encode(), digest_size=16).hexdigest()


def _read(value: bytes | None) -> Mark | None:
    try:
        return msgspec.msgpack.decode(value, type=Mark) if value is not None else None
    except msgspec.DecodeError:  # of a later version: it is asked again when that is back
        return None
