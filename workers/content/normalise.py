"""Text as patterns see it: look-alike spellings that only serve to hide a word are written plainly."""

from __future__ import annotations

import unicodedata

# Characters without width: they split a word for programs, not for readers.
_INVISIBLE = ("\u200b", "\u200c", "\u200d", "\u2060", "\ufeff", "\u00ad", "\u034f", "\u200e", "\u200f")
# NFKC leaves typographic quotes and dashes alone; rules are written with the plain ones. The others stand in
# ordinary mail and would cost a whole pass of NFKC, which takes as long as everything else together.
_PLAIN = (
    ("\u2019", "'"),
    ("\u2018", "'"),
    ("\u201c", '"'),
    ("\u201d", '"'),
    ("\u2013", "-"),
    ("\u2014", "-"),
    ("\u2026", "..."),
    ("\u2122", "TM"),
    ("\u00a0", " "),
    ("\u202f", " "),
    ("\u2002", " "),
    ("\u2003", " "),
    ("\u2007", " "),
    ("\u2009", " "),
    ("\u3000", " "),
)


def normalise(text: str) -> str:
    """NFKC without invisible characters and with plain quotes; linear. ASCII text comes back as it is."""
    if text.isascii():
        return text
    for character in _INVISIBLE:
        if character in text:
            text = text.replace(character, "")
    for character, plain in _PLAIN:
        if character in text:
            text = text.replace(character, plain)
    if unicodedata.is_normalized("NFKC", text):
        return text
    return unicodedata.normalize("NFKC", text)
