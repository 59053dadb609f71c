"""Logos: the shape of what stands in a picture, nearly the same in every size, colour and format.

Names in the letters of one kind look alike in the small. Of 33 made-up logos, the nearest two differ in 9 of 64 bits of
a difference hash and in 32 of the 256 bits of their shapes; a logo and its own copies (a third of the size, blurred,
coarse JPEG) in up to 12 and 33, mostly in less than 5 and 18. So 256 bits are kept, and the proportions.
"""

from __future__ import annotations

import functools
import math
import re
from collections.abc import Collection, Iterable, Iterator
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from PIL.Image import Image

LIST = "logos"  # the name of `configs/lists/logos.txt`
SIDE = 16
BITS = SIDE * SIDE
# Bits that may differ.
NEAR = 24
# Bits that must be set, and as many that must not: an even surface has no shape.
LEAST_SET = 32
# Parts of one picture that are looked at besides the whole: logos stand at the top of a letter.
PARTS = 8
_WORKING_SIDE = 1_200  # pixels
# Proportions as a number: steps of 3 % around 128. So many steps may differ.
_STEPS, _MIDDLE, _NEAR_STEPS = 24.0, 128, 5
_WIDEST = 12.0
# Shades between what is background and what is not.
_INK = 40
_BACKGROUND_SHARE = 0.9
_LEAST_WIDTH, _LEAST_HEIGHT = 16, 10
LEAST_LOGO_WIDTH, LEAST_LOGO_HEIGHT = 64, 16
_BOXES = 3  # one in the other: a white name in a blue box on white paper
# White between a logo and what stands below, in pixels; between it and what stands beside, in its heights.
_GAP_BELOW, _GAP_BESIDE = 8, 0.6
_FINGERPRINT = re.compile(rf"[0-9a-f]{{{2 + BITS // 4}}}")


class Logo(Struct, frozen=True):
    """A listed logo: its fingerprint, and the name of its brand as one word in small letters."""

    fingerprint: str
    brand: str


def may_be_logo(width: int, height: int) -> bool:
    """Whether a picture that is too small for text may be a logo: buttons to follow somebody are smaller."""
    return width >= LEAST_LOGO_WIDTH and height >= LEAST_LOGO_HEIGHT


def fingerprints(grey: Image) -> tuple[str, ...]:
    """Of the picture, and of its first parts, which are whatever has white around it; none where there is no shape."""
    grey = _smaller(grey)
    found = dict.fromkeys(filter(None, map(fingerprint, (grey, *_parts(grey)))))
    return tuple(found)


def fingerprint(grey: Image) -> str:
    """Proportions and shape of what stands in a picture as 66 hexadecimal digits; "" where there is none.

    Nothing of it depends on colours: white on blue is blue on white.
    """
    from PIL import Image as Images

    shape = _shape(_smaller(grey))
    if shape is None or not 1 / _WIDEST <= shape.width / shape.height <= _WIDEST:
        return ""
    small = shape.resize((SIDE, SIDE), Images.Resampling.BOX).tobytes()
    total = sum(small)
    bits = 0
    for value in small:
        bits = bits << 1 | (value * BITS > total)
    if not LEAST_SET <= bits.bit_count() <= BITS - LEAST_SET:
        return ""
    return f"{_proportions(shape.width, shape.height):02x}{bits:0{BITS // 4}x}"


def is_near(one: str, other: str) -> bool:
    """Whether two fingerprints may be of the same logo."""
    if abs(int(one[:2], 16) - int(other[:2], 16)) > _NEAR_STEPS:
        return False
    return (int(one[2:], 16) ^ int(other[2:], 16)).bit_count() <= NEAR


def entry_of(fingerprint: str, brand: str) -> str:
    """The line of `configs/lists/logos.txt`."""
    return f"{fingerprint}:{brand}"


