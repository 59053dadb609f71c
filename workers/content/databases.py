"""Hyperscan databases: compiled or taken from the cache, refused where they are huge, scanned from any thread."""

from __future__ import annotations

import hashlib
import platform
import threading
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from typing import Protocol

import hyperscan
from msgspec import Struct, msgpack

from mailcore.errors import ConfigurationError

# Ten thousand rules come to some 10 MB a field. What is larger would push everything else out of the caches.
MAX_DATABASE_BYTES = 256_000_000

MULTILINE = int(hyperscan.HS_FLAG_MULTILINE)
ONCE = int(hyperscan.HS_FLAG_SINGLEMATCH)
CASELESS = int(hyperscan.HS_FLAG_CASELESS)
DOTALL = int(hyperscan.HS_FLAG_DOTALL)
UTF8 = int(hyperscan.HS_FLAG_UTF8)
PREFILTER = int(hyperscan.HS_FLAG_PREFILTER)

OnMatch = Callable[[int, int, int, int, object], bool | None]


class PatternCache(Protocol):
    """Where compiled databases are kept from one start to the next; see `mailio.pattern_cache`."""

    def get(self, key: str) -> bytes | None: ...

    def put(self, key: str, data: bytes) -> None: ...

    def alone(self, key: str) -> AbstractContextManager[None]: ...


class Expression(Struct, frozen=True):
    """A regular expression, the flags of hyperscan, and `file:line` of where it stands."""

    regex: str
    flags: int
    place: str


class RefusedError(Exception):
    """Hyperscan does not take the expression; the text says why."""


class Scannable:
    """One database with its working memory, which each thread has for itself; forked children have copies."""

    def __init__(self, database: hyperscan.Database) -> None:
        self._database = database
        self._scratches = threading.local()

    def scan(self, data: bytes, on_match: OnMatch) -> bool:
        """Call `on_match(index, start, end, flags, context)` for each match until it returns True. Whether it did."""
        scratch = getattr(self._scratches, "scratch", None)
        if scratch is None:
            scratch = self._scratches.scratch = hyperscan.Scratch(self._database)
        try:
            self._database.scan(data, match_event_handler=on_match, scratch=scratch)
        except hyperscan.ScanTerminated:
            return True
        return False


def compiled(expressions: Sequence[Expression], cache: PatternCache | None, field: str) -> Scannable | None:
    """All expressions in one database, which reports their indexes; None for no expressions.

    Raises RefusedError where hyperscan does not take one of them, ConfigurationError where it becomes huge.
    """
    if not expressions:
        return None
    found = _cached(cache, expressions, lambda: [_dumped(expressions, field)])
    return Scannable(found[0])


# Eight hundred expressions in one database take three times as long to compile as in four, and match no faster. Each
# is kept by itself: whoever edits a rule waits for the database that it is in.
MOST_TOGETHER = 200


def compiled_in_groups(
    expressions: Sequence[Expression], cache: PatternCache | None, field: str
) -> list[tuple[Scannable, tuple[int, ...]]]:
    """Databases of neighbouring rules, each with the positions of its expressions. Raises as `compiled` does."""
    found = []
    for positions in groups_of(expressions):
        scannable = compiled([expressions[position] for position in positions], cache, field)
        if scannable is not None:
            found.append((scannable, positions))
    return found


def groups_of(expressions: Sequence[Expression]) -> list[tuple[int, ...]]:
    """Positions of the expressions that go together: of one folder and one kind of text, at most MOST_TOGETHER."""
    by_home: dict[tuple[bool, str], list[int]] = {}
    for position, expression in enumerate(expressions):
        home = expression.place.rpartition(":")[0].rpartition("/")[0]
        by_home.setdefault((bool(expression.flags & UTF8), home), []).append(position)
    groups: list[tuple[int, ...]] = []
    kind_before: bool | None = None
    for (kind, _), positions in sorted(by_home.items()):
        for start in range(0, len(positions), MOST_TOGETHER):
            part = tuple(positions[start : start + MOST_TOGETHER])
            if groups and kind == kind_before and len(groups[-1]) + len(part) <= MOST_TOGETHER:
                groups[-1] += part
            else:
                groups.append(part)
            kind_before = kind
    return groups


def compiled_apart(expressions: Sequence[Expression], cache: PatternCache | None, field: str) -> list[Scannable]:
    """A database for each expression. Raises as `compiled` does."""
    if not expressions:
        return []
    databases = _cached(
        cache, expressions, lambda: [_dumped([expression], field) for expression in expressions], apart=True
    )
    return list(map(Scannable, databases))


def check_accepted(expression: Expression) -> None:
    """Raises RefusedError where hyperscan does not take the expression."""
    _database([expression])


def _cached(
    cache: PatternCache | None,
    expressions: Sequence[Expression],
    compile_all: Callable[[], list[bytes]],
    *,
    apart: bool = False,
) -> list[hyperscan.Database]:
    if cache is None:
        return _usable(compile_all())
    key = _key(expressions, apart=apart)
    kept = _loaded(cache.get(key))
    if kept is not None:
        return kept
    with cache.alone(key):
        kept = _loaded(cache.get(key))  # from whoever was first
        if kept is not None:
            return kept
        dumps = compile_all()
        cache.put(key, msgpack.encode(dumps))
    return _usable(dumps)


def _usable(dumps: Iterable[bytes]) -> list[hyperscan.Database]:
    return [hyperscan.loadb(data, hyperscan.HS_MODE_BLOCK) for data in dumps]


def _key(expressions: Sequence[Expression], *, apart: bool) -> str:
    """Names databases. Which hyperscan compiled them, and for which processor, hyperscan itself checks on loading."""
    digest = hashlib.sha256(f"{platform.machine()} {apart}".encode())
    for expression in expressions:
        digest.update(f"\n{expression.flags} {expression.regex}".encode())
    return digest.hexdigest()


def _loaded(kept: bytes | None) -> list[hyperscan.Database] | None:
    """The databases, or None where they were compiled for another machine or are damaged (hyperscan checks a CRC)."""
    if kept is None:
        return None
    try:
        return _usable(msgpack.decode(kept, type=list[bytes]))
    except (hyperscan.HyperscanError, ValueError):
        return None


def _dumped(expressions: Sequence[Expression], field: str) -> bytes:
    database = _database(expressions)
    size = database.size()
    if size > MAX_DATABASE_BYTES:
        largest = max(expressions, key=lambda expression: _database([expression]).size())
        raise ConfigurationError(
            f"{largest.place}: the patterns of {field} compile to {size / 1e6:,.0f} MB, at most "
            f"{MAX_DATABASE_BYTES / 1e6:,.0f} are kept; this one is the largest: write smaller counts"
        )
    return bytes(hyperscan.dumpb(database))


def _database(expressions: Sequence[Expression]) -> hyperscan.Database:
    database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
    try:
        database.compile(
            # A NUL would end the expression: it is a string of C.
            expressions=[expression.regex.replace("\0", r"\x00").encode() for expression in expressions],
            ids=list(range(len(expressions))),
            elements=len(expressions),
            flags=[expression.flags for expression in expressions],
        )
    except hyperscan.HyperscanError as error:
        raise RefusedError(str(error)) from None
    return database
