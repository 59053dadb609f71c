"""Spellings that only serve to hide a word from programs, read as a person reads them, and counted.

    overrides turned around -> simplified -> stacked marks -> fancy letters -> one script a word -> s p a c e d -> l33t

Each step is linear. Honest text stays what it is: whole Russian and Greek words, Turkish and Polish letters, flags,
units, product codes, addresses.
"""

from __future__ import annotations

import re
import unicodedata

from msgspec import Struct

from mailcore.confusables import LOOKS_LIKE
from mailcore.leet import read_leet
from mailcore.lookalike import INVISIBLE, LATIN, MARKS, SYLLABICS


class Obfuscation(Struct, frozen=True, kw_only=True):
    """How often words of a text are written so that programs miss them.

    `mixed_script_words` hold letters of several scripts, or of a foreign script only those that look Latin in a Latin
    text; `folded_letters` are mathematical, enclosed and small-capital ones, tags, and words under stacked marks;
    `spaced_words` are written letter by letter; `leet_words` are known words with digits and signs for letters;
    `reversed_runs` are written from right to left by an override.
    """

    mixed_script_words: int = 0
    folded_letters: int = 0
    spaced_words: int = 0
    leet_words: int = 0
    reversed_runs: int = 0


_NOTHING = Obfuscation()

# Typography, which NFKC leaves alone or which is too frequent to pay for NFKC; rules are written plainly.
_PLAIN = {
    "\u2018": "'",
    "\u2019": "'",
    "\u201c": '"',
    "\u201d": '"',
    "\u2013": "-",
    "\u2014": "-",
    "\u2026": "...",
    "\u2122": "TM",
    "\u0251": "a",  # a letter of phonetic alphabets that is used for the Latin one
    **dict.fromkeys("\u00a0\u202f\u2002\u2003\u2007\u2009\u200a\u3000", " "),
}
# Looking for one character in a text costs next to nothing; the other invisible ones are left to `plain_letters`.
_REPLACED = [(character, "") for character in INVISIBLE if ord(character) < 0x2061 or character in "\ufe0e\ufe0f\ufeff"]
_REPLACED += [(chr(code), "") for code in range(0x2066, 0x206A)]
UNSEEN = "\u2061-\u2065\u206a-\u206f\ufe00-\ufe0d\U000e0000-\U000e01ef"
_REPLACED += list(_PLAIN.items())

# Scripts of which letters look Latin: Greek, Cyrillic, Armenian, Cherokee, Canadian syllabics, Coptic, Tifinagh, Lisu,
# Deseret, Osage, Warang Citi.
_SCRIPTS = (
    "\u0370-\u0373\u0376\u0377\u037b-\u037d\u037f-\u052f\u0531-\u0587\u13a0-\u13fd\u1401-\u167f\u2c80-\u2ce4"
    "\u2d30-\u2d67\ua4d0-\ua4f7\uab70-\uabbf\U00010400-\U0001044f\U000104b0-\U000104fb\U000118a0-\U000118df"
)
_LATIN_LETTERS = "A-Za-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f"
_LETTERS = _LATIN_LETTERS + _SCRIPTS
_LAST_OF_LIVING = "\u0588"  # the scripts behind Armenian are written by few, and never with lookalikes alone
# Phonetic letters and small capitals; letters in dark circles and squares. Latin letters below them are languages'.
_FANCY_LETTERS = "\u0250-\u02af\u1d00-\u1d2b\u1d6b-\u1d77\u1d79-\u1d9a\ua730\ua731\ua7ae\ua7af\U0001f150-\U0001f189"
_REGIONAL = "\U0001f1e6-\U0001f1ff"
_MARKS = "".join(map(chr, MARKS))

OVERRIDE = "\u202e"
_OVERRIDDEN = re.compile("\u202e([^\u202c\u202d\u202e\n]*)\u202c?")
_TAGS = re.compile("[\U000e0000-\U000e007f\U000e0100-\U000e01ef]")
_UNSEEN = re.compile(f"[{UNSEEN}]")
_MATHEMATICAL = re.compile("[\u24b6-\u24e9\U0001d400-\U0001d7ff\U0001f130-\U0001f149]")
_MARK = re.compile(f"[{_MARKS}]")
_COMPOSED = _LATIN_LETTERS + "\u1e00-\u1eff"
_STACKED_WORD = re.compile(f"(?<![{_COMPOSED}])[{_COMPOSED}]++[{_MARKS}][{_COMPOSED}{_MARKS}]*+")
# A regional indicator beside another one is a flag.
_FANCY = re.compile(f"[{_FANCY_LETTERS}{_REGIONAL}]")
_FANCY_ALONE = re.compile(f"[{_FANCY_LETTERS}]|(?<![{_REGIONAL}])[{_REGIONAL}](?![{_REGIONAL}])")
_FOREIGN = re.compile(f"[{_SCRIPTS}]")
_FOREIGN_WORD = re.compile(f"(?<![{_LETTERS}0-9])[{_LATIN_LETTERS}0-9]*+[{_SCRIPTS}][{_LETTERS}0-9]*+")
_LATIN_RUN = re.compile(f"[{_LATIN_LETTERS}]+")
_SEPARATORS = r" .\-_*~+|\u00b7\u2022"
_SPACED = re.compile(rf"(?<![^\W_])([^\W\d_])([{_SEPARATORS}])(?:[^\W\d_]\2){{2,30}}[^\W\d_](?![^\W_])")

