"""What became known of links and messages after the answer, in Redis: the click service asks it at every click.

Keys: `mailchord:mark:link:HASH` and `mailchord:mark:message:ID`; values are msgpack of `mailcore.clicks.Mark`. They
expire. The hash is of the page (host, path, query), or of the host alone where all of it is meant. A page without a
query stands for itself with any.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from typing import cast

import msgspec
import redis
from msgspec import structs

from mailcore.clicks import Mark
from mailcore.link_addresses import Address, Covers, Key, key, page_key
from mailio.redis_client import PREFIX, translating_errors

LINK = PREFIX + "mark:link:"
MESSAGE = PREFIX + "mark:message:"
KEPT_SECONDS = 400 * 86_400  # as long as safe links live, by default, and a month
# What nobody has looked at: by then whoever sent it is asked of lists again, and a page that was broken into is mended.
UNSEEN_SECONDS = 90 * 86_400
LONGEST_REASON = 500
_BUNDLE = 500  # of one round trip
_KINDS = 3  # of keys that may say something of an address


class LinkMarks:
    """Marks on links and messages. Every method raises StoreUnavailable when Redis cannot be reached."""

    def __init__(self, client: redis.Redis, *, seconds: int = KEPT_SECONDS) -> None:
        self._redis = client
        self._seconds = seconds

    @translating_errors
    def mark_link(self, address: Address, mark: Mark, *, whole_host: bool = False, seconds: int | None = None) -> None:
        """Says this of a page, or of a host; `seconds` is how long, other than what is usual here."""
        mark = structs.replace(mark, about=mark.about or link_key(address, whole_host=whole_host))
        self._redis.set(_place(link_key(address, whole_host=whole_host)), _written(mark), ex=seconds or self._seconds)

    @translating_errors
    def mark_message(self, message_id: str, mark: Mark) -> None:
        self._redis.set(MESSAGE + message_id, _written(mark), ex=self._seconds)

    @translating_errors
    def mark_messages(self, marks: Mapping[str, Mark], *, seconds: int | None = None) -> list[str]:
        """Mark those that have no mark yet; returns their ids."""
        marked: list[str] = []
        left = iter(marks.items())
        while bundle := list(islice(left, _BUNDLE)):
            with self._redis.pipeline(transaction=False) as pipe:
                for message_id, mark in bundle:
                    pipe.set(MESSAGE + message_id, _written(mark), ex=seconds or self._seconds, nx=True)
                done = pipe.execute()
            marked += [message_id for (message_id, _), is_new in zip(bundle, done, strict=True) if is_new]
        return marked

    @translating_errors
    def forget_link(self, address: Address, *, whole_host: bool = False) -> bool:
        """Whether there was a mark: on exactly that, or on a page with a query that was not written down."""
        about = link_key(address, whole_host=whole_host)
        gone = self._redis.delete(_place(about))
        return bool(gone + self._forget_all(LINK, lambda mark: mark.about == about))

    @translating_errors
    def forget_messages_about(self, is_meant: Callable[[Mark], bool]) -> int:
        """Remove those of all marks on messages that are meant; returns how many."""
        return self._forget_all(MESSAGE, is_meant)

    def _forget_all(self, prefix: str, is_meant: Callable[[Mark], bool]) -> int:
        names = cast("Iterator[bytes]", self._redis.scan_iter(match=prefix + "*", count=1_000))
        count = 0
        while bundle := list(islice(names, _BUNDLE)):
            count += self._forget([name.decode() for name in bundle], is_meant)
        return count

    def _forget(self, names: Sequence[str], is_meant: Callable[[Mark], bool]) -> int:
        marks = map(_read, cast("list[bytes | None]", self._redis.mget(names)))
        gone = [name for name, mark in zip(names, marks, strict=True) if mark is not None and is_meant(mark)]
        return self._redis.delete(*gone) if gone else 0

    @translating_errors
    def forget_messages(self, message_ids: Sequence[str], is_meant: Callable[[Mark], bool]) -> int:
        """Remove those marks on messages that are meant; returns how many."""
        bundles = (message_ids[start : start + _BUNDLE] for start in range(0, len(message_ids), _BUNDLE))
        return sum(self._forget([MESSAGE + message_id for message_id in bundle], is_meant) for bundle in bundles)

    @translating_errors
    def find(self, addresses: Sequence[Address], message_id: str = "") -> tuple[Mark, ...]:
        """Marks on these pages, their hosts, and the message, in that order.

        What is said of a page stands in place of what is said of its host, and the narrower page in place of the wider.
        """
        names = [MESSAGE + message_id] if message_id else []
        for address in addresses:
            names += map(_place, keys_about(address))
        if not names:
            return ()
        found = [_read(value) for value in cast("list[bytes | None]", self._redis.mget(names))]
        on_message = found.pop(0) if message_id else None
        kinds = zip(found[::_KINDS], found[1::_KINDS], found[2::_KINDS], strict=True)
        marks = [page or any_query or host for page, any_query, host in kinds]
        return tuple(mark for mark in (*marks, on_message) if mark is not None)

    @translating_errors
    def links(self, *, most: int) -> list[Mark]:
        """Marks on links, the latest first; of more than `most` any."""
        names = islice(cast("Iterator[bytes]", self._redis.scan_iter(match=LINK + "*", count=1_000)), most)
        marks: list[Mark] = []
        while bundle := list(islice(names, _BUNDLE)):
            values = cast("list[bytes | None]", self._redis.mget(bundle))
            marks += [mark for value in values if (mark := _read(value)) is not None]
        return sorted(marks, key=lambda mark: -mark.at)


def link_key(address: Address, *, whole_host: bool = False) -> Key:
    """What a mark is about."""
    return key(Covers.HOST, address.host) if whole_host else page_key(address)


def keys_about(address: Address) -> tuple[Key, Key, Key]:
    """What marks may be about that say something of an address, the narrowest first."""
    return link_key(address), link_key(address._replace(query="")), link_key(address, whole_host=True)


def _place(about: Key) -> str:
    return LINK + hashlib.blake2b(about.encode("utf-8", "replace"), digest_size=16).hexdigest()


def _written(mark: Mark) -> bytes:
    # Words of a mail may hold lone surrogates, which are no UTF-8.
    reason, about = (text.encode("utf-8", "replace").decode() for text in (mark.reason[:LONGEST_REASON], mark.about))
    return msgspec.msgpack.encode(structs.replace(mark, reason=reason, about=about))


def _read(value: bytes | None) -> Mark | None:
    try:
        return msgspec.msgpack.decode(value, type=Mark) if value is not None else None
    except (msgspec.DecodeError, UnicodeDecodeError):  # of a later version: it is asked again when that is back
        return None
