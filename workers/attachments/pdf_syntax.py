"""Reads PDF objects from bytes, as tolerantly as programs that show PDF documents do: ISO 32000-1, 7.2 and 7.3."""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec import Struct

DEPTH = 24  # of arrays and dictionaries within each other
TOKENS = 20_000  # of one object

_BLANKS = re.compile(rb"(?:[\x00\t\n\x0c\r ]{1,4000}|%[^\r\n]{0,4000}){1,100}")
_WORD = re.compile(rb"[^\x00\t\n\x0c\r ()<>\[\]{}/%]{1,4000}")
_REFERENCE = re.compile(rb"([0-9]{1,10})[\x00\t\n\x0c\r ]{1,20}[0-9]{1,5}[\x00\t\n\x0c\r ]{1,20}R(?![A-Za-z0-9])")
_ESCAPE_IN_NAME = re.compile(rb"#([0-9A-Fa-f]{2})")
_PIECE_OF_STRING = re.compile(rb"[^()\\]{1,65536}")
_NOT_HEX = re.compile(rb"[^0-9A-Fa-f]{1,65536}")
_ESCAPES = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f", b"\n": b"", b"\r": b""}


class Name(str):
    """A name, without its slash and with its escapes read."""

    __slots__ = ()


class Reference(Struct, frozen=True):
    """Another object, by its number."""

    number: int


Value = object  # dict[str, Value], list[Value], Name, bytes (a string), float, bool, Reference or None


def read_value(data: bytes, start: int = 0) -> Value:
    """The object that begins there; what is damaged ends it early, nothing raises. None where there is none."""
    return _Reader(data, start).value(DEPTH)


def unescaped(data: bytes) -> bytes:
    """The same bytes with `#xx` read as in names, to look for names in them."""
    return _ESCAPE_IN_NAME.sub(lambda match: bytes((int(match[1], 16),)), data) if b"#" in data else data


def text_of(string: bytes) -> str:
    """A text string: UTF-16 or UTF-8 behind their marks, else PDFDocEncoding, which is nearly Latin-1 (7.9.2.2)."""
    if string.startswith((b"\xfe\xff", b"\xff\xfe")):
        return string.decode("utf-16", "replace")
    if string.startswith(b"\xef\xbb\xbf"):
        return string[3:].decode("utf-8", "replace")
    return string.decode("latin-1")


def dictionaries(value: Value) -> Iterator[dict[str, Value]]:
    """The dictionary and all that stand in it, not those behind references."""
    waiting = [value]
    while waiting:
        found = waiting.pop()
        if isinstance(found, dict):
            yield found
            waiting.extend(found.values())
        elif isinstance(found, list):
            waiting.extend(found)


class _End:
    """What closes an array or a dictionary, or the end of the bytes."""


_END = _End()


class _Reader:
    def __init__(self, data: bytes, at: int) -> None:
        self._data = data
        self._at = at
        self._left = TOKENS

    def value(self, depth: int) -> Value:
        found = self._next(depth)
        return None if found is _END else found

    def _next(self, depth: int) -> Value:
        """The next value, or _END."""
        blank = _BLANKS.match(self._data, self._at)
        if blank is not None:
            self._at = blank.end()
        self._left -= 1
        first = self._data[self._at : self._at + 1]
        if not first or self._left <= 0:
            return _END
        if first == b"/":
            return self._name()
        if first == b"(":
            return self._string()
        if first == b"<":
            return self._dictionary(depth) if self._data[self._at + 1 : self._at + 2] == b"<" else self._hexadecimal()
        if first == b"[":
            self._at += 1
            return self._items(depth)
        return self._word()

    def _name(self) -> Name:
        self._at += 1
        word = _WORD.match(self._data, self._at)
        if word is None:
            return Name("")
        self._at = word.end()
        return Name(unescaped(word[0]).decode("latin-1"))

    def _items(self, depth: int) -> list[Value]:
        found: list[Value] = []
        while depth > 0:
            value = self._next(depth - 1)
            if value is _END:
                break
            found.append(value)
        return found

    def _dictionary(self, depth: int) -> dict[str, Value]:
        self._at += 2
        items = self._items(depth)
        found: dict[str, Value] = {}
        key = 0
        while key < len(items):
            name = items[key]
            if not isinstance(name, Name):
                key += 1  # a value too many
                continue
            # The first of two entries with one name counts for most readers.
            found.setdefault(str(name), items[key + 1] if key + 1 < len(items) else None)
            key += 2
        return found

    def _word(self) -> Value:
        reference = _REFERENCE.match(self._data, self._at)
        if reference is not None:
            self._at = reference.end()
            return Reference(int(reference[1]))
        word = _WORD.match(self._data, self._at)
        if word is None:
            closing = self._data[self._at : self._at + 2]
            self._at += 2 if closing == b">>" else 1
            return _END
        self._at = word.end()
        if word[0] in (b"endobj", b"stream", b"endstream"):
            return _END
        return _WORDS[word[0]] if word[0] in _WORDS else _number(word[0])

    def _hexadecimal(self) -> bytes:
        end = self._data.find(b">", self._at)
        end = len(self._data) if end < 0 else end
        digits = _NOT_HEX.sub(b"", self._data[self._at + 1 : end])
        self._at = end + 1
        return bytes.fromhex((digits + b"0" * (len(digits) % 2)).decode("ascii"))

    def _string(self) -> bytes:
        found = bytearray()
        opened = 0
        while self._at < len(self._data):
            piece = _PIECE_OF_STRING.match(self._data, self._at)
            if piece is not None:
                found += piece[0]
                self._at = piece.end()
                continue
            sign = self._data[self._at : self._at + 1]
            self._at += 1
            if sign == b"\\":
                found += self._escape()
                continue
            opened += 1 if sign == b"(" else -1
            if opened == 0:
                break
            if opened > 1 or sign == b")":
                found += sign
        return bytes(found)

    def _escape(self) -> bytes:
        """What stands behind a backslash (7.3.4.2)."""
        digits = self._data[self._at : self._at + 3]
        count = next((rank for rank, digit in enumerate(digits) if digit not in b"01234567"), len(digits))
        if count:
            self._at += count
            return bytes((int(digits[:count], 8) & 0xFF,))
        sign = self._data[self._at : self._at + 1]
        self._at += 2 if self._data[self._at : self._at + 2] == b"\r\n" else 1
        return _ESCAPES.get(sign, sign)


_WORDS: dict[bytes, Value] = {b"true": True, b"false": False, b"null": None}


def _number(word: bytes) -> Value:
    try:
        return float(word[:40])
    except ValueError:
        return None
