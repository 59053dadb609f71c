"""Other ways to look at a picture: for codes that were not found at first, and for text that is hard to read."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.Image import Image

# Of 255: less between the darkest and the brightest pixel, and the reader of codes takes it for an even surface.
LITTLE_CONTRAST = 160
# Modules of a code that was made smaller are no longer whole pixels below this; larger ones are read as they are.
SMALL_SIDE = 420
# Of letters with 8 pixels nothing is recognised, of the same twice as large four fifths; from 12 pixels on all.
# Pictures that are narrower than this and hold text often hold such letters.
NARROW_TEXT = 640
_LARGER = 2
_END = 64  # the brightest and the darkest quarter of all shades
_SHARE = 0.01  # of all pixels that must be in that quarter, without its last tenth, so that it is worth a look
_EDGE = 6


def second_looks(picture: Image) -> Iterator[Image]:
    """The picture ("L" or "RGB") with more contrast, larger, smoother, one colour at a time; what costs least first."""
    from PIL import Image as Images
    from PIL import ImageOps

    grey = picture.convert("L")
    contrast = _contrast(grey)
    if contrast == 0 and picture.mode == "L":
        return
    if contrast < LITTLE_CONTRAST:
        yield ImageOps.autocontrast(grey)
    if min(grey.size) <= SMALL_SIDE:
        size = (grey.width * _LARGER, grey.height * _LARGER)
        yield ImageOps.autocontrast(grey.resize(size, Images.Resampling.BICUBIC))
    if min(grey.size) >= SMALL_SIDE // 2:
        # Noise and the dots of a print are gone in the half size.
        yield grey.reduce(2)
    yield from _ends(grey)
    if picture.mode == "RGB":
        # A code in two colours of the same brightness is one in some channel.
        for channel in picture.split():
            if _contrast(channel) > 0:
                yield ImageOps.autocontrast(channel)


def for_text(grey: Image) -> Image:
    """As Tesseract reads it best: small ones larger. It copes with little contrast and with white on black."""
    from PIL import Image as Images

    if grey.width <= NARROW_TEXT and grey.height <= NARROW_TEXT:
        return grey.resize((grey.width * _LARGER, grey.height * _LARGER), Images.Resampling.BICUBIC)
    return grey


def _contrast(grey: Image) -> int:
    counts = grey.histogram()
    shades = [shade for shade, count in enumerate(counts) if count]
    return shades[-1] - shades[0]


def _ends(grey: Image) -> Iterator[Image]:
    """The brightest and the darkest shades spread out: a pale code on a page with black text."""
    counts = grey.histogram()
    worth = _SHARE * grey.width * grey.height
    if sum(counts[256 - _END : 256 - _EDGE]) > worth:
        yield grey.point([max(0, (shade - (255 - _END)) * 255 // _END) for shade in range(256)])
    if sum(counts[_EDGE:_END]) > worth:
        yield grey.point([min(255, shade * 255 // _END) for shade in range(256)])
