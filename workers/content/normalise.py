"""Text as patterns see it: UTF-8, single spaces, and spellings that only serve to hide a word written plainly.

It runs over every mail: looking for one character in a text costs next to nothing, so a mail pays only for what it
holds.
"""

from __future__ import annotations

import unicodedata

# Characters without width: they split a word for programs, not for readers.
_INVISIBLE = (
    *(chr(code) for code in (0x00AD, 0x034F, 0x200B, 0x200C, 0x200D, 0x200E, 0x200F, 0xFEFF)),
    *(chr(code) for code in range(0x202A, 0x202F)),  # directions
    *(chr(code) for code in (0x2060, 0x2066, 0x2067, 0x2068, 0x2069)),  # joiner and more directions
)
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
_REPLACED = [(character, "") for character in _INVISIBLE] + list(_PLAIN.items())


def normalise(text: str) -> bytes:
    """The text as it is matched, in valid UTF-8; linear in its length."""
    if not text.isascii():
        for character, plain in _REPLACED:
            if character in text:
                text = text.replace(character, plain)
        if not unicodedata.is_normalized("NFKC", text):
            text = unicodedata.normalize("NFKC", text)
    return b" ".join(text.encode("utf-8", "replace").split())
