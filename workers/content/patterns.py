"""All patterns of one field in one hyperscan database: the cost grows with the text, not with the number of rules."""

from __future__ import annotations

import hashlib
import platform
import re
import threading
from collections.abc import Iterable, Iterator
from typing import Protocol

import hyperscan
from msgspec import Struct

from mailcore.errors import ConfigurationError
from mailcore.rule_fields import Field
from mailcore.rules import Comparison, Operator
from workers.content.expressions import FALLBACK_CHARACTERS, check_fallback, check_size
from workers.content.normalise import normaliser

# Ten thousand rules come to some 10 MB a field. What is larger would push everything else out of the caches.
MAX_DATABASE_BYTES = 256_000_000


class Pattern(Struct, frozen=True, kw_only=True):
    """One regular expression that stands for comparison `number`."""

    number: int
    regex: str
    cased: bool
    field: Field
    place: str

    @property
    def flags(self) -> int:
        """Flags of hyperscan. One report a pattern is enough; `^` and `$` match at the ends of lines and values."""
        flags = hyperscan.HS_FLAG_SINGLEMATCH | hyperscan.HS_FLAG_MULTILINE
        flags |= 0 if self.cased else hyperscan.HS_FLAG_CASELESS
        flags |= hyperscan.HS_FLAG_DOTALL if self.field.is_running_text else 0
        return int(flags | (0 if self.regex.isascii() else hyperscan.HS_FLAG_UTF8))

    def in_python(self) -> re.Pattern[str]:
        flags = re.MULTILINE | (0 if self.cased else re.IGNORECASE)
        return re.compile(self.regex, flags | (re.DOTALL if self.field.is_running_text else 0))


def patterns_of(comparison: Comparison, number: int) -> Iterator[Pattern]:
    """The patterns of a comparison with `contains`, `equals`, `startswith`, `endswith` or `regex`."""
    for text in comparison.texts:
        yield Pattern(
            number=number,
            regex=_regex(comparison, text),
            cased=comparison.cased,
            field=comparison.field,
            place=comparison.place,
        )


def _regex(comparison: Comparison, text: str) -> str:
    operator = comparison.operator
    if operator is Operator.REGEX:
        return text
    literal = re.escape(text if comparison.raw else normaliser(comparison.field)(text).decode())
    begin = "^" if operator in (Operator.EQUALS, Operator.STARTSWITH) else ""
    end = "$" if operator in (Operator.EQUALS, Operator.ENDSWITH) else ""
    return f"{begin}{literal}{end}"


class PatternCache(Protocol):
    """Where compiled databases are kept from one start to the next; see `mailio.pattern_cache`."""

    def get(self, key: str) -> bytes | None: ...

    def put(self, key: str, data: bytes) -> None: ...


