"""Reads lists of links as their operators write them: line after line, bounded, whatever stands in them."""

from __future__ import annotations

import csv
import io
import ipaddress
import json
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import IO, NamedTuple

from msgspec import Struct

from mailcore.feed_settings import FeedFormat
from mailcore.link_addresses import Covers, Key, address_of, key, network_key, page_key
from mailio.feed_store import DAY, LAST_DAY

MOST_LINE = 16_384  # bytes; longer addresses work in no browser's bar
MOST_LINES = 200_000_000  # remarks and empty ones too
MOST_OBJECT = 131_072  # characters of one object of JSON
_PIECE = 65_536
_MOST_SKIPPED = 10  # lines that nobody understands, and a share of all of them: more is another format
_SKIPPED_SHARE = 0.1
_LOOKED_AT = 1_000  # lines after which a list of nothing but nonsense is given up

_HOST = re.compile(r"(?:[a-z0-9_-]{1,63}\.){1,30}(?:[a-z][a-z0-9-]{0,61}[a-z0-9])")
_BETWEEN = re.compile(r"[ \t\r\n,]*")  # what stands between objects of an array
_URLHAUS = ("id", "dateadded", "url")
_FALSE = ("no", "n", "0", "false")


class FeedUnreadable(Exception):
    """What was fetched is not the list that it should be: why, in words."""


class Entry(NamedTuple):
    """What is listed, and since when: days since 1970, 0 where the list does not say."""

    key: Key
    day: int = 0


class Tally(Struct):
    """How reading went: lines with something in them, those that nobody understood, the number of the first of them."""

    lines: int = 0
    skipped: int = 0
    first_skipped: int = 0

    def skip(self, number: int) -> None:
        self.skipped += 1
        self.first_skipped = self.first_skipped or number

    @property
    def is_another_format(self) -> bool:
        return self.skipped > _MOST_SKIPPED and self.skipped > _SKIPPED_SHARE * self.lines


# Entries of one line; () where it has none. Raises ValueError, csv.Error where it makes no sense.
_ReadLine = Callable[[str], tuple[Entry, ...]]


def read_entries(stream: IO[bytes], format: FeedFormat, tally: Tally) -> Iterator[Entry]:  # noqa: A002  # the field's word
    """The entries of a list.

    Raises FeedUnreadable where it is something else, or more than a tenth of it makes no sense; single lines that do
    not are counted.
    """
    if format is FeedFormat.PHISHTANK_JSON:
        yield from _checked(_objects(stream, tally), tally)
    else:
        yield from _checked(_of_lines(stream, _readers()[format], tally), tally)


def _checked(entries: Iterator[Entry], tally: Tally) -> Iterator[Entry]:
    yield from entries
    _check(tally)


def _check(tally: Tally) -> None:
    if tally.is_another_format:
        raise FeedUnreadable(
            f"{tally.skipped:,} of {tally.lines:,} lines are not in its format, the first is {tally.first_skipped}"
        )


def _of_lines(stream: IO[bytes], read_line: _ReadLine, tally: Tally) -> Iterator[Entry]:
    for number, line in _lines(stream):
        if line is None:
            tally.lines += 1
            tally.skip(number)
            continue
        text = line.decode("utf-8", "replace").strip()
        if not tally.lines and text.startswith("<"):
            raise FeedUnreadable("it is a page (HTML or XML), no list: the server says something else than it should")
        if not text or text[0] in "#;":
            continue
        tally.lines += 1
        try:
            if "\0" in text:
                raise ValueError
            found = read_line(text)
        except (ValueError, csv.Error):
            tally.skip(number)
            if tally.lines <= _LOOKED_AT:
                continue
            _check(tally)
            continue
        yield from found


def _lines(stream: IO[bytes]) -> Iterator[tuple[int, bytes | None]]:
    """Lines with their numbers; None for one that is too long, of which never more than a piece is in memory."""
    number = 0
    while line := stream.readline(MOST_LINE):
        number += 1
        if number > MOST_LINES:
            raise FeedUnreadable(f"it has more than {MOST_LINES:,} lines")
        if number == 1:
            line = line.removeprefix(b"\xef\xbb\xbf")  # byte order mark
        if len(line) < MOST_LINE or line.endswith(b"\n"):
            yield number, line
            continue
        while (rest := stream.readline(_PIECE)) and not rest.endswith(b"\n"):
            pass
        yield number, None


def _readers() -> dict[FeedFormat, _ReadLine]:
    """New ones for each list: those of tables remember their head."""
    return {
        FeedFormat.URLHAUS_CSV: _Table(_URLHAUS, url="url", dates=("dateadded",)),
        FeedFormat.PHISHTANK_CSV: _Table((), url="url", dates=("verification_time", "submission_time")),
        FeedFormat.PLAIN: _plain,
        FeedFormat.DOMAINS: _domain,
        FeedFormat.HOSTS: _hosts,
        FeedFormat.IP: _network,
    }


