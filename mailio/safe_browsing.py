"""Google Safe Browsing, version 5 in local list mode: four bytes of a hash leave, where the lists here have them.

Source: "Local List Mode" and "Request Frequency" of the Safe Browsing API. Answers are remembered for as long as the
service says, the empty ones too, in the process and (through `Memory`) in Redis.
"""

from __future__ import annotations

import hashlib
import struct
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from pathlib import Path

import structlog
from msgspec import Struct

from mailcore.clock import Clock, system_clock
from mailcore.feed_settings import Feed
from mailcore.link_addresses import Address, Covers, expressions_of
from mailcore.link_opinions import LinkOpinion, LinkStanding
from mailcore.ports import Memory
from mailio.feed_store import DAY, FeedDamaged, identity
from mailio.outgoing_http import FetchFailed, fetch
from mailio.prefix_store import PREFIX, PrefixFile, prefixes_path
from mailio.safe_browsing_service import (
    FULL_HASH,
    MOST_PREFIXES,
    OK,
    WORDS,
    FoundHashes,
    NotUnderstood,
    headers,
    pause,
    read_found,
    search_question,
)

log = structlog.get_logger("mailchord.safe_browsing")

LOOK_EVERY = 5.0  # seconds after which it is looked whether the lists were replaced
LEAST_SECONDS = 0.2  # with less time left nobody is asked
MOST_SECONDS = 3.0  # that one question may take
_LONGEST = 86_400.0  # seconds for which an answer is remembered
_UNTIL = struct.Struct(">d")


class _Expression(Struct, frozen=True):
    """One text of an address that may be listed."""

    address: Address
    covers: Covers
    text: str


