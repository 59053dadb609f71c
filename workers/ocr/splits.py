"""Puts pictures together in which half a code may stand: neighbours of one height or of one width."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.Image import Image

MOST = 4  # pictures that are put together: halves, thirds, quarters
SAME = 2  # pixels by which sizes may differ
LARGEST_SIDE = 1_000  # codes that were cut are not larger; photos of an album often are


def joined(pictures: Sequence[Image]) -> Iterator[tuple[tuple[int, ...], Image]]:
    """Places of the pictures and what they make together, pairs first. `pictures` are those without a code, in the
    order of the mail."""
    for count in range(2, MOST + 1):
        for begin in range(len(pictures) - count + 1):
            group = pictures[begin : begin + count]
            if any(max(picture.size) > LARGEST_SIDE for picture in group):
                continue
            places = tuple(range(begin, begin + count))
            same_height = _alike(picture.height for picture in group)
            same_width = _alike(picture.width for picture in group)
            if same_height:
                yield places, _beside(group)
            if same_width:
                yield places, _stacked(group)
            if count == 4 and same_height and same_width:
                yield places, _stacked((_beside(group[:2]), _beside(group[2:])))


def _alike(sizes: Iterator[int]) -> bool:
    found = list(sizes)
    return max(found) - min(found) <= SAME


def _beside(group: Sequence[Image]) -> Image:
    from PIL import Image as Images

    whole = Images.new("L", (sum(picture.width for picture in group), max(picture.height for picture in group)), 255)
    left = 0
    for picture in group:
        whole.paste(picture, (left, 0))
        left += picture.width
    return whole


def _stacked(group: Sequence[Image]) -> Image:
    from PIL import Image as Images

    whole = Images.new("L", (max(picture.width for picture in group), sum(picture.height for picture in group)), 255)
    top = 0
    for picture in group:
        whole.paste(picture, (0, top))
        top += picture.height
    return whole