class _Table:
    """Reads rows of comma-separated values, one a line, by the names of their columns."""

    def __init__(self, columns: tuple[str, ...], *, url: str, dates: tuple[str, ...]) -> None:
        """`columns` are those of a list that has its head in a comment; else it is the first row."""
        self._columns = {name: index for index, name in enumerate(columns)}
        self._url, self._dates = url, dates

    def __call__(self, text: str) -> tuple[Entry, ...]:
        row = next(csv.reader((text,), strict=True))
        if not self._columns:
            self._columns = {name.strip().lower(): index for index, name in enumerate(row)}
            if self._url not in self._columns:
                raise FeedUnreadable(f"its first line names no column {self._url!r}")
            return ()
        fields = {name: row[index] for name, index in self._columns.items() if index < len(row)}
        return _row(fields, self._url, self._dates)


def _row(fields: dict[str, str], url: str, dates: tuple[str, ...]) -> tuple[Entry, ...]:
    if fields.get("verified", "").lower() in _FALSE:
        return ()
    day = next((day for name in dates if (day := day_of(fields.get(name, "")))), 0)
    return (Entry(_page(fields.get(url, "")), day),)


def day_of(text: str) -> int:
    """The days since 1970 of `2026-11-02 10:00:01` and other forms of ISO 8601; 0 for what is none of them."""
    try:
        return _day(datetime.fromisoformat(text.strip().removesuffix(" UTC")))
    except ValueError:
        return 0


def _day(when: datetime) -> int:
    aware = when if when.tzinfo else when.replace(tzinfo=UTC)
    return min(max(0, int(aware.timestamp() // DAY)), LAST_DAY)


def _page(text: str) -> Key:
    address = address_of(text.strip())
    if address is None or not ("." in address.host or address.host.startswith("[")):
        raise ValueError("leads nowhere")
    return page_key(address)


def _plain(text: str) -> tuple[Entry, ...]:
    """An address with its scheme or path, or a bare host; what follows a blank is a remark."""
    word = text.split(None, 1)[0]
    if "/" not in word:
        return (Entry(_host(word, Covers.HOST)),)
    if "://" not in word and "@" in word.partition("/")[0]:
        raise ValueError("is an address of mail")
    return (Entry(_page(word if "://" in word else f"http://{word}")),)


def _domain(text: str) -> tuple[Entry, ...]:
    """A domain, also written `*.example.com` or `.example.com`."""
    word = text.split(None, 1)[0].removeprefix("*").removeprefix(".")
    return (Entry(_host(word, Covers.DOMAIN)),)


def _hosts(text: str) -> tuple[Entry, ...]:
    """`0.0.0.0 ads.example # why`, or a host alone. Names of the machine itself (`localhost`) are no entries."""
    words = text.partition("#")[0].split()
    if len(words) > 1:
        ipaddress.ip_address(words[0].partition("%")[0])
        words = words[1:]
    return tuple(Entry(_host(word, Covers.HOST)) for word in words if "." in word and word not in _NOBODY)


_NOBODY = ("localhost.localdomain", "0.0.0.0")  # noqa: S104  # an entry of such files, no address to bind


def _network(text: str) -> tuple[Entry, ...]:
    """An address or a network; remarks of lists follow a semicolon, a number sign or a blank."""
    word = re.split(r"[\s;#,]", text, maxsplit=1)[0]
    return (Entry(network_key(word)),)


def _host(word: str, covers: Covers) -> Key:
    name = word.lower().rstrip(".")
    if _HOST.fullmatch(name) and "xn--" not in name:
        return key(covers, name)
    address = address_of(f"http://{name}/") if "/" not in name and "@" not in name else None
    if address is None or address.port:
        raise ValueError("is no host")
    try:
        return network_key(address.host)
    except ValueError:
        if "." not in address.host:
            raise
        return key(covers, address.host)


def _objects(stream: IO[bytes], tally: Tally) -> Iterator[Entry]:
    """The objects of an array of JSON, one after the other, without having all of it in memory."""
    text = io.TextIOWrapper(stream, encoding="utf-8-sig", errors="replace", newline="")
    decoder = json.JSONDecoder()
    ahead = text.read(_PIECE).lstrip()
    if not ahead.startswith("["):
        raise FeedUnreadable("it is no array of JSON")
    at, is_over = _BETWEEN.match(ahead, 1).end(), False  # type: ignore[union-attr]  # it matches nothing, too
    while not ahead.startswith("]", at):
        try:
            found, at = decoder.raw_decode(ahead, at)
        except RecursionError:
            raise FeedUnreadable("its JSON is nested too deep") from None
        except ValueError:
            if is_over or len(ahead) - at > MOST_OBJECT:
                words = "it ends in the middle" if is_over else "its JSON is broken"
                raise FeedUnreadable(f"{words}, after {tally.lines:,} entries") from None
            piece = text.read(_PIECE)
            ahead, at, is_over = ahead[at:] + piece, 0, not piece
        else:
            tally.lines += 1
            yield from _of_object(found, tally)
        at = _BETWEEN.match(ahead, at).end()  # type: ignore[union-attr]


def _of_object(found: object, tally: Tally) -> tuple[Entry, ...]:
    fields = {name: value for name, value in found.items() if isinstance(value, str)} if isinstance(found, dict) else {}
    try:
        return _row(fields, "url", ("verification_time", "submission_time"))
    except ValueError:
        tally.skip(tally.lines)
        if tally.lines > _LOOKED_AT:
            _check(tally)
        return ()
