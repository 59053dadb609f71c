"""The list of icons of brands' own pages: `configs/lists/icons.txt`, lines of `SHA-256:brand`."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping

LIST = "icons"
MOST_BYTES = 262_144  # of an icon of a page: larger ones are not fetched
_SHA256 = re.compile(r"[0-9a-f]{64}")


def is_sha256(word: str) -> bool:
    """Whether it is a SHA-256 in small hexadecimal digits."""
    return _SHA256.fullmatch(word) is not None


def entry_of(sha256: str, brand: str) -> str:
    """The line of the list; `brand` is its name as one word in small letters."""
    return f"{sha256}:{brand}"


def read_entry(entry: str) -> tuple[str, str] | None:
    """SHA-256 and brand of a line; None where it is none."""
    sha256, _, brand = entry.partition(":")
    return (sha256, brand) if brand and is_sha256(sha256) else None


@functools.lru_cache(maxsize=4)
def read_entries(entries: frozenset[str]) -> Mapping[str, tuple[str, ...]]:
    """Brands by SHA-256 (companies of one group share icons); lines that are none are left out."""
    known: dict[str, tuple[str, ...]] = {}
    for sha256, brand in filter(None, map(read_entry, sorted(entries))):
        known[sha256] = (*known.get(sha256, ()), brand)
    return known
