"""Reads RTF (specification 1.9.1) in one pass: text, field instructions, the template, and the data of objects.

As Word reads it: inside the data of an object only hexadecimal digits count, whatever stands between them.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from msgspec import Struct, field

TOKENS = 1_000_000
OBJECTS = 200
_DEPTH = 2_000
_TOKEN = re.compile(
    rb"\\([A-Za-z]{1,255})(-?[0-9]{1,11})? ?|\\'([0-9A-Fa-f]{2})?|\\([^A-Za-z'])|([{}])|([^\\{}]+)", re.DOTALL
)
_NOT_HEX = bytes(byte for byte in range(256) if byte not in b"0123456789ABCDEFabcdef")
_PARAGRAPHS = frozenset({b"par", b"line", b"row", b"sect", b"page", b"tab", b"cell"})
# Where text goes; what other destinations hold is not shown, as with each that a reader does not know.
_HIDDEN = frozenset(
    b"fonttbl colortbl stylesheet info pict themedata colorschememapping datastore latentstyles listtable filetbl "
    b"listoverridetable rsidtbl generator xmlnstbl mmathPr pgptbl revtbl userprops nonshppict objname objtime".split()
)
_KEPT = frozenset({b"objdata", b"objclass", b"fldinst", b"template"})
# What good writers put into the data of an object: nothing. A few are let pass.
ODD_WORDS = 3


class RtfObject(Struct, kw_only=True):
    """An object: its class as it is named, its data, and how it is tied to the document. `words` are those in it."""

    class_name: str = ""
    data: bytes = b""
    words: int = 0


class RtfDocument(Struct, kw_only=True):
    """What a document holds. `updates`: an object is fetched or started when it is opened. `cut`: it is longer."""

    text: str = ""
    instructions: list[str] = field(default_factory=list)
    template: str = ""
    objects: list[RtfObject] = field(default_factory=list)
    updates: bool = False
    cut: bool = False


class _Group(Struct):
    """What the text in a group is for: b"" is the page, b"*" nothing."""

    destination: bytes = b""
    is_first: bool = True
    starred: bool = False


def read_rtf(data: bytes, *, text_characters: int, is_over: Callable[[], bool] = bool) -> RtfDocument:
    """The document, however damaged. `is_over` is asked now and then, and ends it."""
    reader = _Reader(data, text_characters)
    for number, match in enumerate(_TOKEN.finditer(data)):
        if number >= TOKENS or (number % 10_000 == 0 and is_over()):
            reader.document.cut = True
            break
        if match.start() >= reader.skipped_to:
            reader.token(match)
    return reader.finished()


class _Reader:
    """State of the pass: open groups, and what is collected in them."""

    def __init__(self, data: bytes, text_characters: int) -> None:
        self.document = RtfDocument()
        self.skipped_to = 0
        self._data = data
        self._groups = [_Group()]
        self._text: list[str] = []
        self._characters_left = text_characters
        self._kept: dict[bytes, list[bytes]] = {}
        self._words_in_object = 0
        self._unicode_fallback = 0

    def token(self, match: re.Match[bytes]) -> None:
        word, number, hexadecimal, symbol, brace, text = match.groups()
        group = self._groups[-1]
        if text is not None:
            self._add(text)
        elif brace == b"{":
            self._open(group)
        elif brace == b"}":
            self._close(group)
        elif word is not None:
            self._word(group, word, number, match.end())
        elif hexadecimal is not None and group.destination != b"objdata":
            self._add(bytes.fromhex(hexadecimal.decode("ascii")))
        elif symbol == b"*":
            group.starred = True
        elif symbol is not None:
            self._add(symbol if symbol in b"\\{}" else b" " if symbol == b"~" else b"")

    def finished(self) -> RtfDocument:
        """Also with groups that nobody closed."""
        for destination in list(self._kept):
            self._end(destination)
        self.document.text = "".join(self._text).strip()
        return self.document

    def _open(self, group: _Group) -> None:
        if len(self._groups) >= _DEPTH:
            self.document.cut = True
            return
        self._groups.append(_Group(destination=group.destination))
        if group.destination == b"objdata":
            self._words_in_object += 1

    def _close(self, group: _Group) -> None:
        if len(self._groups) == 1:
            return
        self._groups.pop()
        if group.destination in _KEPT and self._groups[-1].destination != group.destination:
            self._end(group.destination)

    def _end(self, destination: bytes) -> None:
        """What was collected for a destination is put where it belongs."""
        content = b"".join(self._kept.pop(destination, ()))
        document = self.document
        if destination == b"objdata":
            if len(document.objects) >= OBJECTS:
                document.cut = True
                return
            digits = content.translate(None, _NOT_HEX)
            data = bytes.fromhex(digits[: len(digits) // 2 * 2].decode("ascii"))
            name = b"".join(self._kept.pop(b"named", ())).decode("cp1252", "replace").strip()
            document.objects.append(RtfObject(class_name=name, data=data, words=self._words_in_object))
            self._words_in_object = 0
        elif destination == b"objclass":
            self._kept[b"named"] = [content]
        elif destination == b"fldinst":
            document.instructions.append(content.decode("cp1252", "replace").strip())
        elif destination == b"template":
            document.template = content.decode("cp1252", "replace").strip()

    def _word(self, group: _Group, word: bytes, number: bytes | None, end: int) -> None:
        first, group.is_first = group.is_first, False
        if word == b"bin":
            self._binary(group, int(number or 0), end)
        elif word in _KEPT:
            group.destination = word
        elif word in _HIDDEN or (first and group.starred and word not in (b"shppict", b"shpinst", b"objdata")):
            # An unknown destination with a star is left out; field instructions may be in groups of their own.
            group.destination = b"*"
        elif group.destination == b"objdata":
            self._words_in_object += 1
        elif word in (b"objupdate", b"objautlink"):
            self.document.updates = True
        elif word == b"u" and number:
            code = int(number) % 65_536
            self._add(b"?" if 0xD800 <= code < 0xE000 else chr(code).encode("utf-8"), encoding="utf-8")
            self._unicode_fallback = 1
        elif word in _PARAGRAPHS:
            self._add(b"\n")

    def _binary(self, group: _Group, length: int, end: int) -> None:
        """Raw bytes stand in the middle of the text."""
        length = max(0, min(length, len(self._data) - end))
        self.skipped_to = end + length
        if group.destination == b"objdata":
            self._kept.setdefault(b"objdata", []).append(self._data[end : end + length].hex().encode("ascii"))

    def _add(self, text: bytes, *, encoding: str = "cp1252") -> None:
        group = self._groups[-1]
        group.is_first = False
        if group.destination in _KEPT:
            self._kept.setdefault(group.destination, []).append(text)
            return
        if group.destination or self._characters_left <= 0:
            return
        shown = text.translate(None, b"\r\n") if text != b"\n" else text
        if self._unicode_fallback and encoding == "cp1252":
            # One character for readers that know no Unicode follows each that is given by number.
            shown, self._unicode_fallback = shown[1:], 0
        decoded = shown.decode(encoding, "replace")[: self._characters_left]
        self._characters_left -= len(decoded)
        self._text.append(decoded)
