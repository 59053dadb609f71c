"""Brings a list of links up to date: fetched, read, checked, and only then put in place of the one before."""

from __future__ import annotations

import enum
import fcntl
import hashlib
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from msgspec import Struct

from mailcore.clock import Clock, system_clock
from mailcore.errors import ConfigurationError
from mailcore.feed_settings import Feed, FeedFormat, Feeds
from mailcore.link_addresses import Key
from mailio.feed_formats import FeedUnreadable, Tally, read_entries
from mailio.feed_source import UNPACKED_TIMES, fetch_feed, own_file, unpacked
from mailio.feed_store import DAY, Description, FeedDamaged, FeedFile, FeedWriter, path_of, salt_of
from mailio.outgoing_http import FetchFailed
from mailio.prefix_store import PrefixFile, prefixes_path
from mailio.safe_browsing_update import open_prefixes, update_prefixes

FOLDER = "feeds"  # of the state directory
# Fewer entries than this share of those before is an accident of the operator, or of his server.
LEAST_SHARE = 0.1
NOT_MODIFIED, OK = 304, 200
_PART = ".part"

Heed = Callable[[Key], None]
"""Gets a key of an entry (`mailcore.link_addresses`)."""


class Outcome(enum.StrEnum):
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    TOO_SOON = "too soon"
    FAILED = "failed"


class Updated(Struct, frozen=True, kw_only=True):
    """What came of one list: entries now and before, lines that were left out, words on what went wrong."""

    name: str
    outcome: Outcome
    entries: int = 0
    before: int = 0
    skipped: int = 0
    words: str = ""


def feeds_directory(state_dir: str) -> Path:
    return Path(state_dir) / FOLDER