class SafeBrowsing:
    """Implements `mailcore.ports.LinkLists`. `key` stands in no text and no log."""

    def __init__(
        self,
        name: str,
        feed: Feed,
        key: str,
        directory: Path,
        memory: Memory,
        *,
        look_every: float = LOOK_EVERY,
        clock: Clock = system_clock,
        pause_after: Callable[[int], float] = pause,
    ) -> None:
        self._name = name
        self._feed = feed
        self._key = key
        self._path = prefixes_path(directory, name)
        self._memory = memory
        self._look_every = look_every
        self._clock = clock
        self._pause_after = pause_after
        self._next_look = 0.0
        self._file: PrefixFile | None = None
        self._said = ""
        self._failures = 0
        self._silent_until = 0.0

    def opinions(self, addresses: Collection[Address], *, seconds: float) -> Mapping[Address, tuple[LinkOpinion, ...]]:
        """See `mailcore.ports.LinkLists`."""
        ends = time.monotonic() + seconds
        file = self._lists()
        if file is None:
            return {}
        hits = self._hits(addresses, file)
        if not hits:
            return {}
        threats = self._threats({full[:PREFIX] for full in hits}, ends)
        found: dict[Address, tuple[LinkOpinion, ...]] = {}
        for full, expressions in hits.items():
            if words := threats.get(full):
                for each in expressions:
                    found[each.address] = (*found.get(each.address, ()), self._opinion(each, words))
        return found

    def _opinion(self, found: _Expression, words: str) -> LinkOpinion:
        is_host = found.covers is Covers.DOMAIN
        return LinkOpinion(
            source=self._name,
            kind=LinkStanding.BAD,
            entry=found.text.removesuffix("/") if is_host else found.text,
            covers=found.covers,
            weight=self._feed.weight,
            words=words,
        )

    def _hits(self, addresses: Collection[Address], file: PrefixFile) -> dict[bytes, list[_Expression]]:
        """Whole hashes of what may be listed, since the lists have their first bytes."""
        known: dict[str, bytes] = {}
        hits: dict[bytes, list[_Expression]] = {}
        for address in addresses:
            for covers, text in expressions_of(address):
                full = known.get(text)
                if full is None:
                    digest = hashlib.sha256(text.encode("utf-8", "replace")).digest()
                    full = known[text] = digest if file.has(digest[:PREFIX]) else b""
                if full:
                    hits.setdefault(full, []).append(_Expression(address, covers, text))
        return hits

    def _threats(self, prefixes: Collection[bytes], ends: float) -> dict[bytes, str]:
        """What is bad of whole hashes with these prefixes, as far as it is remembered or said in time."""
        keys = {prefix: self._memory_key(prefix) for prefix in sorted(prefixes)}
        remembered = self._memory.find(list(keys.values()))
        now = self._clock()
        threats: dict[bytes, str] = {}
        unknown: list[bytes] = []
        for prefix, key in keys.items():
            kept = _read(remembered.get(key, b""), now)
            if kept is None:
                unknown.append(prefix)
            else:
                threats.update(kept)
        for begin in range(0, len(unknown), MOST_PREFIXES):
            threats.update(self._asked(unknown[begin : begin + MOST_PREFIXES], ends))
        return threats

    def _asked(self, prefixes: Sequence[bytes], ends: float) -> Mapping[bytes, str]:
        left = min(ends - time.monotonic(), MOST_SECONDS)
        now = self._clock()
        if left < LEAST_SECONDS or now < self._silent_until:
            return {}
        try:
            answer = fetch(
                search_question(self._feed.source, prefixes),
                seconds=left,
                headers=headers(self._key, self._feed.user_agent),
                private_addresses=self._feed.private_addresses,
            )
            if answer.status != OK:
                raise NotUnderstood(f"status {answer.status}")
            found = read_found(answer.body)
        except (FetchFailed, NotUnderstood) as error:
            self._failures += 1
            seconds = self._pause_after(self._failures)
            self._silent_until = now + seconds
            log.warning("Safe Browsing does not answer", feed=self._name, reason=str(error), pause=round(seconds))
            return {}
        self._failures = 0
        self._keep(prefixes, found, now)
        return found.threats

    def _keep(self, prefixes: Sequence[bytes], found: FoundHashes, now: float) -> None:
        seconds = min(found.seconds, _LONGEST)
        if seconds <= 0:
            return
        values = {prefix: _UNTIL.pack(now + seconds) for prefix in prefixes}
        for full, words in found.threats.items():
            if full[:PREFIX] in values:
                values[full[:PREFIX]] += full + bytes((WORDS.index(words),))
        self._memory.keep({self._memory_key(prefix): value for prefix, value in values.items()}, seconds=seconds)

    def _memory_key(self, prefix: bytes) -> bytes:
        return hashlib.sha256(self._feed.source.encode() + b"\0" + prefix).digest()

    def _lists(self) -> PrefixFile | None:
        """The lists as they are now; None where they are missing or too old to be believed."""
        if time.monotonic() >= self._next_look:
            self._next_look = time.monotonic() + self._look_every
            self._look()
        file = self._file
        if file is not None and self._clock() - file.checked_at > self._feed.max_age_days * DAY:
            self._say("a list of links is too old to be believed", days=self._feed.max_age_days)
            return None
        return file

    def _look(self) -> None:
        try:
            if self._file is None or identity(self._path.stat()) != self._file.identity:
                self._file = PrefixFile(self._path)
                self._said = ""
        except FileNotFoundError:
            self._file = None
        except (OSError, FeedDamaged) as error:
            self._say(
                "a list of links cannot be read", reason=error.strerror if isinstance(error, OSError) else str(error)
            )

    def _say(self, words: str, **facts: object) -> None:
        if self._said != words:
            self._said = words
            log.warning(words, feed=self._name, **facts)


def _read(value: bytes, now: float) -> dict[bytes, str] | None:
    """An answer that was kept; None for one that no longer stands."""
    if len(value) < _UNTIL.size or _UNTIL.unpack_from(value)[0] <= now:
        return None
    return dict(_hashes(value[_UNTIL.size :]))


def _hashes(value: bytes) -> Iterator[tuple[bytes, str]]:
    for begin in range(0, len(value) - FULL_HASH, FULL_HASH + 1):
        number = value[begin + FULL_HASH]
        if number < len(WORDS):
            yield value[begin : begin + FULL_HASH], WORDS[number]