# How a letter inside of a word is read: as in a skeleton, but "I" for what looks like a capital I.
_READ = LATIN | dict.fromkeys(map(ord, "\u0399\u0406\u04c0\u2c92\u2d4f\ua4f2"), "I") | {0x04CF: "l"}
# What is drawn like a Latin letter in every typeface: words of nothing else are not read as Russian or Greek.
ALIKE = {source for sources in LOOKS_LIKE.values() for source in sources if _READ[ord(source)].isalpha()}
ALIKE |= set(SYLLABICS)
_ALIKE_OR_DIGITS = ALIKE | set("0123456789")
_UNLIKE = re.compile(
    "["
    + "".join(
        chr(code)
        for code in (*range(0x0370, 0x0530), *range(0x0531, 0x0588))
        if chr(code).isalpha() and chr(code) not in ALIKE
    )
    + "]"
)


def simplified(text: str) -> str:
    """The text with plain quotation marks, dashes and spaces, without invisible characters, in NFKC."""
    if text.isascii():
        return text
    for character, plain in _REPLACED:
        if character in text:
            text = text.replace(character, plain)
    if not unicodedata.is_normalized("NFKC", text):
        text = unicodedata.normalize("NFKC", text)
    return text


def plain_letters(text: str) -> str:
    """The text with its words in the letters that are read, simplified; digits in words stay (see `mailcore.leet`)."""
    return _read(text)[0]


def obfuscation(text: str) -> Obfuscation:
    """How words of a text are hidden; nothing in most."""
    unplain = 0 if text.isascii() else len(_MATHEMATICAL.findall(text)) + len(_TAGS.findall(text))
    text, (reversed_runs, folded, mixed, spaced) = _read(text)
    leet = read_leet(text.encode("utf-8", "replace"))[1]
    if not (unplain or reversed_runs or folded or mixed or spaced or leet):
        return _NOTHING
    return Obfuscation(
        mixed_script_words=mixed,
        folded_letters=folded + unplain,
        spaced_words=spaced,
        leet_words=leet,
        reversed_runs=reversed_runs,
    )


def _read(text: str) -> tuple[str, tuple[int, int, int, int]]:
    """The text in plain letters, and how much each step has found."""
    reversed_runs = folded = mixed = 0
    if not text.isascii():
        if OVERRIDE in text:
            text, reversed_runs = _OVERRIDDEN.subn(lambda match: match.group(1)[::-1], text)
        text = simplified(_UNSEEN.sub("", text))
        if _MARK.search(text):  # one that no composed letter has
            text, folded = _STACKED_WORD.subn(_without_marks, text)
        if _FANCY.search(text):
            text, fancy = _FANCY_ALONE.subn(lambda match: _READ.get(ord(match.group()), match.group()), text)
            folded += fancy
        text, mixed = _in_one_script(text)
    text, spaced = _SPACED.subn(_joined, text)
    return text, (reversed_runs, folded, mixed, spaced)


def _without_marks(match: re.Match[str]) -> str:
    return _MARK.sub("", unicodedata.normalize("NFKD", match.group()))


def _in_one_script(text: str) -> tuple[str, int]:
    """Words with letters of several scripts as Latin ones; foreign words only where nothing in the text is foreign."""
    if not _FOREIGN.search(text):
        return text, 0
    foreign = len(text) - len(_FOREIGN.sub("", text))
    is_latin_text = len(text) - len(_LATIN_RUN.sub("", text)) > foreign and not _UNLIKE.search(text)
    mixed = 0

    def read(match: re.Match[str]) -> str:
        nonlocal mixed
        word = match.group()
        if len(word) < 3 or (word[0] == "\u03bc" and len(word) <= 6):  # units, such as micrometres
            return word
        plain = word.translate(_READ)
        if _LATIN_RUN.search(word):
            if _FOREIGN.search(plain):  # a Russian word with a Latin prefix
                return word
        elif not (is_latin_text or word[0] > _LAST_OF_LIVING) or not _ALIKE_OR_DIGITS.issuperset(word):
            return word
        mixed += 1
        return plain

    return _FOREIGN_WORD.sub(read, text), mixed


def _joined(match: re.Match[str]) -> str:
    return match.group().replace(match.group(2), "")
