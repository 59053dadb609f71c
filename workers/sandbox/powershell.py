"""PowerShell as it is meant, layer below layer: what it decodes and runs is read like the script itself."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator

from workers.sandbox.powershell_reader import Reader

CHARACTERS = 262_144
LAYERS = 6
INFLATED_BYTES = 1_048_576

_TICKED = re.compile(r"(?<=\w)`(?=\w)|(?<=[\s(|;&.])`(?=\w)|(?<=-)`(?=\w)")
_CODE = re.compile(r"\b(?:iex|invoke-\w+|new-object|start-process|downloadstring|set-content|add-type|net\.webclient)\b"
                   r"|\$\w+[ \t]{0,4}=|\bhttps?://", re.IGNORECASE)  # fmt: skip
_LITERAL = re.compile(r"'((?:[^']|''){0,300000}+)'")
_TEXT_SHARE = 0.9


def layers(script: str) -> Iterator[str]:
    """The script as it is meant, and every layer below it, at most LAYERS."""
    waiting, seen, count = [script[:CHARACTERS]], set[str](), 0
    while waiting and count < LAYERS:
        text = waiting.pop(0)
        if text in seen:
            continue
        seen.add(text)
        count += 1
        reader = Reader()
        folded = reader.folded(_TICKED.sub("", text))
        again = Reader().folded(folded) if folded != text else folded
        yield again
        waiting += [match for match in _literals(again) if match != text]
        waiting += filter(None, map(code_in, reader.blobs))


def code_in(blob: bytes) -> str:
    """Text of a decoded blob, inflated where it is packed; "" where it is none."""
    for candidate in (blob, _inflated(blob)):
        for codec in ("utf-16-le", "utf-8"):
            text = candidate[:CHARACTERS].decode(codec, "replace")
            readable = sum(letter.isascii() and (letter.isprintable() or letter in "\r\n\t") for letter in text)
            if len(text) >= 8 and readable >= _TEXT_SHARE * len(text):
                return text
    return ""


def _inflated(blob: bytes) -> bytes:
    """Bytes below gzip, zlib or deflate alone; b"" where there is none of them."""
    ways = (zlib.MAX_WBITS | 16,) if blob.startswith(b"\x1f\x8b") else (zlib.MAX_WBITS, -zlib.MAX_WBITS)
    for bits in ways:
        try:
            return zlib.decompressobj(bits).decompress(blob, INFLATED_BYTES)
        except zlib.error:
            continue
    return b""


def _literals(text: str) -> Iterator[str]:
    """Strings that are code themselves: what `Invoke-Expression` or another program gets."""
    for match in _LITERAL.finditer(text):
        literal = match[1].replace("''", "'")
        if len(literal) >= 16 and _CODE.search(literal[:20_000]) and " " in literal:
            yield literal
