"""Content lines of calendar files (iCalendar, RFC 5545, 3.1): name, parameters, value."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from msgspec import Struct

_BYTES = 16_777_216
_LINES = 50_000
_FOLD = re.compile(rb"\r?\n[ \t]")
_BEGIN = b"BEGIN:VCALENDAR"


class Property(Struct, frozen=True):
    """One content line: `parameters` with the semicolon before each, `value` with its escapes."""

    name: str
    parameters: str
    value: str

    @property
    def is_attached(self) -> bool:
        """Whether a file stands in it, in base64 (3.8.1.1; RFC 7986, 5.10)."""
        return self.name in ("ATTACH", "IMAGE") and "BASE64" in self.parameters.upper()

    @property
    def text(self) -> str:
        """The value without its escapes (3.3.11)."""
        return unescaped(self.value)


def begins_calendar(data: bytes) -> bool:
    return data[:64].lstrip(b"\xef\xbb\xbf\r\n ").upper().startswith(_BEGIN)


def content_lines(data: bytes, problem: Callable[[str], None]) -> Iterator[Property]:
    """Content lines, unfolded; `problem` is told what was left out."""
    if len(data) > _BYTES:
        problem(f"only the first {_BYTES:,} bytes of the calendar were read")
    lines = _FOLD.sub(b"", data[:_BYTES]).split(b"\n", _LINES)
    if len(lines) > _LINES:
        problem(f"only the first {_LINES:,} lines of the calendar were read")
    for raw in lines[:_LINES]:
        line = raw.decode("utf-8", "replace").strip("\r")
        head, colon, value = _split(line)
        if colon:
            name, _, parameters = head.partition(";")
            yield Property(name.strip().upper(), f";{parameters}", value)


def unescaped(value: str) -> str:
    return value.replace("\\n", "\n").replace("\\N", "\n").replace("\\,", ",").replace("\\;", ";").replace("\\\\", "\\")


def _split(line: str) -> tuple[str, str, str]:
    """At the first colon outside of quotes: parameters may hold addresses."""
    head, colon, value = line.partition(":")
    while head.count('"') % 2 and colon:
        more, colon, value = value.partition(":")
        head = f"{head}:{more}"
    return head, colon, value
