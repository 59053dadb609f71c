"""Fingerprints of pictures: nearly the same for pictures that look the same, whatever their size and format."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.Image import Image

SIDE = 16
# Bits that must be set, and as many that must not: an even surface, or a page of text that is white in the small, has
# the fingerprint of every other.
LEAST_SET = 32


def fingerprint(grey: Image) -> str:
    """A difference hash (dHash) of 256 bits as hexadecimal digits: whether it gets brighter from column to column.

    "" for pictures with too little to see.
    """
    from PIL import Image as Images

    small = grey.resize((SIDE + 1, SIDE), Images.Resampling.BOX).tobytes()
    bits = 0
    for row in range(SIDE):
        line = small[row * (SIDE + 1) : (row + 1) * (SIDE + 1)]
        for left, right in itertools.pairwise(line):
            bits = bits << 1 | (right > left)
    if not LEAST_SET <= bits.bit_count() <= SIDE * SIDE - LEAST_SET:
        return ""
    return f"{bits:0{SIDE * SIDE // 4}x}"


def is_fingerprint(text: str) -> bool:
    return len(text) == SIDE * SIDE // 4 and all(digit in "0123456789abcdef" for digit in text)


def distance(one: str, other: str) -> int:
    """Bits that differ between two fingerprints: 0 for the same picture, near 128 for any two."""
    return (int(one, 16) ^ int(other, 16)).bit_count()
