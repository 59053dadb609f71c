"""What the learned model sees of a mail: the words that a person reads, and pairs of neighbouring words.

It is as important what it does not see. Everything that tells one corpus from another without meaning anything
is left out: headers other than the subject, addresses, hosts, numbers, dates, quoted text, patches, signatures,
footers and vocabulary of mailing lists, and the words that redaction leaves behind (docs/detection.md). Links,
forms and hidden text are judged by other pools; here their number would only tell newsletters from the rest.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from functools import lru_cache
from itertools import chain, islice

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from mailcore.message import Message
from workers.ml.word_lists import BOOKKEEPING, COURTESY, ENGLISH_WORDS, MASKED, SHORT_WORDS

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
# Stands where a word of courtesy was: "thank you for your business" says nothing, to the end of its sentence.
FORMULA = "\0"
FORMULA_WORDS = 8

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
    """Distinct features of one mail: ascending keys, and for each the place where it was first seen.

    Places below `len(words)` are words, the others are pairs of neighbours, counted from the first one.
    """

    keys: Keys
    places: NDArray[np.intp]
    words: list[str]

    def name(self, index: int) -> str:
        """How to call the feature with that index for a person."""
        place = int(self.places[index])
        count = len(self.words)
        if place < count:
            return self.words[place]
        first = place - count
        return f"{self.words[first]} {self.words[first + 1]}"


def read_features(message: Message) -> Features | None:
    """The features of a message, or None where there is too little English text to say anything.

    Bounded: the first 16,384 characters and 1,200 words of what a person sees.
    """
    words = visible_words(message)
    if not _is_enough_english(words):
        return None
    singles = np.fromiter(map(_key, words), np.uint32, len(words))
    pairs = _pair(singles[:-1], singles[1:])
    # Neighbours of a BREAK are no pair, and a BREAK is no word: their keys become 0, which is left out.
    pairs[(singles[:-1] == 0) | (singles[1:] == 0)] = 0
    keys, places = np.unique(np.concatenate((singles, pairs)), return_index=True)
    begin = int(keys[0] == 0)
    return Features(keys=keys[begin:], places=places[begin:], words=words)


@lru_cache(maxsize=8_192)
def _key(word: str) -> int:
    """The CRC of the word: the same in every version of Python, and 0 for BREAK."""
    return zlib.crc32(word.encode())


def _pair(first: Keys, second: Keys) -> Keys:
    """Keys of two words in a row, modulo 2**32 (multiplied by odd numbers, so that their order matters)."""
    return (first * np.uint32(0x9E3779B1)) ^ (second * np.uint32(0x85EBCA6B) + np.uint32(0x27D4EB2F))


def visible_words(message: Message) -> list[str]:
    """Words of subject and visible text in order, in lower case; BREAK where a sentence ends or a giveaway was."""
    words = [*_words(_REPLY_MARKS.sub("", message.subject[:500])), BREAK]
    for text in visible_texts(message):
        words += _words(text)
    return list(islice(_without_formulas(words), MOST_WORDS))


def _without_formulas(words: list[str]) -> Iterator[str]:
    left = 0
    for word in words:
        if word == FORMULA:
            left = FORMULA_WORDS
            yield BREAK
        elif word == BREAK:
            left = 0
            yield word
        elif left:
            left -= 1
        else:
            yield word


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
        # Newsletters pad with hundreds of empty lines.
        if line and not line.startswith(_NOT_OWN) and not line.rstrip().endswith(_ATTRIBUTION):
            own.append(line)
    return "\n".join(own)


def _words(text: str) -> Iterator[str]:
    # Addresses and numbers are no words: twice as many chunks give enough. Long ones never get into the cache.
    chunks = (chunk if len(chunk) <= CHUNK_CHARACTERS else "@" for chunk in islice(text.split(), 2 * MOST_WORDS))
    return chain.from_iterable(map(words_of_chunk, chunks))


@lru_cache(maxsize=8_192)
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
    words = tuple(word if _says_something(word) else FORMULA if word in COURTESY else BREAK for word in found)
    return (*words, BREAK) if chunk.endswith(_SENTENCE_ENDS) else words


_UNSEEN = MASKED | BOOKKEEPING | COURTESY


def _says_something(word: str) -> bool:
    return word not in _UNSEEN and (3 <= len(word) <= 20 or word in SHORT_WORDS)


def _is_enough_english(words: list[str]) -> bool:
    count = len(words) - words.count(BREAK)
    return count >= FEWEST_WORDS and sum(map(ENGLISH_WORDS.__contains__, words)) >= ENGLISH_SHARE * count
