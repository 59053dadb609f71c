"""Patterns: the regular expressions that comparisons of texts stand for."""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec import Struct

from mailcore.fields.kinds import Field
from mailcore.rules import Comparison, Operator
from workers.content.databases import CASELESS, DOTALL, MULTILINE, ONCE, UTF8, Expression
from workers.content.expressions import LONGEST_WORD, SHORTEST_WORD, Needs, needs_of
from workers.content.normalise import normaliser


class Pattern(Struct, frozen=True, kw_only=True):
    """One regular expression that stands for comparison `number`."""

    number: int
    regex: str
    cased: bool
    field: Field
    place: str

    @property
    def expression(self) -> Expression:
        """One report a pattern is enough; `^` and `$` match at the ends of lines and values."""
        flags = ONCE | MULTILINE | (0 if self.cased else CASELESS) | (DOTALL if self.field.is_running_text else 0)
        return Expression(self.regex, flags | (0 if self.regex.isascii() else UTF8), self.place)

    def in_python(self) -> re.Pattern[str]:
        flags = re.MULTILINE | (0 if self.cased else re.IGNORECASE)
        return re.compile(self.regex, flags | (re.DOTALL if self.field.is_running_text else 0))

    @property
    def word(self) -> str:
        """The text in lower case, where the pattern is nothing else and capitals do not count; otherwise ""."""
        needs = self._needs
        if needs is None or not needs.is_exact or self.cased or not self.regex.isascii():
            return ""
        ((word,),) = needs.words
        return word if SHORTEST_WORD <= len(word) < LONGEST_WORD else ""

    @property
    def is_open(self) -> bool:
        """Looked for only where words that it needs were found: long repeats cost much more than words."""
        needs = self._needs
        return needs is not None and bool(needs.words) and not needs.is_simple

    @property
    def needs(self) -> Needs:
        return needs_of(self.regex)

    @property
    def _needs(self) -> Needs | None:
        """Only of texts: subjects and other fields are so short that all is looked for at once."""
        return self.needs if is_long(self.field) else None


def is_long(field: Field) -> bool:
    """Whether the field holds texts as long as a mail, and not one line of its header."""
    return field.is_running_text and not field.header


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
