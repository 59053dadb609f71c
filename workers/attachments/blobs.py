"""Bytes that a page or a script carries as text: base64, hexadecimal numbers, lists of numbers, percent signs, `data:`.

Linear: each pattern begins where nothing of its own kind stands before, and gives nothing back. Where `re` has to go
through all of a text, patterns begin with a character and look back from there: so it skips from one to the next.
"""

from __future__ import annotations

import base64
import re
import zlib
from collections.abc import Callable, Iterator
from itertools import islice
from urllib.parse import unquote_to_bytes

from msgspec import Struct

from workers.attachments.long_words import BASE64, spans

MOST = 20
_TRIED = 5_000
# Shorter ones are identifiers, hashes and keys.
_BASE64_CHARACTERS = 88
_INFLATED_BYTES = 33_554_432

_BASE64 = re.compile(
    r"(?<![A-Za-z0-9+/_-])[A-Za-z0-9+/_-]{48,}+(?:[ \t]{0,8}+\r?\n[ \t]{0,16}+[A-Za-z0-9+/_-]{16,}+)*+"
    r"(?:\r?\n[ \t]{0,16}+[A-Za-z0-9+/_-]{1,15}+(?![A-Za-z0-9+/_-]))?={0,2}"
)
_BASE64_WORD, _HEX_WORD = 48, 128
_HEX = re.compile(r"(?<![0-9A-Fa-f])(?:0x)?+[0-9A-Fa-f]{128,}+(?![0-9A-Za-z])")
_SPACED_HEX = re.compile(
    r"[0\\](?<![0-9A-Fa-f][0\\])[xX][0-9A-Fa-f]{2}[ ,\r\n]{0,4}+(?:[0\\][xX][0-9A-Fa-f]{2}[ ,\r\n]{0,4}+){23,}+"
)
_NUMBER_LIST = re.compile(r"[0-9](?<![0-9,][0-9])[0-9]{0,2}(?:[ \t\r\n]{0,4}+,[ \t\r\n]{0,4}+[0-9]{1,3}){47,}+")
_PERCENT = re.compile(r"%[0-9A-Fa-f]{2}[^%\"'<>\r\n]{0,12}+(?:%[0-9A-Fa-f]{2}[^%\"'<>\r\n]{0,12}+){23,}+")
_DATA_URI = re.compile(
    r"[dD](?<!\w[dD])ata:(?P<type>[a-z0-9.+-]{1,60}/[a-z0-9.+-]{1,80})?+(?P<rest>[^,\"'<>\s]{0,200}+),(?P<data>[^\"'<>\s)]{16,}+)",
    re.IGNORECASE,
)
_SPACES = re.compile(r"\s{1,1000}")
_NUMBER = re.compile(r"[0-9]{1,3}")
_HEX_PAIR = re.compile(r"(?:0x|\\x)([0-9A-Fa-f]{2})", re.IGNORECASE)

# What pages carry for themselves: pictures, fonts, sounds, programs of the browser. They are no files for a person.
_OWN_TYPES = ("image/", "font/", "audio/", "video/", "text/css", "application/font", "application/x-font")
_OWN_BEGINNINGS = (
    b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"RIFF", b"wOFF", b"wOF2", b"\x00\x01\x00\x00", b"OTTO", b"ttcf", b"ID3",
    b"OggS", b"\x00asm", b"\x00\x00\x01\x00", b"\x1aE\xdf\xa3", b"BM",
)  # fmt: skip
# What files for a person begin with.
_BEGINNINGS: tuple[tuple[bytes, str], ...] = (
    (b"PK\x03\x04", "zip"), (b"MZ", "exe"), (b"Rar!\x1a\x07", "rar"), (b"7z\xbc\xaf\x27\x1c", "7z"), (b"%PDF-", "pdf"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "ole"), (b"MSCF\x00\x00\x00\x00", "cab"), (b"\x1f\x8b\x08", "gz"),
    (b"L\x00\x00\x00\x01\x14\x02\x00", "lnk"), (b"{\\rt", "rtf"), (b"\x7fELF", "elf"), (b"ITSF", "chm"),
)  # fmt: skip
_ISO = slice(0x8001, 0x8006)
_TEXT_SHARE = 0.9
_PRINTABLE = bytes((*range(32, 127), 9, 10, 13))


class Blob(Struct, frozen=True, kw_only=True):
    """Decoded bytes, and an extension by how they begin."""

    data: bytes
    extension: str = ""


def find(text: str) -> Iterator[Blob]:
    """The first MOST blobs, each content once; what a page carries for itself (pictures, fonts) is left out."""
    seen: set[bytes] = set()
    is_reversed = "reverse" in text
    for how, pattern, decode in _WAYS:
        for match in islice(_matches(pattern, text), _TRIED):
            blob = _blob(match, how, decode, is_reversed=is_reversed)
            if blob is None or blob.data in seen:
                continue
            seen.add(blob.data)
            yield blob
            if len(seen) >= MOST:
                return


