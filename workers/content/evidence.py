"""What the evidence of a rule is: words as they stand in the mail, or what was derived from it, and where that is."""

from __future__ import annotations

from collections.abc import Callable

from mailcore.entries import is_listed
from mailcore.message import Message
from mailcore.rule_fields import Field, Kind
from mailcore.rules import Comparison, Operator, list_name
from mailcore.verdict import Where
from workers.content.normalise import normaliser
from workers.content.reading import Reading

QUOTE_BEFORE = 90  # bytes of evidence that are shown before the end of a match
QUOTE_AFTER = 30
LONGEST_SEARCH = 200_000  # characters of a text in which the place of hidden words is looked for
_VALUES = 100  # of a field that are looked up again for the one that stands in a list

_PLAIN_FIELDS = ("text.plain",)
_HTML_FIELDS = ("text.html", "html.hidden_text")
_BODY_FIELDS = ("text", "text.own", "text.quoted", "text.opening")  # of the plain text, of HTML, or of both


def where_of(field: Field, end: int, reading: Reading, *, raw: bool) -> Where:
    """Header or part, and the words around a match that ends at byte `end` of what was scanned of the field."""
    data = reading.scanned(field, raw=raw)
    # Only of the value in which the match ends: each stands on a line of its own.
    begin = max(end - QUOTE_BEFORE, data.rfind(b"\n", 0, end) + 1, 0)
    line_end = data.find(b"\n", end)
    behind = min(end + QUOTE_AFTER, len(data) if line_end < 0 else line_end)
    plain = " ".join(data[begin:behind].decode("utf-8", "ignore").split())
    index, first = _value_at(field, begin, reading, raw=raw)
    value = reading.texts(field)[index]
    quote = plain if raw else _as_it_stands(field, value, reading, (begin - first, behind - first), plain)
    if field.is_running_text and not field.header:
        where = Where(part=_part(field, index, reading), quote=quote)
    else:
        where = _quoted(field, quote, reading.view.message)
    if quote == plain or not where.quote:
        return where
    return Where(header=where.header, part=where.part, quote=quote, decoded=plain)


def where_fact(comparison: Comparison, reading: Reading) -> Where:
    """For what a comparison without a pattern holds: a number, a flag, a value that stands in a list."""
    field = comparison.field
    if field.kind is Kind.FLAG:
        return Where(derived=f"{field.name}: {str(reading.value(field)).lower()}")
    if field.kind is Kind.NUMBER:
        return Where(derived=f"{field.name}: {reading.number(field):g}")
    values = reading.texts(field)[:_VALUES]
    if comparison.operator is Operator.IN:
        for name in map(list_name, comparison.texts):
            entries = reading.view.lists.named(name)
            for value in values:
                if is_listed(value.lower(), entries):
                    return Where(header=field.header, derived=f"{field.name} in {name}: {value}")
    elif comparison.other is not None:
        others = reading.words(comparison.other)
        shared = next((value for value in values if value.lower() in others), "")
        return Where(header=field.header, derived=f"{field.name} same as {comparison.other.name}: {shared}")
    found = next(filter(None, values), "")
    return Where(header=field.header if found else "", derived=f"{field.name}: {found or 'nothing'}")


def _value_at(field: Field, at: int, reading: Reading, *, raw: bool) -> tuple[int, int]:
    """The number of the value that is at a byte of what was scanned, and the byte where it begins."""
    normalise = normaliser(field)
    values = reading.texts(field)
    first = 0
    for index, value in enumerate(values):
        size = len(value.encode("utf-8", "replace") if raw else reading.plain(normalise, value)) + 1
        if at < first + size:
            return index, first
        first += size
    return len(values) - 1, first


def _as_it_stands(field: Field, value: str, reading: Reading, scanned: tuple[int, int], plain: str) -> str:
    """The words of the value that were normalised to these bytes; `plain` where they are the same."""
    normalise = normaliser(field)
    if len(value) > LONGEST_SEARCH or reading.is_unchanged(normalise, value):
        return plain
    begin, behind = scanned
    quote = " ".join(value[_position(value, normalise, begin) : _position(value, normalise, behind)].split())
    return plain if normalise(quote) == quote.encode("utf-8", "replace") else quote


def _position(text: str, normalise: Callable[[str], bytes], wanted: int) -> int:
    """About how many characters of the text are normalised to that many bytes."""
    return _first(lambda count: len(normalise(text[:count])) >= wanted, 0, len(text))


def _first(holds: Callable[[int], bool], low: int, high: int) -> int:
    """The least number from `low` to `high` for which it holds; `high` where it holds for none."""
    while low < high:
        middle = (low + high) // 2
        if holds(middle):
            high = middle
        else:
            low = middle + 1
    return low


def _quoted(field: Field, words: str, message: Message) -> Where:
    """The words where they stand in the header or in a link, or else as what was derived."""
    derived = f"{field.name}: {words}"
    if field.header:
        name = field.header.lower()
        lines = (line for each in message.headers if each.name.lower() == name for line in (each.value, each.raw))
        is_there = any(_stands_in(words, line) for line in lines)
        return Where(header=field.header, quote=words if is_there else "", derived="" if is_there else derived)
    group, _, attribute = field.name.partition(".")
    if group == "links":
        for link in message.links:
            if _stands_in(words, link.href) or _stands_in(words, link.shown):
                return Where(part=link.part, quote=words)
        parts = (link.part for link in message.links if getattr(link, attribute, None) == words)
        return Where(part=next(parts, ""), derived=derived)
    return Where(derived=derived)


def _stands_in(words: str, line: str) -> bool:
    return words.casefold() in " ".join(line.casefold().split())


def _part(field: Field, index: int, reading: Reading) -> str:
    """The part that a value of running text is in: that of plain text stands first, that of HTML behind it."""
    message = reading.view.message
    if field.name in _BODY_FIELDS:
        values = reading.texts(field)
        is_plain = index == 0 if len(values) > 1 else values[0].strip().partition("\n")[0] in message.text
    elif field.name in _PLAIN_FIELDS or field.name in _HTML_FIELDS:
        is_plain = field.name in _PLAIN_FIELDS
    else:
        return ""  # of a picture or a file, which `workers.judge_text` knows
    parts = message.text_parts if is_plain else message.html_parts
    return parts[0] if parts else ""
