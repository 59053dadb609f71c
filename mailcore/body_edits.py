"""Text of a part replaced in its encoded body: the rest of it stays byte for byte as it was.

    body  ->  text  ->  edits on the text  ->  edits on the body, in its own charset and transfer encoding

What does not come out of this exactly as it went in, but for the edits, is not touched at all.
"""

from __future__ import annotations

import binascii
import re
import string
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from mailcore.charset import codec_for
from mailcore.transfer_encoding import IDENTITY, decode_body

LONGEST_LINE = 998  # bytes, without the line end (RFC 5322, 2.1.1)
_LONGEST_QUOTED_LINE = 75  # and one for the "=" at its end (RFC 2045, 6.7)
_LONGEST_BASE64_LINE = 76
# Bytes that are of no character of the charset: each becomes a lone surrogate, and that byte again.
_KEEPING = "surrogateescape"
_ESCAPED = re.compile("[\udc80-\udcff]")
_PLAIN = string.printable.encode("ascii")
# What is decoded to fewer bytes than it has: an escape, a soft line break.
_QUOTED = re.compile(rb"=(?:[0-9A-Fa-f]{2}|[ \t]{0,100}\r?\n)")
_BASE64_LINE = re.compile(rb"\A\s{0,8}([A-Za-z0-9+/]{4,996})(\r?\n)")


class Edit(NamedTuple):
    """What comes in place of `start` to `end`: characters of a text, or bytes of a body where it was made for one."""

    start: int
    end: int
    text: str


class Untouchable(Exception):
    """A body that cannot be changed without changing more of it than was asked for. Says why, in a word or two."""


class BodyText(NamedTuple):
    """The text of a body, and what leads back: its decoded bytes, their codec, and the transfer encoding."""

    text: str
    data: bytes
    codec: str
    encoding: str

    @property
    def shown(self) -> str:
        """The text as programs show it: bytes that are of no character are one each, so all stands where it stood."""
        return _ESCAPED.sub("\ufffd", self.text)


def read_body(body: bytes, *, encoding: str, charset: str) -> BodyText:
    """The text of a body. Raises Untouchable for what is damaged, or is written in a way that cannot be kept."""
    if encoding not in IDENTITY and encoding not in ("base64", "quoted-printable"):
        raise Untouchable("transfer encoding")
    data, defects = decode_body(body, 0, len(body), encoding)
    if defects:
        raise Untouchable("transfer encoding")
    codec = codec_for(charset)
    # Charsets in which ASCII is ASCII: not UTF-16, UTF-7 and the like.
    if not codec or _PLAIN.decode(codec, "replace") != string.printable:
        raise Untouchable("charset")
    if codec == "ascii" and not data.isascii():
        codec = "utf-8"  # as every mail program of today reads it
    try:
        text = data.decode(codec, _KEEPING)
        if text.encode(codec, _KEEPING) != data:
            raise Untouchable("charset")
    except UnicodeError:
        raise Untouchable("charset") from None
    return BodyText(text, data, codec, encoding)


def edited_text(text: str, edits: Sequence[Edit]) -> str:
    """The text with the edits, which are in order and do not overlap."""
    return "".join(_pieces(text, edits))


def edited_body(body: bytes, read: BodyText, edits: Sequence[Edit]) -> bytes:
    """The body with the edits on its text, which are in order and do not overlap. Raises Untouchable.

    In bodies without a transfer encoding, edits should have been taken out before that make a line too long
    (`fitting`).
    """
    changes = list(_in_bytes(read, edits))
    if read.encoding == "base64":
        changed = _base64(body, read.data, changes)
    elif read.encoding == "quoted-printable":
        changed = _quoted_printable(body, read.data, changes)
    else:
        changed = _spliced(read.data, changes)
    after, defects = decode_body(changed, 0, len(changed), read.encoding)
    try:
        is_right = after.decode(read.codec, _KEEPING) == edited_text(read.text, edits)
    except UnicodeError:
        is_right = False
    if defects or not is_right:
        raise Untouchable("did not come out right")
    return changed


def fitting(read: BodyText, edits: Sequence[Edit]) -> list[Edit]:
    """The edits that leave every line of the body within the limits of SMTP; lines that were too long may grow."""
    if read.encoding not in IDENTITY:
        return list(edits)
    kept: list[Edit] = []
    end = length = 0
    for edit in edits:
        if edit.start >= end:
            begin = read.text.rfind("\n", end, edit.start) + 1 or end
            end = read.text.find("\n", edit.start)
            end = len(read.text) if end < 0 else end + 1
            length = len(read.text[begin:end].rstrip("\r\n").encode(read.codec, _KEEPING))
            is_long = length > LONGEST_LINE
        replaced = read.text[edit.start : edit.end].encode(read.codec, _KEEPING)
        more = len(edit.text.encode(read.codec, "replace")) - len(replaced)
        if more <= 0 or is_long or length + more <= LONGEST_LINE:
            kept.append(edit)
            length += more
    return kept


