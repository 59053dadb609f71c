"""Looks for all patterns of one field at once: the cost grows with the text, not with the number of rules."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence, Set

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
    compiled_in_groups,
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


Ends = dict[int, int]  # index of a word -> byte where it ends first


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
        self._plain = [pattern for same in merged.values() for pattern in same if pattern.word]
        opened = [same for same in merged.values() if same[0].is_open]
        others = [same for same in merged.values() if not same[0].word and not same[0].is_open]
        self._open = OpenPatterns(of, opened, cache)
        self._whole = WholePatterns(of, others + self._open.refused, cache)
        self._numbers: dict[int, tuple[int, ...]] = {}
        self._possible: dict[int, tuple[int, ...]] = {}

    @property
    def phrases(self) -> set[str]:
        """Plain texts that it wants to have found in a text before it scans."""
        return {pattern.word for pattern in self._plain}

    @property
    def words(self) -> set[str]:
        """Words that its open patterns need, likewise."""
        return self._open.all_words

    def use(self, indexes: Mapping[str, int]) -> None:
        """Learn by which index each word is known."""
        numbers: dict[int, list[int]] = {}
        for pattern in self._plain:
            numbers.setdefault(indexes[pattern.word], []).append(pattern.number)
        self._numbers = {index: tuple(dict.fromkeys(found)) for index, found in numbers.items()}
        self._possible = self._open.use(indexes)

    @property
    def fallbacks(self) -> list[Pattern]:
        """Patterns that hyperscan refused."""
        return [pattern for pattern, _ in self._whole.fallbacks.values()]

    def scan(self, data: bytes, ends: Ends) -> Found:
        """`data` are the values of the field, each on a line of its own, in valid UTF-8; `ends` the words in them."""
        found = Found()
        fired = found.fired
        for index in ends.keys() & self._numbers.keys():
            for number in self._numbers[index]:
                if number not in fired:
                    fired[number] = ends[index]
        for index in ends.keys() & self._possible.keys():
            found.possible.update(self._possible[index])
        if data:
            self._whole.scan(data, fired)
        return found

    def end_of(self, number: int, data: bytes, ends: Ends) -> int | None:
        """Where the first match ends of a comparison that is possible; None where there is none."""
        return self._open.end_of(number, data, ends)


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
        self._words: list[tuple[Words, ...]] = [same[0].needs.words for same in accepted]
        self._needs: list[list[frozenset[int]]] = []
        self._of: dict[int, list[int]] = {}
        for index, same in enumerate(accepted):
            for pattern in same:
                self._of.setdefault(pattern.number, []).append(index)

    @property
    def all_words(self) -> set[str]:
        return {word for needs in self._words for words in needs for word in words}

    def use(self, indexes: Mapping[str, int]) -> dict[int, tuple[int, ...]]:
        """Learn by which index each word is known. The comparisons that each word makes possible, rare words only."""
        self._needs = [[frozenset(indexes[word] for word in words) for words in needs] for needs in self._words]
        possible: dict[int, list[int]] = {}
        for number, patterns in self._of.items():
            for pattern in patterns:
                for index in self._needs[pattern][0]:
                    possible.setdefault(index, []).append(number)
        return {index: tuple(dict.fromkeys(numbers)) for index, numbers in possible.items()}

    def end_of(self, number: int, data: bytes, ends: Ends) -> int | None:
        found: list[int] = []

        def on_match(_index: int, _start: int, end: int, _flags: int, _context: object) -> None:
            found.append(end)

        for index in self._of.get(number, ()):
            if not any(needed.isdisjoint(ends) for needed in self._needs[index]):
                self._databases[index].scan(data, on_match)
            if found:
                return found[0]
        return None

    def _is_accepted(self, same: list[Pattern]) -> bool:
        try:
            check_accepted(same[0].expression)
        except RefusedError:
            self.refused.append(same)
            return False
        return True


class WordTable:
    """Plain texts, and the words that open patterns need, of all fields: tens of thousands are found in one pass."""

    def __init__(self, phrases: Set[str], words: Set[str], cache: PatternCache | None = None) -> None:
        """`phrases` are what rules look for, `words` what their open patterns need: the latter stand in many mails."""
        listed = sorted(phrases | words)
        self.indexes = {word: index for index, word in enumerate(listed)}
        # In lower case, and with a report for each place, phrases are found twice as fast as without.
        flags = [ONCE if word in words else 0 for word in listed]
        fast = [Expression(re.escape(word), flag, "") for word, flag in zip(listed, flags, strict=True)]
        self._fast = compiled(fast, cache, "running text")
        self._once = compiled([Expression(re.escape(word), ONCE, "") for word in listed], cache, "running text")

    def ends(self, data: bytes) -> Ends:
        """The words that stand in a text."""
        ends: Ends = {}
        left = MOST_REPORTS

        def on_match(index: int, _start: int, end: int, _flags: int, _context: object) -> bool:
            nonlocal left
            left -= 1
            if index not in ends:
                ends[index] = end
            return left == 0

        if self._fast is None or self._once is None:
            return ends
        lower = data.lower()
        if self._fast.scan(lower, on_match):
            self._once.scan(lower, on_match)  # goes on below 0
        return ends


class WholePatterns:
    """All other patterns in a few databases; what hyperscan cannot do runs in `re`, bounded."""

    def __init__(self, of: Field, merged: Sequence[list[Pattern]], cache: PatternCache | None) -> None:
        self.fallbacks: dict[int, tuple[Pattern, re.Pattern[str]]] = {}
        self._unfiltered: list[int] = []
        self._numbers = [tuple(dict.fromkeys(pattern.number for pattern in same)) for same in merged]
        distinct = [same[0] for same in merged]
        self._indexes = list(range(len(distinct)))
        expressions = [pattern.expression for pattern in distinct]
        try:
            self._databases = compiled_in_groups(expressions, cache, of.name)
        except RefusedError:  # one of them: which one is found one by one
            expressions = [self._accepted(index, pattern) for index, pattern in enumerate(distinct)]
            self._indexes = [index for index in self._indexes if index not in self._unfiltered]
            self._databases = compiled_in_groups([expressions[index] for index in self._indexes], cache, of.name)

    def scan(self, data: bytes, fired: dict[int, int]) -> None:
        ends: list[tuple[int, int]] = []
        for database, positions in self._databases:
            matched: list[tuple[int, int]] = []

            def on_match(
                place: int,
                _start: int,
                end: int,
                _flags: int,
                _context: object,
                matched: list[tuple[int, int]] = matched,
            ) -> None:
                matched.append((place, end))

            database.scan(data, on_match)
            ends += [(self._indexes[positions[place]], end) for place, end in matched]
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