class FieldScanner:
    """The compiled patterns of one field. Built once, before processes fork; scanning is safe from any thread."""

    def __init__(self, field: Field, patterns: Iterable[Pattern], cache: PatternCache | None = None) -> None:
        """Raises ConfigurationError for a pattern that neither hyperscan nor the guarded fallback can take."""
        self.field = field
        self._cache = cache
        self.fallbacks: dict[int, tuple[Pattern, re.Pattern[str]]] = {}
        self._unfiltered: list[int] = []
        # A rule file repeats phrases, and hyperscan merges nothing: each distinct expression is compiled once.
        self._numbers: list[tuple[int, ...]] = []
        self._scratches = threading.local()
        self._database = self._compile(list(patterns))

    @property
    def pattern_count(self) -> int:
        return len(self._numbers)

    def scan(self, data: bytes) -> dict[int, int]:
        """Numbers of the comparisons that match, each with the offset (in bytes) where its first match ends.

        `data` are the values of the field, each on a line of its own, in valid UTF-8.
        """
        ends: list[tuple[int, int]] = []

        def on_match(index: int, _start: int, end: int, _flags: int, _context: object) -> None:
            ends.append((index, end))

        if self._database is not None and data:
            self._database.scan(data, match_event_handler=on_match, scratch=self._scratch())
        fired: dict[int, int] = {}
        for index, end in ends:
            if index in self.fallbacks and not self._confirm(index, data):
                continue
            for number in self._numbers[index]:
                if number not in fired:
                    fired[number] = end
        for index in self._unfiltered:
            if self._confirm(index, data):
                fired.update(dict.fromkeys(self._numbers[index], 0))
        return fired

    def _confirm(self, index: int, data: bytes) -> bool:
        text = data[: 4 * FALLBACK_CHARACTERS].decode("utf-8", "replace")[:FALLBACK_CHARACTERS]
        return self.fallbacks[index][1].search(text) is not None

    def _scratch(self) -> hyperscan.Scratch:
        """Working memory of hyperscan, one for each thread; a forked child has its own copy."""
        scratch = getattr(self._scratches, "scratch", None)
        if scratch is None:
            scratch = self._scratches.scratch = hyperscan.Scratch(self._database)
        return scratch

    def _compile(self, patterns: list[Pattern]) -> hyperscan.Database | None:
        merged: dict[tuple[str, int], list[Pattern]] = {}
        for pattern in patterns:
            merged.setdefault((pattern.regex, pattern.flags), []).append(pattern)
        distinct = [group[0] for group in merged.values()]
        self._numbers = [tuple(pattern.number for pattern in group) for group in merged.values()]
        for pattern in distinct:
            check_size(pattern.regex, pattern.place)
        indexes = list(range(len(distinct)))
        flags = [pattern.flags for pattern in distinct]
        key = _key(distinct, flags)
        kept = _load(self._cache.get(key)) if self._cache is not None else None
        if kept is not None:
            return kept
        try:
            database = _database(distinct, indexes, flags)
        except hyperscan.HyperscanError:
            pass  # one of them is refused: which one is found below, one by one
        else:
            _check_database(database, self.field, distinct)
            if self._cache is not None:
                self._cache.put(key, hyperscan.dumpb(database))
            return database
        accepted: list[int] = []
        for index in indexes:
            flags[index] = self._accept(index, distinct[index])
            accepted += [] if index in self._unfiltered else [index]
        if not accepted:
            return None
        return _database([distinct[i] for i in accepted], accepted, [flags[i] for i in accepted])

    def _accept(self, index: int, pattern: Pattern) -> int:
        """The flags with which hyperscan takes the pattern; one that it refuses becomes a fallback."""
        try:
            _database([pattern], [0], [pattern.flags])
        except hyperscan.HyperscanError as error:
            check_fallback(pattern.regex, pattern.place, str(error))
        else:
            return pattern.flags
        self.fallbacks[index] = (pattern, pattern.in_python())
        flags = pattern.flags | int(hyperscan.HS_FLAG_PREFILTER)  # finds candidates; `re` confirms them
        try:
            _database([pattern], [0], [flags])
        except hyperscan.HyperscanError:
            self._unfiltered.append(index)
        return flags


def _key(patterns: list[Pattern], flags: list[int]) -> str:
    """Names a database. Which hyperscan compiled it, and for which processor, hyperscan itself checks on loading."""
    digest = hashlib.sha256(platform.machine().encode())
    for pattern, flag in zip(patterns, flags, strict=True):
        digest.update(f"\n{flag} {pattern.regex}".encode())
    return digest.hexdigest()


def _load(kept: bytes | None) -> hyperscan.Database | None:
    """The database, or None where it was compiled for another machine or is damaged (hyperscan checks a CRC)."""
    if kept is None:
        return None
    try:
        return hyperscan.loadb(kept, hyperscan.HS_MODE_BLOCK)
    except hyperscan.HyperscanError:
        return None


def _check_database(database: hyperscan.Database, field: Field, patterns: list[Pattern]) -> None:
    size = database.size()
    if size > MAX_DATABASE_BYTES:
        largest = max(patterns, key=lambda pattern: _database([pattern], [0], [pattern.flags]).size())
        raise ConfigurationError(
            f"{largest.place}: the patterns of {field.name} compile to {size / 1e6:,.0f} MB, at most "
            f"{MAX_DATABASE_BYTES / 1e6:,.0f} are kept; this one is the largest: write smaller counts"
        )


def _database(patterns: list[Pattern], indexes: list[int], flags: list[int]) -> hyperscan.Database:
    database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
    expressions = [pattern.regex.encode() for pattern in patterns]
    database.compile(expressions=expressions, ids=indexes, elements=len(expressions), flags=flags)
    return database
