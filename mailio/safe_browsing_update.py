"""Brings the lists of Safe Browsing up to date: what changed since the last time, checked against their checksum."""

from __future__ import annotations

import hashlib
import os
import tempfile
from array import array
from contextlib import suppress
from pathlib import Path

import msgspec
from msgspec import Struct

from mailcore.feed_settings import Feed, Feeds
from mailio.feed_formats import FeedUnreadable
from mailio.feed_source import key_of
from mailio.feed_store import FeedDamaged, write_whole
from mailio.outgoing_http import FetchFailed, download
from mailio.prefix_store import PrefixDescription, PrefixFile, PrefixList, checksum, prefixes_path, write_prefixes
from mailio.rice_coding import NotRice, read_numbers
from mailio.safe_browsing_service import (
    LISTS,
    OK,
    HashList,
    NotUnderstood,
    RiceNumbers,
    decoded,
    duration,
    headers,
    pause,
    read_lists,
    update_question,
)

MOST_BYTES = 134_217_728  # of an answer, which is read at once
LONGEST_WAIT = 86_400.0  # seconds, whatever the service wishes
_MOST_STATE = 4_096


class _Wait(Struct, frozen=True, kw_only=True):
    """When the service may be asked again, in seconds since the epoch, and how often it failed in a row."""

    until: float = 0.0
    failures: int = 0


class PrefixUpdate(Struct, frozen=True, kw_only=True):
    """What came of an update; `wait` is the seconds for which the service wants to be left alone: it was not asked."""

    changed: bool = False
    entries: int = 0
    before: int = 0
    wait: float = 0.0


class _WrongSum(Exception):
    """What was put together is not what the server has."""


def open_prefixes(path: Path) -> PrefixFile | None:
    """The lists as they were fetched last; None where there are none that can be read. Raises OSError."""
    with suppress(FileNotFoundError, FeedDamaged):
        return PrefixFile(path)
    return None


def update_prefixes(name: str, feed: Feed, settings: Feeds, directory: Path, *, now: float) -> PrefixUpdate:
    """Fetch what changed, and put it in place. Not before the service wants to be asked again, whoever wishes it.

    Raises FeedUnreadable, FetchFailed, OSError: what was there stays.
    """
    path, waiting = prefixes_path(directory, name), directory / f"{name}.wait"
    before = open_prefixes(path)
    source = hashlib.blake2b(feed.source.encode(), digest_size=16).digest()
    if before is not None and before.description.source != source:
        before = None
    known = len(before) if before is not None else 0
    wait = _read_wait(waiting)
    if wait.until > now:
        return PrefixUpdate(entries=known, before=known, wait=wait.until - now)
    key = key_of(feed)
    try:
        try:
            lists, least = _fetched(feed, key, settings, directory, before)
        except _WrongSum:  # what is here has gone wrong: all of it anew
            before = None
            lists, least = _fetched(feed, key, settings, directory, before)
    except _WrongSum:
        error: Exception = FeedUnreadable("its lists do not have the checksum that it says")
    except (NotUnderstood, NotRice) as caught:
        error = FeedUnreadable(str(caught))
    except (FeedUnreadable, FetchFailed) as caught:
        error = caught
    else:
        _write_wait(waiting, _Wait(until=now + min(least, LONGEST_WAIT)))
        return _put(path, name, source, lists, before, now=now)
    _write_wait(waiting, _Wait(until=now + pause(wait.failures + 1), failures=wait.failures + 1))
    raise error


def _put(
    path: Path,
    name: str,
    source: bytes,
    lists: dict[str, tuple[bytes, array[int]]],
    before: PrefixFile | None,
    *,
    now: float,
) -> PrefixUpdate:
    known = len(before) if before is not None else 0
    entries = sum(len(numbers) for _, numbers in lists.values())
    described = tuple(
        PrefixList(name=each, count=len(numbers), version=version) for each, (version, numbers) in lists.items()
    )
    changed = before is None or before.description.lists != described
    if changed:
        description = PrefixDescription(name=name, imported_at=now, lists=described, source=source)
        write_prefixes(path, description, {each: numbers for each, (_, numbers) in lists.items()})
    os.utime(path, (now, now))
    return PrefixUpdate(changed=changed, entries=entries, before=known)


def _fetched(
    feed: Feed, key: str, settings: Feeds, directory: Path, before: PrefixFile | None
) -> tuple[dict[str, tuple[bytes, array[int]]], float]:
    """Versions and prefixes of the lists as they are now, and the seconds until they may be asked for again."""
    versions = {each.name: each.version for each in before.description.lists} if before is not None else {}
    with tempfile.TemporaryFile(dir=directory) as file:
        answer = download(
            update_question(feed.source, versions),
            file,
            seconds=settings.seconds,
            most_bytes=min(settings.most_bytes, MOST_BYTES),
            headers=headers(key, feed.user_agent),
            private_addresses=feed.private_addresses,
        )
        if answer.status != OK:
            raise FeedUnreadable(f"the service does not give its lists (status {answer.status})")
        file.seek(0)
        news = {each.name: each for each in read_lists(file.read())}
    lists: dict[str, tuple[bytes, array[int]]] = {}
    for name in LISTS:
        numbers = before.numbers(name) if before is not None else array("I")
        version = versions.get(name, b"")
        if name in news:
            numbers = _applied(numbers, news[name], most=settings.most_entries)
            version = decoded(news[name].version) or version
        if version:
            lists[name] = (version, numbers)
    if not lists:
        raise FeedUnreadable("the service has none of the lists")
    return lists, max((duration(each.minimum_wait_duration) for each in news.values()), default=0.0)


def _applied(numbers: array[int], news: HashList, *, most: int) -> array[int]:
    """The list with what is new in it. Raises NotRice, NotUnderstood, FeedUnreadable, _WrongSum."""
    if not news.partial_update:
        numbers = array("I")
    if removed := set(_numbers(news.compressed_removals, most)):
        if max(removed) >= len(numbers):
            raise _WrongSum
        numbers = array("I", (number for index, number in enumerate(numbers) if index not in removed))
    if added := _numbers(news.additions_four_bytes, most):
        numbers = array("I", sorted((*numbers, *added))) if numbers else added
    if len(numbers) > most:
        raise FeedUnreadable(f"it has more than {most:,} entries (feeds.most_entries)")
    if news.sha256_checksum and decoded(news.sha256_checksum) != checksum(numbers):
        raise _WrongSum
    return numbers


def _numbers(coded: RiceNumbers | None, most: int) -> array[int]:
    if coded is None:
        return array("I")
    if coded.entries_count >= most:
        raise FeedUnreadable(f"it has more than {most:,} entries (feeds.most_entries)")
    data = decoded(coded.encoded_data)
    return read_numbers(coded.first_value, coded.rice_parameter, coded.entries_count, data)


def _read_wait(path: Path) -> _Wait:
    """As it was written; nothing to wait for where it is missing or damaged."""
    with suppress(FileNotFoundError, msgspec.DecodeError), path.open("rb") as file:
        return msgspec.msgpack.decode(file.read(_MOST_STATE), type=_Wait)
    return _Wait()


def _write_wait(path: Path, wait: _Wait) -> None:
    write_whole(path, lambda file: file.write(msgspec.msgpack.encode(wait)))
