"""Encodings inside encodings: what is left encoded after a mail was read as its format asks for.

Honest senders encode once, and only what has to be; each further layer is there for the programs that look at one.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Callable, Iterable
from html import unescape
from urllib.parse import unquote

from mailcore.header_fields import decode_value
from mailcore.message import Message

MOST = 5  # layers that are counted
LEAST = 3  # encoded letters that are no accident
_CHARACTERS = 200_000  # of a text that are looked at
_LINKS = 100
_HREF = 4_096
_BLOCKS = 20

# Only letters and digits that need no encoding: "&amp;nbsp;" and "https%253A%252F%252F" are sloppy, and harmless.
_ENTITY = re.compile(
    r"&#(?:0*(?:4[89]|5[0-7]|6[5-9]|[78]\d|90|9[7-9]|1[01]\d|12[0-2])|x0*(?:3\d|[46][1-9a-f]|[57][0-9a])) ?;",
    re.IGNORECASE,
)
_PERCENT = re.compile(r"%(?:25)*(?:[46][1-9a-f]|[57][0-9a]|3\d)", re.IGNORECASE)
_WORD = re.compile(r"=\?[\w-]{1,40}\?[bq]\?[^?\s]*\?=", re.IGNORECASE)
_BASE64 = re.compile(r"(?<!\S)[A-Za-z0-9+/]{40,20000}={0,2}(?!\S)")
_PRINTABLE = bytes(range(0x20, 0x7F)) + b"\t\r\n"


def encoding_layers(message: Message) -> int:
    """How many encodings lie inside of each other where one would do; 0 in honest mail, `MOST` at most. Linear."""
    texts = [text[:_CHARACTERS] for text in {message.text, message.html_text, message.html.hidden_text} if text]
    layers = max(map(_entity_layers, texts), default=0)
    layers = max(layers, max(map(_base64_layers, texts), default=0))
    hrefs = dict.fromkeys(link.written[:_HREF] for link in message.links[:_LINKS] if "%" in link.written)
    layers = max(layers, max(map(_percent_layers, hrefs), default=0))
    values = (*message.header_values("subject"), *message.header_values("from"), *message.header_values("reply-to"))
    return max(layers, max(map(_word_layers, values), default=0))


def _layers(text: str, pattern: re.Pattern[str], decode: Callable[[str], str], least: int) -> int:
    for layer in range(MOST):
        if not _has(pattern.finditer(text), least):
            return layer
        text = decode(text)
    return MOST


def _has(matches: Iterable[re.Match[str]], least: int) -> bool:
    return any(number >= least for number, _ in enumerate(matches, 1))


def _entity_layers(text: str) -> int:
    return _layers(text, _ENTITY, unescape, LEAST) if "&#" in text else 0


def _percent_layers(href: str) -> int:
    return _layers(href, _PERCENT, unquote, LEAST)


def _word_layers(value: str) -> int:
    if "=?" not in value:
        return 0
    return _layers(value, _WORD, lambda text: decode_value(text.encode("utf-8", "replace"))[0], 1)


def _base64_layers(text: str) -> int:
    """Blocks of base64 in readable text that are readable text again; keys, patches and signatures are not."""
    deepest = 0
    for number, match in enumerate(_BASE64.finditer(text)):
        if number >= _BLOCKS:
            break
        layer, block = 0, match.group()
        while layer < MOST and (inner := _readable(block)):
            layer += 1
            block = "".join(inner.split())
        deepest = max(deepest, layer)
    return deepest


def _readable(block: str) -> str:
    """The text that a block of base64 decodes to, or ""."""
    if not _BASE64.fullmatch(block):
        return ""
    try:
        data = binascii.a2b_base64(block[: len(block) - len(block) % 4])
    except ValueError:
        return ""
    # Text that a person reads has spaces, or tags, or is base64 once more; identifiers have none of them.
    is_text = not data.translate(None, _PRINTABLE) and (data.count(b" ") * 20 > len(data) or b"</" in data)
    return data.decode("ascii") if is_text or _BASE64.fullmatch(data.decode("latin-1").strip()) else ""
