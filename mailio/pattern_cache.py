"""Compiled patterns kept on disk: compiling all rules takes seconds, loading them back less than a millisecond."""

from __future__ import annotations

import fcntl
import os
import re
import stat
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

_KEY = re.compile(r"[0-9a-f]{16,64}")
MAX_FILES = 200  # a few versions of the rules; what nobody has used for longest goes
LONGEST_WAIT = 60.0  # seconds; all rules take half of that


class PatternCache:
    """Files named by key in each directory that can be used. A cache that cannot be used costs time, nothing else.

    A file is believed only if this user or root wrote it and nobody else could: it ends up in the C code of the
    pattern matcher.
    """

    def __init__(self, directories: Iterable[Path]) -> None:
        self._directories = tuple(directories)

    def get(self, key: str) -> bytes | None:
        """What was kept under that key, or None."""
        for directory in self._directories:
            try:
                with (directory / _checked(key)).open("rb") as file:
                    if _is_ours(os.fstat(file.fileno())):
                        _mark_used(file.fileno())
                        return file.read()
            except OSError:
                continue
        return None

    def put(self, key: str, data: bytes) -> None:
        """Keep it under that key, whole or not at all: a second installation of the same person starts fast too."""
        for directory in self._directories:
            try:
                _write(directory, _checked(key), data)
            except OSError:
                continue

    @contextmanager
    def alone(self, key: str) -> Iterator[None]:
        """In the block nobody else is about to put that key: processes that start together compile once.

        Who has waited too long, or cannot lock, goes on: two then do the same work.
        """
        with ExitStack() as locks:
            for directory in self._directories:
                locks.enter_context(_locked(directory, _checked(key)))
            yield


@contextmanager
def _locked(directory: Path, key: str) -> Iterator[None]:
    file = directory / f".{key}"
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError:
        yield
        return
    try:
        until = time.monotonic() + LONGEST_WAIT
        while not _takes(descriptor) and time.monotonic() < until:
            time.sleep(0.05)
        yield
    finally:
        file.unlink(missing_ok=True)
        os.close(descriptor)


def _takes(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:  # a file system without locks
        return True
    return True


def _mark_used(descriptor: int) -> None:
    """What is in use stays, however long ago it was compiled."""
    try:
        os.utime(descriptor)
    except OSError:  # a file of root's, or a file system that is mounted to be read only
        return


def _write(directory: Path, key: str, data: bytes) -> None:
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=directory, delete=False) as file:
        aside = Path(file.name)
        try:
            file.write(data)
            file.flush()
            aside.replace(directory / key)
        except OSError:  # the disk is full
            aside.unlink(missing_ok=True)
            raise
    _forget_oldest(directory)


def cache_directories(state_dir: Path) -> tuple[Path, ...]:
    """The state directory, and for a person who may not write there, the cache of his own."""
    try:
        home = Path.home()
    except RuntimeError:  # no home directory: a container with a bare user id
        return (state_dir / "patterns",)
    return (state_dir / "patterns", home / ".cache" / "mailchord" / "patterns")


def _checked(key: str) -> str:
    if not _KEY.fullmatch(key):
        raise ValueError(f"a key is a hexadecimal digest, got {key[:80]!r}")
    return key


def _is_ours(status: os.stat_result) -> bool:
    return status.st_uid in (0, os.geteuid()) and not status.st_mode & (stat.S_IWGRP | stat.S_IWOTH)


def _forget_oldest(directory: Path) -> None:
    files = sorted(directory.iterdir(), key=lambda path: path.stat().st_mtime)
    for path in files[:-MAX_FILES]:
        path.unlink(missing_ok=True)