def _matches(pattern: re.Pattern[str], text: str) -> Iterator[re.Match[str]]:
    """What `finditer` finds; where it takes a long word, only these are looked at."""
    word = _WORDS.get(pattern)
    if word is None:
        yield from pattern.finditer(text)
        return
    at = 0
    for begin, _ in spans(text, *word):
        # Base64 goes on over line ends, so that several words are one match.
        match = pattern.match(text, begin) if begin >= at else None
        if match is not None:
            at = match.end()
            yield match


def extension_of(data: bytes) -> str:
    """What the bytes begin like: "zip", "exe" ..., "htm", "txt"; "" for what is not known."""
    for beginning, extension in _BEGINNINGS:
        if data.startswith(beginning):
            return extension
    if data[_ISO] == b"CD001":
        return "iso"
    head = data[:1024]
    if data.startswith((b"\xff\xfe", b"\xfe\xff")) or _is_wide(head):
        return "txt"
    if head and len(head) - len(head.translate(None, _PRINTABLE)) >= _TEXT_SHARE * len(head):
        lowered = head.lstrip().lower()
        return "htm" if lowered.startswith((b"<!doctype", b"<html", b"<head", b"<body", b"<script", b"<svg")) else "txt"
    return ""


def text_of(data: bytes) -> str:
    """The text that a decoded blob is, "" where it is none."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace")
    if _is_wide(data[:1024]):
        return data.decode("utf-16-le", "replace")
    return data.decode("utf-8", "replace") if extension_of(data) in ("txt", "htm") else ""


def inflated(data: bytes) -> bytes:
    """The content of a gzip, zlib or bare deflate stream, at most 32 MiB; "" where it is none of them."""
    for bits in (47, -15):
        try:
            content = zlib.decompressobj(bits).decompress(data, _INFLATED_BYTES)
        except zlib.error:
            continue
        if content:
            return content
    return b""


def from_base64(text: str) -> bytes:
    """Bytes of base64 in either alphabet, without its padding or its last characters where they are damaged."""
    compact = _SPACES.sub("", text).rstrip("=").replace("-", "+").replace("_", "/")
    compact = compact[: len(compact) - 1] if len(compact) % 4 == 1 else compact
    try:
        return base64.b64decode(compact + "=" * (-len(compact) % 4))
    except ValueError:  # not base64 (binascii.Error), not even ASCII
        return b""


def _is_wide(head: bytes) -> bool:
    """UTF-16 without a mark, as PowerShell writes it: every second byte is 0."""
    return len(head) >= 16 and head[1:64:2].count(0) >= len(head[1:64:2]) * _TEXT_SHARE and head[0:64:2].count(0) == 0


def _blob(
    match: re.Match[str], how: str, decode: Callable[[re.Match[str]], bytes], *, is_reversed: bool
) -> Blob | None:
    data = decode(match)
    if data.startswith(_OWN_BEGINNINGS) or len(data) < 16:
        return None
    extension = extension_of(data)
    if not extension and how == "base64" and is_reversed:
        turned = from_base64(match[0].rstrip("=")[::-1])
        if extension_of(turned):
            return Blob(data=turned, extension=extension_of(turned))
    if not extension and how != "data: URI" and (len(data) < 1024 or len(set(data[:256])) < 16):
        # Keys, signatures, hashes; one letter repeated.
        return None
    return Blob(data=data, extension=extension)


def _of_base64(match: re.Match[str]) -> bytes:
    return from_base64(match[0]) if len(match[0]) >= _BASE64_CHARACTERS and not match[0].isdigit() else b""


def _of_hex(match: re.Match[str]) -> bytes:
    digits = match[0].removeprefix("0x")
    return bytes.fromhex(digits[: len(digits) // 2 * 2])


def _of_spaced_hex(match: re.Match[str]) -> bytes:
    return bytes.fromhex("".join(_HEX_PAIR.findall(match[0])))


def _of_numbers(match: re.Match[str]) -> bytes:
    """Bytes only where every number is one: tables of numbers are not."""
    numbers = [int(number) for number in _NUMBER.findall(match[0])]
    data = bytes(numbers) if max(numbers) < 256 else b""
    return data if extension_of(data) else b""


def _of_percent(match: re.Match[str]) -> bytes:
    return unquote_to_bytes(match[0])


def _of_data_uri(match: re.Match[str]) -> bytes:
    kind = (match["type"] or "").lower()
    if kind.startswith(_OWN_TYPES) and kind != "image/svg+xml":
        return b""
    if match["rest"].lower().endswith(";base64"):
        return from_base64(unquote_to_bytes(match["data"]).decode("latin-1"))
    return unquote_to_bytes(match["data"])


_WORDS = {_BASE64: (BASE64 + b"_-", _BASE64_WORD), _HEX: (b"0123456789ABCDEFabcdef", _HEX_WORD)}
_WAYS: tuple[tuple[str, re.Pattern[str], Callable[[re.Match[str]], bytes]], ...] = (
    ("data: URI", _DATA_URI, _of_data_uri),
    ("base64", _BASE64, _of_base64),
    ("hexadecimal", _HEX, _of_hex),
    ("hexadecimal", _SPACED_HEX, _of_spaced_hex),
    ("numbers", _NUMBER_LIST, _of_numbers),
    ("percent signs", _PERCENT, _of_percent),
)
