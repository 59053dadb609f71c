"""Where the evidence of a rule is, and what it says: as it stands in the mail, and in plain letters where it hides."""

from __future__ import annotations

from collections.abc import Callable

from mailcore.message import Message
from mailcore.rule_fields import Field
from mailcore.verdict import Where
from workers.content.normalise import normaliser
from workers.content.reading import Reading

QUOTE_BEFORE = 90  # bytes of evidence that are shown before the end of a match
QUOTE_AFTER = 30
LONGEST_SEARCH = 200_000  # characters of a text in which the place of hidden words is looked for


def where_of(field: Field, end: int, reading: Reading, *, raw: bool) -> Where:
    """Header or part, and the words around a match that ends at byte `end` of what was scanned of the field."""
    data = reading.scanned(field, raw=raw)
    # Only of the value in which the match ends: each stands on a line of its own.
    begin = max(end - QUOTE_BEFORE, data.rfind(b"\n", 0, end) + 1, 0)
    line_end = data.find(b"\n", end)
    behind = min(end + QUOTE_AFTER, len(data) if line_end < 0 else line_end)
    plain = " ".join(data[begin:behind].decode("utf-8", "ignore").split())
    part = "" if field.header else _part(field, end, reading.view.message)
    if raw:
        return Where(header=field.header, part=part, quote=plain)
    quote = _as_it_stands(field, reading, (begin, behind), plain)
    return Where(header=field.header, part=part, quote=quote, decoded="" if quote == plain else plain)


def _as_it_stands(field: Field, reading: Reading, scanned: tuple[int, int], plain: str) -> str:
    """The words of the mail that were normalised to these scanned bytes; `plain` where they are the same."""
    begin, behind = scanned
    normalise = normaliser(field)
    for value in reading.texts(field):
        size = len(reading.plain(normalise, value)) + 1
        if begin < size:
            break
        begin, behind = begin - size, behind - size
    else:
        return plain
    if len(value) > LONGEST_SEARCH or reading.is_unchanged(normalise, value):
        return plain
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


def _part(field: Field, end: int, message: Message) -> str:
    """The part that a match in running text is in: plain text stands first, HTML behind it."""
    if not field.is_running_text:
        return ""
    is_plain = field.name == "text.plain" or (
        field.name != "text.html" and end <= len(message.text.encode("utf-8", "replace"))
    )
    parts = message.text_parts if is_plain else message.html_parts
    return parts[0] if parts else ""
