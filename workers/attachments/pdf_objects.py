"""The objects of a PDF document: by qpdf, and by a search through the bytes where qpdf refuses what others show."""

from __future__ import annotations

import io
import logging
import re
import warnings
from collections.abc import Iterator
from typing import Any, Protocol

from workers.attachments.pdf_streams import TooLarge, UnknownFilter, unpack
from workers.attachments.pdf_syntax import Name, Reference, Value, read_value, unescaped

OBJECTS = 50_000
# Bytes of all object streams of a document; those of the largest honest ones are a tenth of it.
OBJECT_STREAM_BYTES = 33_554_432
_OBJECT_BYTES = 262_144  # of one object that are read
_QPDF_UNPACKS = 65_536  # largest stream with filters that only qpdf knows
_UNCHECKED = 131_072  # largest object stream that only qpdf can read: filters make a thousandfold of it at most
_FOLLOWED = 16  # references to references

# Looked for from its end: digits are everywhere in a document, this word is not.
_OBJECT = re.compile(rb"obj(?![a-z])")
_NUMBER_OF_OBJECT = re.compile(rb"(?<![0-9])([0-9]{1,10})[\x00\t\n\x0c\r ]{1,20}[0-9]{1,5}[\x00\t\n\x0c\r ]{1,20}\Z")
_BEFORE_OBJECT = 56
_TRAILER = re.compile(rb"trailer[\x00\t\n\x0c\r ]{0,40}<<")
_STREAM = re.compile(rb"stream\r?\n?")
_OF_OBJECT_STREAM = re.compile(rb"/(?:First|W)(?![A-Za-z])")
_END_OF_STREAM = b"endstream"


class PackedTooWell(Exception):
    """Its object streams unpack to more than OBJECT_STREAM_BYTES."""


class LockedDocument(Exception):
    """It asks for a password."""


class Source(Protocol):
    """Objects by number. Number 0 is the trailer."""

    def objects(self) -> Iterator[tuple[int, bytes]]:
        """Every object as it is written, a stream without its content."""

    def written(self, number: int) -> bytes:
        """One of them, b"" where there is none."""

    def content(self, number: int, *, most: int) -> bytes:
        """Content of a stream; b"" of what is none. Raises UnknownFilter and TooLarge."""

    def pages(self, most: int) -> tuple[int, tuple[int, ...]]:
        """How many pages there are, and the numbers of the first ones."""


def open_source(data: bytes, searched: SearchedSource, *, password: str = "") -> Source:
    """The best way to read them. Raises LockedDocument; `searched` is what is left where qpdf gives up.

    qpdf unpacks object streams without a bound: `searched.unpack_object_streams()` has to find them small before.
    """
    import pikepdf  # 12 MB: only processes that see PDF files load it

    # What it repairs is no matter for the log of a mail filter.
    logging.getLogger("pikepdf").setLevel(logging.CRITICAL)
    try:
        return QpdfSource(pikepdf.open(io.BytesIO(data), password=password, inherit_page_attributes=False))
    except pikepdf.PasswordError as error:
        raise LockedDocument from error
    except pikepdf.PikepdfError:
        return searched


class QpdfSource:
    """By qpdf, which repairs damaged cross-reference tables and decrypts."""

    def __init__(self, document: Any) -> None:
        self._document = document
        # Streams by number; found while all objects are read.
        self._streams: dict[int, Any] = {}

    def objects(self) -> Iterator[tuple[int, bytes]]:
        import pikepdf

        yield 0, self._document.trailer.unparse(resolved=True)
        for rank, found in enumerate(self._document.objects):
            if rank >= OBJECTS:
                return
            if isinstance(found, pikepdf.Stream):
                number = found.objgen[0]
                self._streams[number] = found
                yield number, found.stream_dict.unparse(resolved=True)
            elif isinstance(found, pikepdf.Object):
                yield found.objgen[0], found.unparse(resolved=True)

    def written(self, number: int) -> bytes:
        found = self._found(number)
        if found is None:
            return b""
        stream = self._streams.get(number)
        return bytes((found if stream is None else stream.stream_dict).unparse(resolved=True))

    def _found(self, number: int) -> Any:
        import pikepdf

        try:
            found = self._document.get_object(number, 0)
        except (pikepdf.PikepdfError, ValueError, OverflowError):
            return None
        if isinstance(found, pikepdf.Stream):
            self._streams[number] = found
        return found if isinstance(found, pikepdf.Object) else None

    def content(self, number: int, *, most: int) -> bytes:
        import pikepdf

        if number not in self._streams and self._found(number) is None:
            return b""
        stream = self._streams.get(number)
        if stream is None:
            return b""
        try:
            packed = bytes(stream.read_raw_bytes())
            entries = read_value(stream.stream_dict.unparse(resolved=True))
            try:
                return unpack(packed, _filters(entries), most=most)
            except UnknownFilter:
                if len(packed) > _QPDF_UNPACKS:
                    raise
                return bytes(stream.read_bytes())[:most]
        except pikepdf.PikepdfError as error:
            raise UnknownFilter(str(error)[:200]) from error

    def decrypted(self) -> bytes:
        """The whole document without its encryption. Raises PikepdfError."""
        target = io.BytesIO()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of forms that hang together loosely
            self._document.save(target, encryption=False, deterministic_id=True, recompress_flate=False)
        return target.getvalue()

    def pages(self, most: int) -> tuple[int, tuple[int, ...]]:
        import pikepdf

        try:
            pages = self._document.pages
            return len(pages), tuple(pages[rank].objgen[0] for rank in range(min(len(pages), most)))
        except (pikepdf.PikepdfError, IndexError):
            return 0, ()


