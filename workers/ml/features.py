"""What the learned model sees of a mail: its words, its pairs of words, and the shape of its links and HTML.

It is as important what it does not see. Everything that tells one corpus from another without meaning anything
is left out: headers other than the subject, addresses, hosts, numbers, dates, quoted text, patches, signatures,
footers and vocabulary of mailing lists, and the words that redaction leaves behind (docs/detection.md).
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable, Iterator
from functools import lru_cache

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from mailcore.message import Link, Message
from workers.ml.word_lists import ENGLISH_WORDS, MASKED, SHORT_WORDS

FEATURES_VERSION = 1

# The pitch of a mail is at its start; what follows is often a disclaimer, or filler copied from elsewhere.
TEXT_CHARACTERS = 16_384
MOST_WORDS = 1_200
FEWEST_WORDS = 20
# Longer chunks between spaces are addresses, encoded data or code, never a word.
CHUNK_CHARACTERS = 32
# HTML with less text is often only a button or a picture; then the plain text is read too.
LITTLE_HTML = 200

MONEY, PERCENT = "money-amount", "per-cent"
BREAK = ""

Keys = NDArray[np.uint32]

_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]+"
)
_WORD = re.compile(r"[^\W\d_]+(?:['\u2019][^\W\d_]{1,2}(?![^\W\d_]))?")
_MONEY = re.compile(r"(?:us|c|au)?[$\u20ac\u00a3\u00a5\u20b9]\d|\d[$\u20ac\u00a3\u00a5\u20b9]|(?:usd|eur|gbp)\d")
_REPLY_MARKS = re.compile(r"^(?:\s*(?:re|fwd?|aw|wg|sv|vs|antw|tr)\s*(?:\[\d+\])?:|\s*\[[^\]]{1,60}\])+", re.IGNORECASE)
_HOST = re.compile(r"\w\.[a-z]{2,}(?:[/:?#]|$)", re.IGNORECASE)
# Lines of quotes and of patches.
_NOT_OWN = (">", "|", "\u00bb", "+++", "---", "@@", "diff ", "index ", "+\t", "-\t", "+ ", "\t")
_ATTRIBUTION = ("wrote:", "writes:", "schrieb:")
_FOOTER = "____________________"
_SENTENCE_ENDS = (".", "!", "?", ":", ";")

# Text with fewer English words among its words is taken for another language.
ENGLISH_SHARE = 0.15


class Features(Struct, frozen=True):
    """Distinct features of one mail: `keys` (crc32) and, in the same order, how to call them for a person."""

    keys: Keys
    names: tuple[str, ...]


def read_features(message: Message) -> Features | None:
    """The features of a message, or None where there is too little English text to say anything.

    Bounded: the first 16,384 characters and 1,200 words of what a person sees, and 1,000 links.
    """
    words = visible_words(message)
    if not _is_enough_english(words):
        return None
    names: dict[int, str] = {}
    previous, previous_key = BREAK, 0
    for word in words:
        if word == BREAK:
            previous = BREAK
            continue
        key = _key(word)
        names.setdefault(key, word)
        if previous:
            names.setdefault(_pair(previous_key, key), f"{previous} {word}")
        previous, previous_key = word, key
    for name in shape_of(message):
        names[_key(name)] = name
    return Features(np.fromiter(names.keys(), np.uint32, len(names)), tuple(names.values()))


@lru_cache(maxsize=32_768)
def _key(word: str) -> int:
    return zlib.crc32(word.encode())


def _pair(first: int, second: int) -> int:
    """The key of two words in a row (Fibonacci hashing: order matters, and no string is built)."""
    return ((first * 0x9E3779B1) ^ (second * 0x85EBCA6B + 0x27D4EB2F)) & 0xFFFFFFFF


def visible_words(message: Message) -> list[str]:
    """Words of subject and visible text in order, in lower case; BREAK where a sentence ends or a giveaway was."""
    words = [*_words(_REPLY_MARKS.sub("", message.subject[:500])), BREAK]
    for text in visible_texts(message):
        words.extend(_words(text))
        if len(words) > MOST_WORDS:
            break
    return words[:MOST_WORDS]


def visible_texts(message: Message) -> Iterator[str]:
    """What a person reads: HTML where there is some, else plain text (both say the same in good mail), cleaned."""
    html = message.html_text.strip()
    if html:
        yield _own_lines(html[:TEXT_CHARACTERS])
    if len(html) < LITTLE_HTML:
        yield _own_lines(message.text[:TEXT_CHARACTERS])


def _own_lines(text: str) -> str:
    """Lines that the sender wrote: no quotes, no patches, nothing from a signature or list footer on."""
    if not text.isascii():
        text = _INVISIBLE.sub("", text)
    own = []
    for line in text.splitlines():
        if line == "-- " or line.startswith(_FOOTER):
            break
        if not line.startswith(_NOT_OWN) and not line.rstrip().endswith(_ATTRIBUTION):
            own.append(line)
    return "\n".join(own)


def _words(text: str) -> Iterator[str]:
    for chunk in text.split():
        yield from words_of_chunk(chunk) if len(chunk) <= CHUNK_CHARACTERS else (BREAK,)


@lru_cache(maxsize=16_384)
def words_of_chunk(chunk: str) -> tuple[str, ...]:
    """The words of one chunk between spaces (at most 32 characters), with BREAK where words are not neighbours."""
    chunk = chunk.lower()
    if "@" in chunk or "://" in chunk or "_" in chunk or _HOST.search(chunk):
        return (BREAK,)
    if any(character.isdigit() for character in chunk):
        if _MONEY.search(chunk):
            return (MONEY,)
        return (PERCENT,) if "%" in chunk else (BREAK,)
    found = [word.replace("\u2019", "'") for word in _WORD.findall(chunk)]
    words = tuple(word if _says_something(word) else BREAK for word in found)
    return (*words, BREAK) if chunk.endswith(_SENTENCE_ENDS) else words


def _says_something(word: str) -> bool:
    return word not in MASKED and (3 <= len(word) <= 20 or word in SHORT_WORDS)


def _is_enough_english(words: list[str]) -> bool:
    count = len(words) - words.count(BREAK)
    return count >= FEWEST_WORDS and sum(word in ENGLISH_WORDS for word in words) >= ENGLISH_SHARE * count


def shape_of(message: Message) -> Iterator[str]:
    """Names of what is peculiar about links and HTML. How many there are tells corpora apart, and is left out."""
    links = [link for link in message.links if link.scheme in {"http", "https"}]
    yield from _shape_of_links(links)
    if message.html.form_actions:
        yield "a form in the mail"
    if message.html.password_fields:
        yield "a password field in the mail"
    if message.html.scripts:
        yield "a script in the mail"


def _shape_of_links(links: Iterable[Link]) -> Iterator[str]:
    for link in links:
        if link.host and not link.domain:
            yield "a link to an IP address"
        if link.shown.startswith(("http://", "https://")) and link.domain and link.domain not in link.shown.lower():
            yield "a link that goes elsewhere than it says"
