"""What looks like what: text reduced to the shapes that a reader sees, the distance of two names, and leetspeak."""

from __future__ import annotations

import re
import unicodedata

from rapidfuzz.distance import OSA

from mailcore.confusables import LOOKS_LIKE

# Characters that nobody sees: without width, directions, variation selectors, tags. Blank letters (Hangul and Khmer
# fillers, blank Braille) stay: they are seen as a gap.
INVISIBLE = (
    *(chr(code) for code in (0x00AD, 0x034F, 0x061C, 0x180E, 0xFEFF)),
    *(chr(code) for code in range(0x200B, 0x2010)),
    *(chr(code) for code in range(0x202A, 0x202F)),
    *(chr(code) for code in range(0x2060, 0x2070)),
    *(chr(code) for code in range(0xFE00, 0xFE10)),
    *(chr(code) for code in range(0xE0000, 0xE01F0)),
)
# Accents and what is stacked on letters; not the vowel signs of scripts that write words with them.
MARKS = (*range(0x0300, 0x0370), *range(0x1AB0, 0x1B00), *range(0x1DC0, 0x1E00), *range(0x20D0, 0x2100))

# Beyond the table of Unicode, which only has what some typeface draws alike: small capitals, letters in circles and
# squares, and the Cyrillic and Greek letters that are read by their shape inside of Latin words.
_SMALL_CAPITALS = dict(zip("ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘꞯʀꜱᴛᴜᴠᴡʏᴢ", "abcdefghijklmnopqrstuvwyz", strict=True))
_BY_SHAPE = dict(zip("вкмнтпияβεκμτχως", "bkmhtnnrbekutxws", strict=True))
SYLLABICS = dict(zip("ᗩᑕᗪᗴᘜᑎᗝᑫᔕᑌᗯᘔ", "acdegnoqsuwz", strict=True))  # of fancy-text generators
_ENCLOSED = {
    chr(first + number): chr(ord("a") + number)
    for first in (0x1F150, 0x1F170, 0x1F1E6)  # negative circled, negative squared, regional indicators
    for number in range(26)
}
_READ_AS = {
    **{source: shown for shown, sources in LOOKS_LIKE.items() for source in sources},
    **_BY_SHAPE,
    **SYLLABICS,
    **_SMALL_CAPITALS,
    **_ENCLOSED,
}

LATIN = {ord(source): shown for source, shown in _READ_AS.items()}
_UNSEEN = dict.fromkeys(map(ord, INVISIBLE)) | dict.fromkeys(MARKS)
_SHAPES = str.maketrans("01l|", "oiii")
_PAIRS = (("rn", "m"), ("vv", "w"), ("cl", "d"))

_LONGEST_NAME = 253  # RFC 1035, 2.3.4, in text form

_LEET = str.maketrans("013457894@$€!|", "oieastbga" + "aseii")
_LEET_WORD = re.compile(r"(?<![\w.@$€!|+-])[0-9@$€!|]*[A-Za-z][A-Za-z0-9@$€!|]*(?![\w@.-]*\.\w)")
_NUMBERS_AROUND = re.compile(r"(\d{2,}|)(.*?)(\d{2,}[!|]*|[!|]*)$", re.DOTALL)  # of a model, a year, a standard
_LEET_SIGN = re.compile(r"[0134578@$€]|[!|](?=\w)")


def skeleton(text: str) -> str:
    """The text as shapes: texts with equal skeletons look alike to a reader.

    Unicode's confusables (UTS #39, 4) on compatibility forms, without accents, case and invisible characters; besides
    one shape each for "l", "i" and "1", for "o" and "0", for "rn" and "m", "vv" and "w", "cl" and "d". It is made to be
    compared with other skeletons, not to be shown. Linear; most of what it costs is for text that is not ASCII.
    """
    if not text.isascii():
        text = unicodedata.normalize("NFKD", text).translate(_UNSEEN).translate(LATIN)
    text = text.casefold()
    if not text.isascii():  # letters whose small form looks like another one than their capital
        text = unicodedata.normalize("NFKD", text).translate(_UNSEEN).translate(LATIN).casefold()
    for pair, shape in _PAIRS:
        if pair in text:
            text = text.replace(pair, shape)
    return text.translate(_SHAPES)


def edit_distance(one: str, other: str, *, most: int) -> int:
    """Insertions, deletions, substitutions and swaps of neighbours between two names; `most + 1` for any more.

    Names longer than a host (253 characters) are compared for equality only: the time is quadratic.
    """
    if max(len(one), len(other)) > _LONGEST_NAME:
        return 0 if one == other else most + 1
    return int(OSA.distance(one, other, score_cutoff=most))


def unleet(text: str) -> str:
    """Digits and signs inside of words read as the letters that they stand for: "p4yp@l" gives "paypal".

    A "1" becomes "i" ("l" at the end of a word); compare `skeleton(unleet(name))`, for which both are the same.
    Numbers, addresses and host names with a dot stay as they are; so does the exclamation mark behind a word.
    """
    return _LEET_WORD.sub(_unleeted, text)


def _unleeted(match: re.Match[str]) -> str:
    word = match.group()
    if not _LEET_SIGN.search(word):
        return word
    first, word, last = _NUMBERS_AROUND.match(word).groups()  # type: ignore[union-attr]  # it matches everything
    if word.endswith("1"):
        word = word[:-1] + "l"
    return f"{first}{word.translate(_LEET)}{last}"