def read_entry(entry: str) -> Logo | None:
    """The logo of a line; None where it is none."""
    digits, _, brand = entry.partition(":")
    return Logo(digits, brand) if brand and _FINGERPRINT.fullmatch(digits) else None


@functools.lru_cache(maxsize=4)
def read_entries(entries: frozenset[str]) -> tuple[Logo, ...]:
    """The logos of a list, in a fixed order; lines that are none are left out."""
    return tuple(filter(None, map(read_entry, sorted(entries))))


def brands_of(found: Iterable[str], listed: Collection[Logo]) -> tuple[str, ...]:
    """Names of the brands whose logos are among the fingerprints, each once."""
    return tuple(dict.fromkeys(logo.brand for seen in found for logo in listed if is_near(seen, logo.fingerprint)))


def _proportions(width: int, height: int) -> int:
    return round(_MIDDLE + _STEPS * math.log2(width / height))


def _smaller(grey: Image) -> Image:
    times = math.ceil(max(grey.size) / _WORKING_SIDE)
    return grey.reduce(times) if times > 1 else grey


def _shape(grey: Image) -> Image | None:
    """What is not background, without the background around, bright on black; None where nothing is left."""
    shape = None
    for level in range(_BOXES):
        shade, is_around = _background(grey)
        if level and not is_around:
            break
        ink = grey.point([abs(other - shade) for other in range(256)])
        box = ink.point([255 * (value > _INK) for value in range(256)]).getbbox()
        if box is None or box[2] - box[0] < _LEAST_WIDTH or box[3] - box[1] < _LEAST_HEIGHT:
            break
        shape, grey = ink.crop(box), grey.crop(box)
    return shape


def _background(grey: Image) -> tuple[int, bool]:
    """The shade of the edges, and whether nearly all of them have it; else the most frequent shade of all."""
    width, height = grey.size
    sides = ((0, 0, width, 1), (0, height - 1, width, height), (0, 0, 1, height), (width - 1, 0, width, height))
    counts = [sum(of) for of in zip(*(grey.crop(side).histogram() for side in sides), strict=True)]
    shade = _most_frequent(counts)
    around = sum(counts[max(0, shade - _INK // 2) : shade + _INK // 2 + 1])
    if around >= _BACKGROUND_SHARE * sum(counts):
        return shade, True
    return _most_frequent(grey.histogram()), False


def _most_frequent(counts: list[int]) -> int:
    return max(range(256), key=lambda shade: sum(counts[max(0, shade - 8) : shade + 9]))


def _parts(grey: Image) -> Iterator[Image]:
    """What has background all around it, from the top and from the left: at most PARTS."""
    shade, is_around = _background(grey)
    if not is_around:
        return
    mask = grey.point([255 * (abs(other - shade) > _INK) for other in range(256)])
    left = PARTS
    for top, bottom in _runs(mask, down=True, gap=_GAP_BELOW):
        band = mask.crop((0, top, mask.width, bottom))
        for begin, end in _runs(band, down=False, gap=max(_GAP_BELOW, round(_GAP_BESIDE * (bottom - top)))):
            if end - begin < _LEAST_WIDTH or bottom - top < _LEAST_HEIGHT:
                continue
            yield grey.crop((max(0, begin - 1), max(0, top - 1), end + 1, bottom + 1))
            left -= 1
            if not left:
                return


def _runs(mask: Image, *, down: bool, gap: int) -> list[tuple[int, int]]:
    """Rows (or columns) with something in them, those with less than `gap` empty ones between them together."""
    from PIL import Image as Images

    if not down:
        mask = mask.transpose(Images.Transpose.TRANSPOSE)
    width, pixels = mask.width, mask.tobytes()
    runs: list[tuple[int, int]] = []
    for at in range(mask.height):
        if pixels.find(b"\xff", at * width, (at + 1) * width) < 0:
            continue
        if runs and at - runs[-1][1] < gap:
            runs[-1] = (runs[-1][0], at + 1)
        else:
            runs.append((at, at + 1))
    return runs