@contextmanager
def updating(directory: Path) -> Iterator[None]:
    """One update at a time; what another left half-done is removed. Raises ConfigurationError."""
    try:
        directory.mkdir(parents=True, exist_ok=True)
        lock = os.open(directory / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError as error:
        words = f"{directory}: cannot be written: {error.strerror}; run it as the user of mailchord"
        raise ConfigurationError(words) from None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        for left in directory.glob(f".*{_PART}"):
            left.unlink(missing_ok=True)
        yield
    except BlockingIOError:
        raise ConfigurationError(f"{directory}: another update is running") from None
    finally:
        os.close(lock)


def update_feed(
    name: str,
    feed: Feed,
    settings: Feeds,
    directory: Path,
    *,
    force: bool = False,
    clock: Clock = system_clock,
    heed: Heed | None = None,
) -> Updated:
    """Update one list. Never raises for what its operator, his server or the disk do: the list before stays then.

    `force`: also where it was fetched just now, and where hardly anything is left of it. `heed` gets what the list has
    now and had not when `heeded` was called last; that comes to nothing where the outcome is not `updated`.
    """
    known = 0
    try:
        if feed.format is FeedFormat.SAFE_BROWSING:
            prefixes = open_prefixes(prefixes_path(directory, name))
            known = len(prefixes) if prefixes is not None else 0
            return _update_prefixes(name, feed, settings, directory, prefixes, force=force, now=clock())
        before = open_feed(path_of(directory, name))
        known = len(before) if before is not None else 0
        return _Update(name, feed, settings, directory, before, force=force, clock=clock, heed=heed).run()
    except (FeedUnreadable, FetchFailed) as error:
        return Updated(name=name, outcome=Outcome.FAILED, entries=known, before=known, words=str(error))
    except OSError as error:
        words = f"{error.filename or directory}: {error.strerror}"
        return Updated(name=name, outcome=Outcome.FAILED, entries=known, before=known, words=words)


def _update_prefixes(
    name: str, feed: Feed, settings: Feeds, directory: Path, before: PrefixFile | None, *, force: bool, now: float
) -> Updated:
    known = len(before) if before is not None else 0
    if before is not None and not force and 0 <= now - before.checked_at < feed.least_minutes * 60:
        return Updated(name=name, outcome=Outcome.TOO_SOON, entries=known, before=known)
    done = update_prefixes(name, feed, settings, directory, now=now)
    words = f"the service wants to be left alone for {done.wait / 60:.0f} minutes more" if done.wait else ""
    outcome = Outcome.UPDATED if done.changed else Outcome.UNCHANGED
    return Updated(
        name=name,
        outcome=Outcome.TOO_SOON if words else outcome,
        entries=done.entries,
        before=done.before,
        words=words,
    )


def imported_path(directory: Path, name: str, feed: Feed) -> Path:
    """The file that has the list."""
    return (prefixes_path if feed.format is FeedFormat.SAFE_BROWSING else path_of)(directory, name)


def open_imported(directory: Path, name: str, feed: Feed) -> FeedFile | PrefixFile | None:
    """The list as it was fetched last; None where there is none that can be read. Raises OSError."""
    path = imported_path(directory, name, feed)
    return open_prefixes(path) if feed.format is FeedFormat.SAFE_BROWSING else open_feed(path)


def heeded(directory: Path, name: str) -> None:
    """Everything that the list has now was heeded: keep it beside the one in use, for the next time. Raises OSError."""
    path = path_of(directory, name)
    kept = _heeded_path(path)
    new = path.with_name(f".{kept.name}{_PART}")
    new.unlink(missing_ok=True)
    os.link(path, new)
    os.replace(new, kept)
    new.unlink(missing_ok=True)  # both were the same file before: then nothing was replaced


def _heeded_path(path: Path) -> Path:
    return path.with_suffix(".heeded")


def open_feed(path: Path) -> FeedFile | None:
    """The list as it was imported last; None where there is none that can be read."""
    with suppress(FileNotFoundError, FeedDamaged):
        return FeedFile(path)
    return None


class _Update:
    """One update of one list."""

    def __init__(
        self,
        name: str,
        feed: Feed,
        settings: Feeds,
        directory: Path,
        before: FeedFile | None,
        *,
        force: bool,
        clock: Clock,
        heed: Heed | None,
    ) -> None:
        self._heed = heed
        self._name = name
        self._feed = feed
        self._settings = settings
        self._path = path_of(directory, name)
        self._before = before
        self._force = force
        self._now = clock()
        # What the list is made of: with another source or format, the one before is another list.
        made_of = f"{feed.source}\0{feed.format}\0{feed.entry_days}"
        self._source = hashlib.blake2b(made_of.encode(), digest_size=16).digest()
        self._is_same = before is not None and before.description.source == self._source

    def run(self) -> Updated:
        own = own_file(self._feed)
        if own is not None:
            with own.open("rb") as file:
                return self._import(file, "", "")
        if self._is_too_soon():
            return self._standing(Outcome.TOO_SOON)
        with tempfile.NamedTemporaryFile(dir=self._path.parent, prefix=f".{self._name}.", suffix=_PART) as file:
            description = self._before.description if self._before is not None and self._is_same else None
            etag, modified = (description.etag, description.modified) if description else ("", "")
            answer = fetch_feed(self._feed, self._settings, file, etag=etag, modified=modified)
            if answer.status == NOT_MODIFIED and description is not None:
                os.utime(self._path, (self._now, self._now))
                return self._standing(Outcome.UNCHANGED)
            if answer.status != OK:
                raise FeedUnreadable(_status_words(answer.status))
            file.seek(0)
            return self._import(file, answer.etag, answer.modified)

    def _is_too_soon(self) -> bool:
        if self._before is None or not self._is_same or self._force:
            return False
        return 0 <= self._now - self._before.checked_at < self._feed.least_minutes * 60

    def _standing(self, outcome: Outcome) -> Updated:
        known = len(self._before) if self._before is not None else 0
        return Updated(name=self._name, outcome=outcome, entries=known, before=known)

    def _import(self, file: IO[bytes], etag: str, modified: str) -> Updated:
        writer, tally = FeedWriter(salt_of(self._path.parent)), Tally()
        today = int(self._now // DAY)
        oldest = today - self._feed.entry_days if self._feed.entry_days else 0
        known = self._heeded(writer.salt) if self._heed is not None else None
        with unpacked(file, most_bytes=self._settings.most_bytes * UNPACKED_TIMES) as stream:
            for key, day in read_entries(stream, self._feed.format, tally):
                if day and day < oldest:
                    continue
                if writer.added >= self._settings.most_entries:
                    raise FeedUnreadable(
                        f"it has more than {self._settings.most_entries:,} entries (feeds.most_entries)"
                    )
                found = writer.add(key, min(day, today))
                if self._heed is not None and (known is None or known.day_of(found) is None):
                    self._heed(key)
        before = len(self._before) if self._before is not None and self._is_same else 0
        if not self._force:
            if not writer.added:
                raise FeedUnreadable("it has no entries (--force takes it over)")
            if writer.added < before * LEAST_SHARE:
                raise FeedUnreadable(f"it has {writer.added:,} entries and had {before:,} (--force takes it over)")
        description = Description(
            name=self._name,
            count=0,
            slots=1,
            salt=writer.salt,
            imported_at=self._now,
            source=self._source,
            etag=etag,
            modified=modified,
            skipped=tally.skipped,
        )
        same_salt = self._before is not None and self._before.description.salt == writer.salt
        dates = self._before if same_salt and self._is_same else None
        written = writer.write(self._path, description, today=today, before=dates)
        os.utime(self._path, (self._now, self._now))
        return Updated(
            name=self._name, outcome=Outcome.UPDATED, entries=written.count, before=before, skipped=tally.skipped
        )

    def _heeded(self, salt: bytes) -> FeedFile | None:
        """The list of which all entries were heeded; None where that was another list, or none."""
        file = None
        with suppress(OSError):
            file = open_feed(_heeded_path(self._path))
        is_same = file is not None and (file.description.source, file.description.salt) == (self._source, salt)
        return file if is_same else None


def _status_words(status: int) -> str:
    """What a status means for somebody who wants a list."""
    words = {401: "it does not accept the key", 403: "it does not accept the key", 404: "there is no such list"}
    words |= {429: "it was asked too often", 509: "it was asked too often"}
    return f"{words.get(status, 'the server does not give it')} (status {status})"
