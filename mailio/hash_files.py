"""Loads lists of SHA-256 hashes: `block*.txt` of malware, `allow*.txt` of good files; one a line, `#` begins a comment.
`similar*.txt` holds TLSH hashes of malware in the same form.

9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08  Invoice loader, found 2 May
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

from mailcore.entries import HashedEntries
from mailcore.errors import ConfigurationError
from mailcore.known_files import HashList, SimilarList, Standing

# From this size on a list is kept as 8 bytes a hash, without its words.
LARGE_BYTES = 4_000_000
BATCH = 100_000  # hashes
MOST_WORDS = 120  # characters

_STANDINGS = {"block": Standing.MALWARE, "allow": Standing.GOOD}
MOST_SIMILAR = 10_000  # hashes of one list that every file is compared with: about a millisecond

_NAME = re.compile(r"(block|allow)(?:[-_][a-z0-9_-]{1,60})?")
_SIMILAR_NAME = re.compile(r"similar(?:[-_][a-z0-9_-]{1,60})?")
_SIMILAR_LINE = re.compile(r"\s*(?:(?P<hash>(?:[Tt]1)?[0-9a-fA-F]{70})(?:[\s,;]\s*(?P<words>[^#\n]*))?)?(?:#.*)?\s*")
_LINE = re.compile(r"\s*(?:(?P<hash>[0-9a-fA-F]{64})(?:[\s,;]\s*(?P<words>[^#\n]*))?)?(?:#.*)?\s*")


def load_hash_lists(directories: Iterable[Path]) -> tuple[HashList, ...]:
    """The lists in these directories.

    Raises ConfigurationError, with file and line where there is one, for a directory or file that cannot be read, a
    name that is neither `block...` nor `allow...`, and a line that is no hash.
    """
    return tuple(_load(path) for directory in directories for path in _files(directory))


def load_similar_lists(directories: Iterable[Path]) -> tuple[SimilarList, ...]:
    """Lists of TLSH hashes, `similar*.txt`, in these directories. Raises ConfigurationError likewise."""
    paths = (path for directory in directories for path in _files(directory, similar=True))
    return tuple(_load_similar(path) for path in paths)


def _load_similar(path: Path) -> SimilarList:
    if _SIMILAR_NAME.fullmatch(path.stem) is None:
        raise ConfigurationError(f"{path}: expected a name such as similar.txt or similar-feed.txt")
    found: list[tuple[str, str]] = []
    try:
        with path.open(encoding="utf-8-sig", errors="replace") as file:
            for number, line in enumerate(file, 1):
                read = _SIMILAR_LINE.fullmatch(line)
                if read is None:
                    raise ConfigurationError(
                        f"{path}:{number}: expected a TLSH (T1 and 70 hexadecimal digits), then words if any"
                    )
                if read["hash"]:
                    found.append((read["hash"].upper(), (read["words"] or "").strip()[:MOST_WORDS]))
                if len(found) > MOST_SIMILAR:
                    raise ConfigurationError(f"{path}: more than {MOST_SIMILAR:,} hashes: files are compared with all")
    except OSError as error:
        raise ConfigurationError(f"{path}: cannot be read: {error.strerror}") from None
    return SimilarList(name=path.stem, hashes=tuple(found))


def _files(directory: Path, *, similar: bool = False) -> list[Path]:
    if not directory.is_dir():
        raise ConfigurationError(f"{directory}: there is no such directory; lists of hashes are `*.txt` files there")
    return sorted(path for path in directory.glob("*.txt") if path.name.startswith("similar") is similar)


def _load(path: Path) -> HashList:
    name = _NAME.fullmatch(path.stem)
    if name is None:
        raise ConfigurationError(f"{path}: expected a name such as block.txt, block-feed.txt or allow-own.txt")
    standing = _STANDINGS[name[1]]
    try:
        with path.open(encoding="utf-8-sig", errors="replace") as file:
            lines = _lines(file, path)
            if path.stat().st_size >= LARGE_BYTES:
                hashes = (sha256 for sha256, _ in lines)
                return HashList(name=path.stem, standing=standing, hashes=HashedEntries(_batches(hashes)))
            entries = dict(lines)
    except OSError as error:
        raise ConfigurationError(f"{path}: cannot be read: {error.strerror}") from None
    words = {sha256: said for sha256, said in entries.items() if said}
    return HashList(name=path.stem, standing=standing, hashes=frozenset(entries), words=words)


def _lines(file: Iterable[str], path: Path) -> Iterator[tuple[str, str]]:
    """Hash and words of each line that has one. Raises ConfigurationError."""
    for number, line in enumerate(file, 1):
        read = _LINE.fullmatch(line)
        if read is None:
            raise ConfigurationError(f"{path}:{number}: expected a SHA-256 (64 hexadecimal digits), then words if any")
        if read["hash"]:
            yield read["hash"].lower(), (read["words"] or "").strip()[:MOST_WORDS]


def _batches(hashes: Iterator[str]) -> Iterator[list[str]]:
    while batch := list(islice(hashes, BATCH)):
        yield batch
