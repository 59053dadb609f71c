"""Loads the lists of `configs/lists/` from disk: one entry a line, `#` begins a comment."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import idna

from mailcore.entries import Entries, HashedEntries
from mailcore.errors import ConfigurationError
from mailcore.view import TYPED_LISTS, Lists

FREE_MAIL = "free-mail.txt"

LARGE_BYTES = 4_000_000  # from this size on a list is kept as hashes: a set takes some 120 bytes an entry
BATCH_BYTES = 4_000_000  # what is read of a large list at once

_NAME = re.compile(r"[a-z][a-z0-9]*(?:[-_][a-z0-9]+)*")
_COMMENT = re.compile(r"#[^\n]*")
_TWO_WORDS = re.compile(r"\S[ \t]+\S")


def load_lists(directory: Path) -> Lists:
    """The lists: `risky-tlds.txt` is the field `risky_tlds` or, for a name that the code does not know, one of `own`.

    Raises ConfigurationError for a file that cannot be read, whose name is none, or that has two words on a line.
    """
    typed: dict[str, Entries] = {}
    own: dict[str, Entries] = {}
    for name, path in _files(directory).items():
        (typed if name in TYPED_LISTS else own)[name] = load_list(path)
    return Lists(**typed, own=own)


def list_names(directory: Path) -> tuple[str, ...]:
    """Names that rules may ask for: those the code knows, and one for each file. Raises ConfigurationError."""
    return tuple(dict.fromkeys((*TYPED_LISTS, *_files(directory))))


def _files(directory: Path) -> dict[str, Path]:
    if not directory.is_dir():
        raise ConfigurationError(f"{directory}: there is no such directory; lists are `*.txt` files there")
    files: dict[str, Path] = {}
    for path in sorted(directory.glob("*.txt")):
        name = path.stem.replace("-", "_")
        if not _NAME.fullmatch(path.stem):
            raise ConfigurationError(f"{path}: a list is named in lower case letters, digits and hyphens")
        if name in files:
            raise ConfigurationError(f"{path}: {files[name]} has the same name for rules")
        files[name] = path
    return files


def load_list(path: Path) -> Entries:
    """The entries of one list. Raises ConfigurationError as `load_lists` does."""
    try:
        size = path.stat().st_size
        if size >= LARGE_BYTES:
            return HashedEntries(_batches(path, BATCH_BYTES))
        return frozenset(word for words in _batches(path, LARGE_BYTES) for word in words)
    except OSError as error:
        raise ConfigurationError(f"{path}: cannot be read: {error.strerror}") from None


def _batches(path: Path, size: int) -> Iterator[list[str]]:
    """Words of as many whole lines as fit into `size` bytes, again and again. Raises ConfigurationError, OSError."""
    first = 1
    with path.open("rb") as file:
        while lines := file.readlines(size):
            yield _words(path, lines, first)
            first += len(lines)


def _words(path: Path, lines: list[bytes], first: int) -> list[str]:
    """Lists may have millions of entries: work on the whole text, and on lines only where something is wrong."""
    try:
        text = b"".join(lines).decode("utf-8-sig" if first == 1 else "utf-8").lower()
    except UnicodeDecodeError:
        raise ConfigurationError(f"{path}:{first + _undecodable(lines)}: is not UTF-8 text") from None
    if "#" in text:
        text = _COMMENT.sub("", text)
    if (" " in text or "\t" in text) and (two := _TWO_WORDS.search(text)):
        line = first + text.count("\n", 0, two.start())
        raise ConfigurationError(f"{path}:{line}: one entry a line; a comment begins with #")
    words = text.split()
    return words if text.isascii() else [*words, *_as_on_the_wire(words)]


def _undecodable(lines: list[bytes]) -> int:
    for index, line in enumerate(lines):
        try:
            line.decode()
        except UnicodeDecodeError:
            return index
    return 0


def _as_on_the_wire(words: list[str]) -> Iterator[str]:
    """Links have domains in their ASCII form (`xn--...`); people write lists in their own letters."""
    for word in words:
        if not word.isascii():
            try:
                yield idna.encode(word, uts46=True).decode()
            except idna.IDNAError:
                continue  # no domain: it stands for itself