class SearchedSource:
    """By looking for "obj" everywhere, as programs do that show damaged documents; the last of one number counts."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._starts: dict[int, int] = {}
        for match in _OBJECT.finditer(data):
            if len(self._starts) >= OBJECTS:
                break
            number = _NUMBER_OF_OBJECT.search(data[max(0, match.start() - _BEFORE_OBJECT) : match.start()])
            if number is not None:
                self._starts[int(number[1])] = match.end()
        self._packed: dict[int, bytes] = {}

    def unpack_object_streams(self) -> None:
        """Read what stands in object streams (7.5.7). Raises PackedTooWell."""
        left = OBJECT_STREAM_BYTES
        for number in tuple(self._starts):
            written = unescaped(self.written(number))
            if _OF_OBJECT_STREAM.search(written) is None:
                continue
            try:
                content = self.content(number, most=left)
            except TooLarge as error:
                raise PackedTooWell from error
            except UnknownFilter:
                content = b""
            if not content and len(self._packed_content(number)) > _UNCHECKED:
                # Encrypted, or a filter that only qpdf knows: nobody knows to what it unpacks.
                raise PackedTooWell
            left -= len(content)
            self._add_packed(read_value(written), content)

    def _add_packed(self, entries: Value, content: bytes) -> None:
        first, count = (entries.get("First"), entries.get("N")) if isinstance(entries, dict) else (None, None)
        if not isinstance(first, float) or not isinstance(count, float) or not 0 <= first <= len(content):
            return
        numbers = [int(word) for word in content[: int(first)].split()[: 2 * OBJECTS] if word.isdigit()]
        for number, offset in zip(numbers[::2], numbers[1::2], strict=False):
            start = int(first) + offset
            self._packed.setdefault(number, content[start : start + _OBJECT_BYTES])

    def mentions(self, *words: bytes) -> bool:
        """Whether one of these stands anywhere, or may: encrypted object streams are not read here."""
        bodies = (self._data, *self._packed.values())
        return any(word in unescaped(body) for body in bodies for word in (*words, b"/Encrypt"))

    def packed(self) -> Iterator[bytes]:
        """The objects in object streams, as they are written."""
        return iter(self._packed.values())

    def objects(self) -> Iterator[tuple[int, bytes]]:
        for trailer in _TRAILER.finditer(self._data):
            yield 0, self._data[trailer.end() - 2 : trailer.end() + _OBJECT_BYTES]
        for number in (*self._starts, *(number for number in self._packed if number not in self._starts)):
            yield number, self.written(number)

    def written(self, number: int) -> bytes:
        start = self._starts.get(number)
        if start is None:
            return self._packed.get(number, b"")
        return self._data[start : self._stream_start(start) or self._object_end(start)]

    def _object_end(self, start: int) -> int:
        end = self._data.find(b"endobj", start, start + _OBJECT_BYTES)
        return end if end >= 0 else start + _OBJECT_BYTES

    def _stream_start(self, start: int) -> int:
        """Where the content of a stream begins, 0 where the object is none."""
        stream = _STREAM.search(self._data, start, self._object_end(start))
        return stream.end() if stream is not None else 0

    def content(self, number: int, *, most: int) -> bytes:
        packed = self._packed_content(number)
        return unpack(packed, _filters(read_value(self.written(number))), most=most) if packed else b""

    def _packed_content(self, number: int) -> bytes:
        start = self._starts.get(number)
        begin = self._stream_start(start) if start is not None else 0
        if not begin:
            return b""
        end = self._data.find(_END_OF_STREAM, begin)
        return self._data[begin : end if end >= 0 else len(self._data)]

    def pages(self, most: int) -> tuple[int, tuple[int, ...]]:
        found = [
            number
            for number, written in self.objects()
            if b"/Page" in written and _is_page(read_value(unescaped(written)))
        ]
        return len(found), tuple(found[:most])


class Objects:
    """A source with its values read: follows references, and remembers what it read."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self._read: dict[int, Value] = {}

    def read(self, number: int, written: bytes) -> Value:
        """The value of an object that is at hand."""
        return self._read.setdefault(number, read_value(written)) if number else read_value(written)

    def resolved(self, value: Value) -> Value:
        """The value itself, or what a reference leads to."""
        for _ in range(_FOLLOWED):
            if not isinstance(value, Reference):
                return value
            value = self._value(value.number)
        return None

    def entries(self, value: Value) -> dict[str, Value]:
        """The value as a dictionary, an empty one where it is none."""
        found = self.resolved(value)
        return found if isinstance(found, dict) else {}

    def items(self, value: Value) -> list[Value]:
        """The value as an array, an empty one where it is none."""
        found = self.resolved(value)
        return found if isinstance(found, list) else []

    def name(self, value: Value) -> str:
        found = self.resolved(value)
        return str(found) if isinstance(found, Name) else ""

    def string(self, value: Value) -> bytes:
        found = self.resolved(value)
        return found if isinstance(found, bytes) else b""

    def _value(self, number: int) -> Value:
        if number not in self._read:
            self._read[number] = read_value(self.source.written(number))
        return self._read[number]


def _is_page(value: Value) -> bool:
    return isinstance(value, dict) and value.get("Type") == Name("Page")


def _filters(entries: Value) -> tuple[str, ...]:
    """Names of the filters of a stream, the outermost first."""
    if not isinstance(entries, dict):
        return ()
    found = entries.get("Filter", entries.get("F"))
    names = found if isinstance(found, list) else [found]
    return tuple(str(name) for name in names if isinstance(name, Name))
