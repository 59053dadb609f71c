"""The imported lists of links, asked about addresses of a mail; each process sees by itself that one was updated."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

import structlog

from mailcore.clock import Clock, system_clock
from mailcore.feed_settings import Feed, is_local
from mailcore.link_addresses import Address, Key, keys_of, read_key
from mailcore.link_opinions import LinkOpinion
from mailio.feed_store import DAY, FeedDamaged, FeedFile, hash_of, identity, path_of

log = structlog.get_logger("mailchord.feeds")

LOOK_EVERY = 5.0  # seconds after which it is looked whether a file was replaced


class FeedLists:
    """Implements `mailcore.ports.LinkLists`. The files are mapped: all processes share one copy in memory."""

    def __init__(
        self, feeds: Mapping[str, Feed], directory: Path, *, look_every: float = LOOK_EVERY, clock: Clock = system_clock
    ) -> None:
        self._feeds = dict(feeds)
        self._paths = {name: path_of(directory, name) for name in feeds}
        self._files: dict[str, FeedFile] = {}
        self._refused: dict[str, tuple[int, int, int]] = {}
        self._old: set[str] = set()
        self._look_every = look_every
        self._next_look = 0.0
        self._clock = clock

    def opinions(
        self,
        addresses: Collection[Address],
        *,
        seconds: float,  # noqa: ARG002  # it never waits
    ) -> Mapping[Address, tuple[LinkOpinion, ...]]:
        """See `mailcore.ports.LinkLists`."""
        asked = [
            (name, self._feeds[name], file) for name, file in self.files().items() if self._is_believed(name, file)
        ]
        if not asked:
            return {}
        salts = {file.description.salt for _, _, file in asked}
        known: dict[Key, tuple[LinkOpinion, ...]] = {}
        found: dict[Address, tuple[LinkOpinion, ...]] = {}
        for address in addresses:
            said: list[LinkOpinion] = []
            for key in keys_of(address):
                opinions = known.get(key)
                if opinions is None:
                    hashes = {salt: hash_of(key, salt) for salt in salts}
                    opinions = known[key] = tuple(_opinions(key, hashes, asked))
                said += opinions
            if said:
                found[address] = tuple(said)
        return found

    def files(self) -> Mapping[str, FeedFile]:
        """The lists that were imported, as they are now."""
        now = time.monotonic()
        if now >= self._next_look:
            self._next_look = now + self._look_every
            for name, path in self._paths.items():
                self._look(name, path)
        return self._files

    def _look(self, name: str, path: Path) -> None:
        """Take over a file that was replaced. What cannot be read is said once, and the one before stays."""
        try:
            state = identity(path.stat())
            known = self._files.get(name)
            if state == self._refused.get(name) or (known is not None and known.identity == state):
                return
            self._refused[name] = state
            self._files[name] = FeedFile(path)
            self._refused.pop(name, None)
        except FileNotFoundError:
            self._files.pop(name, None)
        except (OSError, ValueError, FeedDamaged) as error:
            words = error.strerror if isinstance(error, OSError) else str(error)
            log.warning("a list of links cannot be read", feed=name, reason=words)

    def _is_believed(self, name: str, file: FeedFile) -> bool:
        """Not a list that nobody could fetch again for too long: what was bad then may be repaired."""
        feed = self._feeds[name]
        if is_local(feed) or self._clock() - file.checked_at <= feed.max_age_days * DAY:
            self._old.discard(name)
            return True
        if name not in self._old:
            self._old.add(name)
            log.warning("a list of links is too old to be believed", feed=name, days=feed.max_age_days)
        return False


def _opinions(
    key: Key, hashes: Mapping[bytes, bytes], asked: list[tuple[str, Feed, FeedFile]]
) -> Iterator[LinkOpinion]:
    for name, feed, file in asked:
        day = file.day_of(hashes[file.description.salt])
        if day is not None:
            covers, text = read_key(key)
            yield LinkOpinion(
                source=name,
                kind=feed.kind,
                entry=text,
                covers=covers,
                since=day * DAY,
                weight=feed.weight,
                is_local=is_local(feed),
            )
