"""Looks for all patterns of one field at once: the cost grows with the text, not with the number of rules."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from msgspec import Struct, field, structs

from mailcore.fields.kinds import Field
from workers.content.databases import (
    ONCE,
    PREFILTER,
    Expression,
    PatternCache,
    RefusedError,
    check_accepted,
    compiled,
    compiled_apart,
)
from workers.content.expressions import FALLBACK_CHARACTERS, Words, check_fallback, check_size
from workers.content.patterns import Pattern

# A text that repeats our words reports them again and again: from here on each is reported once, which is slower.
MOST_REPORTS = 20_000


class Found(Struct, kw_only=True):
    """What a scan found: numbers of comparisons with the byte where their first match ends, and those that may match:
    words that they need were found."""

    fired: dict[int, int] = field(default_factory=dict)
    possible: set[int] = field(default_factory=set)
    words: frozenset[str] = frozenset()


class FieldScanner:
    """The compiled patterns of one field. Built once, before processes fork; scanning is safe from any thread."""

    def __init__(self, of: Field, patterns: Iterable[Pattern], cache: PatternCache | None = None) -> None:
        """Raises ConfigurationError for a pattern that neither hyperscan nor the guarded fallback can take."""
        self.field = of
        # A rule file repeats phrases, and hyperscan merges nothing: each distinct expression is compiled once.
        merged: dict[Expression, list[Pattern]] = {}
        for pattern in patterns:
            merged.setdefault(structs.replace(pattern.expression, place=""), []).append(pattern)
        self.pattern_count = len(merged)
        for same in merged.values():
            check_size(same[0].regex, same[0].place)
        words = [same for same in merged.values() if same[0].word]
        opened = [same for same in merged.values() if same[0].is_open]
        others = [same for same in merged.values() if not same[0].word and not same[0].is_open]
        self._open = OpenPatterns(of, opened, cache)
        others += self._open.refused
        self._words = WordTable(of, words, self._open, cache)
        self._whole = WholePatterns(of, others, cache)

    @property
    def fallbacks(self) -> list[Pattern]:
        """Patterns that hyperscan refused."""
        return [pattern for pattern, _ in self._whole.fallbacks.values()]

    def scan(self, data: bytes) -> Found:
        """`data` are the values of the field, each on a line of its own, in valid UTF-8."""
        found = Found()
        if data:
            self._words.scan(data, found)
            self._whole.scan(data, found.fired)
        return found

    def end_of(self, number: int, data: bytes, words: frozenset[str]) -> int | None:
        """Where the first match ends of a comparison that is possible; None where there is none."""
        return self._open.end_of(number, data, words)


class OpenPatterns:
    """Patterns with long repeats, each in a database of its own: looked for only when a rule asks and words allow."""

    def __init__(self, of: Field, merged: Sequence[list[Pattern]], cache: PatternCache | None) -> None:
        self.refused: list[list[Pattern]] = []
        accepted = list(merged)
        try:
            self._databases = compiled_apart([same[0].expression for same in accepted], cache, of.name)
        except RefusedError:
            accepted = [same for same in merged if self._is_accepted(same)]
            self._databases = compiled_apart([same[0].expression for same in accepted], cache, of.name)
        self._needs: list[tuple[Words, ...]] = [same[0].needs.words for same in accepted]
        self._of: dict[int, list[int]] = {}
        # Each word of the rarest set that a pattern needs, with the comparisons that it makes possible.
        self.by_word: dict[str, list[int]] = {}
        for index, same in enumerate(accepted):
            for pattern in same:
                self._of.setdefault(pattern.number, []).append(index)
                for word in self._needs[index][0]:
                    self.by_word.setdefault(word, []).append(pattern.number)

    @property
    def all_words(self) -> set[str]:
        return {word for needs in self._needs for words in needs for word in words}

    def end_of(self, number: int, data: bytes, words: frozenset[str]) -> int | None:
        ends: list[int] = []

        def on_match(_index: int, _start: int, end: int, _flags: int, _context: object) -> None:
            ends.append(end)

        for index in self._of.get(number, ()):
            if not any(needed.isdisjoint(words) for needed in self._needs[index]):
                self._databases[index].scan(data, on_match)
            if ends:
                return ends[0]
        return None

    def _is_accepted(self, same: list[Pattern]) -> bool:
        try:
            check_accepted(same[0].expression)
        except RefusedError:
            self.refused.append(same)
            return False
        return True


class WordTable:
    """Plain texts, and the words that open patterns need: tens of thousands are looked for in one pass."""

    def __init__(
        self, of: Field, merged: Sequence[list[Pattern]], opened: OpenPatterns, cache: PatternCache | None
    ) -> None:
        numbers: dict[str, list[int]] = {}
        for same in merged:
            numbers.setdefault(same[0].word, []).extend(pattern.number for pattern in same)
        self._words = sorted({*numbers, *opened.all_words})
        self._numbers = [tuple(dict.fromkeys(numbers.get(word, ()))) for word in self._words]
        self._possible = [tuple(dict.fromkeys(opened.by_word.get(word, ()))) for word in self._words]
        # The text is made lower case, and each place is reported: three times as fast as without capitals and once.
        self._fast = compiled([Expression(re.escape(word), 0, "") for word in self._words], cache, of.name)
        self._once = compiled([Expression(re.escape(word), ONCE, "") for word in self._words], cache, of.name)

    def scan(self, data: bytes, found: Found) -> None:
        if self._fast is None or self._once is None:
            return
        ends: dict[int, int] = {}
        left = MOST_REPORTS

        def on_match(index: int, _start: int, end: int, _flags: int, _context: object) -> bool:
            nonlocal left
            left -= 1
            if index not in ends:
                ends[index] = end
            return left == 0

        lower = data.lower()
        if self._fast.scan(lower, on_match):
            left = -1
            self._once.scan(lower, on_match)
        fired = found.fired
        for index, end in ends.items():
            for number in self._numbers[index]:
                if number not in fired:
                    fired[number] = end
            found.possible.update(self._possible[index])
        found.words = frozenset(self._words[index] for index in ends)


class WholePatterns:
    """All other patterns in one database; what hyperscan cannot do runs in `re`, bounded."""

    def __init__(self, of: Field, merged: Sequence[list[Pattern]], cache: PatternCache | None) -> None:
        self.fallbacks: dict[int, tuple[Pattern, re.Pattern[str]]] = {}
        self._unfiltered: list[int] = []
        self._numbers = [tuple(dict.fromkeys(pattern.number for pattern in same)) for same in merged]
        distinct = [same[0] for same in merged]
        self._indexes = list(range(len(distinct)))
        expressions = [pattern.expression for pattern in distinct]
        try:
            self._database = compiled(expressions, cache, of.name)
        except RefusedError:  # one of them: which one is found one by one
            expressions = [self._accepted(index, pattern) for index, pattern in enumerate(distinct)]
            self._indexes = [index for index in self._indexes if index not in self._unfiltered]
            self._database = compiled([expressions[index] for index in self._indexes], cache, of.name)

    def scan(self, data: bytes, fired: dict[int, int]) -> None:
        ends: list[tuple[int, int]] = []

        def on_match(position: int, _start: int, end: int, _flags: int, _context: object) -> None:
            ends.append((self._indexes[position], end))

        if self._database is not None:
            self._database.scan(data, on_match)
        for index, end in ends:
            if index in self.fallbacks and not self._is_confirmed(index, data):
                continue
            for number in self._numbers[index]:
                if number not in fired:
                    fired[number] = end
        for index in self._unfiltered:
            if self._is_confirmed(index, data):
                fired.update(dict.fromkeys(self._numbers[index], 0))

    def _is_confirmed(self, index: int, data: bytes) -> bool:
        text = data[: 4 * FALLBACK_CHARACTERS].decode("utf-8", "replace")[:FALLBACK_CHARACTERS]
        return self.fallbacks[index][1].search(text) is not None

    def _accepted(self, index: int, pattern: Pattern) -> Expression:
        """The expression with flags that hyperscan takes; one that it refuses becomes a fallback."""
        expression = pattern.expression
        try:
            check_accepted(expression)
        except RefusedError as error:
            check_fallback(pattern.regex, pattern.place, str(error))
        else:
            return expression
        self.fallbacks[index] = (pattern, pattern.in_python())
        # It finds candidates, which `re` confirms.
        expression = structs.replace(expression, flags=expression.flags | PREFILTER)
        try:
            check_accepted(expression)
        except RefusedError:
            self._unfiltered.append(index)
        return expression
