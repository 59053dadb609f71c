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
from workers.content.normalise import normalise

# What hyperscan cannot do (look-around, back-references) runs in `re`, which has no time limit: such patterns
# may not repeat without bound, their repeats multiply to at most this, and they see this many characters.
# Together that is at most some ten million steps.
FALLBACK_REPEATS = 1_000
FALLBACK_CHARACTERS = 10_000

_QUANTIFIER = re.compile(r"[*+]|\{(\d*)(,?)(\d*)\}")


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
            regex=_regex(comparison.operator, text),
            cased=comparison.cased,
            field=comparison.field,
            place=comparison.place,
        )


def _regex(operator: Operator, text: str) -> str:
    if operator is Operator.REGEX:
        return text
    literal = re.escape(normalise(text).decode())
    begin = "^" if operator in (Operator.EQUALS, Operator.STARTSWITH) else ""
    end = "$" if operator in (Operator.EQUALS, Operator.ENDSWITH) else ""
    return f"{begin}{literal}{end}"


def scanned_bytes(values: tuple[str, ...]) -> bytes:
    """What is scanned of the values of a field: normalised, each on a line of its own, in valid UTF-8."""
    if len(values) == 1:
        return normalise(values[0])
    joined = "\n".join(values)
    if joined.isascii() and "  " not in joined and joined.count("\n") == len(values) - 1:
        return joined.encode()  # many short values, such as hosts: one by one they cost more than all the text
    return b"\n".join(map(normalise, values))


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

    def scan(self, data: bytes) -> dict[int, int]:
        """Numbers of the comparisons that match, each with the offset (in bytes) where its first match ends.

        `data` are the values of the field as `scanned_bytes` makes them.
        """
        ends: dict[int, int] = {}

        def on_match(index: int, _start: int, end: int, _flags: int, _context: object) -> None:
            ends.setdefault(index, end)

        if self._database is not None and data:
            self._database.scan(data, match_event_handler=on_match, scratch=self._scratch())
        fired: dict[int, int] = {}
        for index, end in ends.items():
            if index in self.fallbacks and not self._confirm(index, data):
                continue
            for number in self._numbers[index]:
                fired.setdefault(number, end)
        for index in self._unfiltered:
            if self._confirm(index, data):
                fired.update(dict.fromkeys(self._numbers[index], 0))
        return fired

    def _confirm(self, index: int, data: bytes) -> bool:
        text = data.decode("utf-8", "replace")[:FALLBACK_CHARACTERS]
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
            check_fallback(pattern, str(error))
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


def check_fallback(pattern: Pattern, refusal: str) -> None:
    """Raises ConfigurationError for a pattern that hyperscan refuses and that `re` might take for ever over."""
    product = 1
    for low, comma, high in _repeats(pattern.regex):
        limit = high if comma else low
        product *= int(limit) if limit else FALLBACK_REPEATS + 1
    if product > FALLBACK_REPEATS:
        raise ConfigurationError(
            f"{pattern.place}: hyperscan refuses this pattern ({refusal}), and without it repeats need bounds that "
            f"multiply to at most {FALLBACK_REPEATS}: write {{0,20}} instead of * and +, or leave out what it refuses"
        )


def _repeats(regex: str) -> Iterator[tuple[str, str, str]]:
    """Low bound, comma and high bound of each repeat; empty where there is none."""
    bare = re.sub(r"\\.", "x", re.sub(r"\[\^?\]?(?:\\.|[^\]\\])*\]", "x", regex))
    for match in _QUANTIFIER.finditer(bare):
        yield match.group(1) or "", match.group(2) or "", match.group(3) or ""


def _database(patterns: list[Pattern], indexes: list[int], flags: list[int]) -> hyperscan.Database:
    database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
    expressions = [pattern.regex.encode() for pattern in patterns]
    database.compile(expressions=expressions, ids=indexes, elements=len(expressions), flags=flags)
    return database
