"""How likely somebody chose a name: by which letters follow each other in words and in other hosts.

The table is of words and names in this repository (`scripts/count_letters.py`), no mail was read for it.
"""

from __future__ import annotations

import base64
import functools
import zlib

LETTERS = "^abcdefghijklmnopqrstuvwxyz0-"  # "^" is the beginning and the end; "0" stands for all digits
SCALE = 8.0
_AT = {letter: at for at, letter in enumerate(LETTERS)} | {digit: LETTERS.index("0") for digit in "123456789"}
_SIZE = len(LETTERS)


def symbols(text: str) -> list[int]:
    """Places of the letters in `LETTERS`, within two beginnings and an end; other characters are left out."""
    return [0, 0, *(_AT[letter] for letter in text if letter in _AT), 0]


@functools.lru_cache(maxsize=16_384)
def surprise(label: str) -> float:
    """Bits a letter that the label is surprising: 3 to 4 for words, 5 and more where a program drew letters."""
    coded = symbols(label)
    table = _table()
    bits = 0.0
    for at in range(2, len(coded)):
        bits += table[(coded[at - 2] * _SIZE + coded[at - 1]) * _SIZE + coded[at]]
    return bits / SCALE / max(1, len(coded) - 2)


@functools.cache
def _table() -> bytes:
    from workers.urls.letter_table import PACKED

    return zlib.decompress(base64.b85decode(PACKED))