class _Change(NamedTuple):
    """Bytes in place of bytes `start` to `end` of the decoded body."""

    start: int
    end: int
    data: bytes


def _in_bytes(read: BodyText, edits: Sequence[Edit]) -> Iterator[_Change]:
    at = offset = 0
    for edit in edits:
        try:
            start = offset + len(read.text[at : edit.start].encode(read.codec, _KEEPING))
            written = read.text[edit.start : edit.end].encode(read.codec, _KEEPING)
            data = edit.text.encode(read.codec)
        except UnicodeEncodeError:
            raise Untouchable("charset") from None
        if read.data[start : start + len(written)] != written:
            raise Untouchable("charset")  # one with states: a piece alone is not written as it is in the whole
        yield _Change(start, start + len(written), data)
        at, offset = edit.end, start + len(written)


def _pieces(text: str, edits: Sequence[Edit]) -> Iterator[str]:
    at = 0
    for edit in edits:
        yield text[at : edit.start]
        yield edit.text
        at = edit.end
    yield text[at:]


def _spliced(data: bytes, changes: Sequence[_Change]) -> bytes:
    pieces: list[bytes] = []
    at = 0
    for change in changes:
        pieces += (data[at : change.start], change.data)
        at = change.end
    return b"".join((*pieces, data[at:]))


def _base64(body: bytes, data: bytes, changes: Sequence[_Change]) -> bytes:
    """All of it anew, in lines as long as the first one was, with the line end that it had."""
    first = _BASE64_LINE.match(body)
    length, line_end = (len(first[1]), first[2]) if first else (_LONGEST_BASE64_LINE, b"\r\n")
    if length > _LONGEST_BASE64_LINE or length % 4:
        length = _LONGEST_BASE64_LINE
    letters = binascii.b2a_base64(_spliced(data, changes), newline=False)
    lines = line_end.join(letters[at : at + length] for at in range(0, len(letters), length))
    begin, end = len(body) - len(body.lstrip()), len(body.rstrip())
    return body[:begin] + lines + body[end:]


def _quoted_printable(body: bytes, data: bytes, changes: Sequence[_Change]) -> bytes:
    places = _Places(body)
    if places.size != len(data):
        raise Untouchable("transfer encoding")  # written in a way that programs read differently
    out = bytearray()
    line_end = b"\r\n" if b"\r\n" in body else b"\n"
    at = 0
    for change in changes:
        start, end = places.place(change.start), places.end(change.end, body)
        out += body[at:start]
        # Lines may be as long as the body: no more of one is looked at than there should be.
        rest = body[end : end + 2 * _LONGEST_QUOTED_LINE].partition(b"\n")[0].rstrip(b"\r")
        begun = len(out) - 2 * _LONGEST_QUOTED_LINE
        column = len(out) - max(out.rfind(b"\n", max(0, begun)) + 1, begun, 0)
        out += _quoted(change.data, column, rest, line_end)
        at = end
    return bytes(out + body[at:])


def _quoted(data: bytes, column: int, rest: bytes, line_end: bytes) -> bytes:
    """Bytes in quoted-printable from that column on, before the rest of a line. No line of it begins with "-"."""
    units = [bytes((byte,)) if _is_literal(byte) else b"=%02X" % byte for byte in data]
    out: list[bytes] = []
    for unit in units:
        if column + len(unit) > _LONGEST_QUOTED_LINE:
            out.append(b"=" + line_end)
            column = 0
            unit = b"=2D" if unit == b"-" else unit  # noqa: PLW2901  # what looks like a boundary might become one
        out.append(unit)
        column += len(unit)
    if rest not in (b"", b"=") and column + len(rest.removesuffix(b"=")) > _LONGEST_QUOTED_LINE and rest[:1] != b"-":
        out.append(b"=" + line_end)
    return b"".join(out)


def _is_literal(byte: int) -> bool:
    """RFC 2045, 6.7, rules 2 and 3, without the blanks, which are in no URL."""
    return 33 <= byte <= 126 and byte != 0x3D


class _Places:
    """Where the decoded bytes of a quoted-printable body stand in it."""

    def __init__(self, body: bytes) -> None:
        self._decoded: list[int] = [0]
        self._encoded: list[int] = [0]
        shorter = 0
        for match in _QUOTED.finditer(body):
            is_break = match[0].endswith(b"\n")
            shorter += len(match[0]) - (not is_break)
            self._encoded.append(match.end())
            self._decoded.append(match.end() - shorter)
        self.size = len(body) - shorter

    def place(self, decoded: int) -> int:
        """The place of a decoded byte; behind soft line breaks before it."""
        number = bisect_right(self._decoded, decoded) - 1
        return self._encoded[number] + decoded - self._decoded[number]

    def end(self, decoded: int, body: bytes) -> int:
        """Where the byte before ends: before soft line breaks that follow it."""
        last = self.place(decoded - 1)
        return last + (3 if _QUOTED.match(body, last) else 1)
