"""Icons of web pages: what is drawn in them, as a shape that can be held against the known logos.

Nothing is said of the smallest: what fills less than 16 x 10 pixels has no shape of its own.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from typing import TYPE_CHECKING

from msgspec import structs

from mailcore.view import ImageFacts, MailView
from workers.ocr.limits import ImageLimits
from workers.ocr.logos import fingerprint
from workers.ocr.pictures import HugePicture, UnreadablePicture, read_header
from workers.pool import Gathered, Pool

if TYPE_CHECKING:
    from PIL.Image import Image

# Icons for tablets have 512 pixels a side.
LIMITS = ImageLimits(most_bytes=1_048_576, pixels=1_048_576, frames=1)

# Of .ico: ICONDIR and ICONDIRENTRY, little-endian; https://learn.microsoft.com/en-us/previous-versions/ms997538(v=msdn.10)
_ICO = b"\0\0\1\0"
_COUNT, _ENTRY = struct.Struct("<4xH"), struct.Struct("<BBBBHHII")
_MOST_ENTRIES = 32
_MOST_SIDE = 256
_PNG = b"\x89PNG"
_BITMAP = struct.Struct("<Iii")  # BITMAPINFOHEADER: its size, width, height with that of the mask


def build_icons() -> Pool:
    """What looks at icons, in the form of a pool, for the cage: it has no detectors, and no work on a message."""
    return Pool(name="icons", work=lambda _message: None, gather=_gather, detectors=())


def _gather(view: MailView, parts: Mapping[str, bytes], *, seconds: float) -> Gathered:  # noqa: ARG001
    """An entry of `images` for each of the parts that can be read; bounded by pixels, which need no time."""
    images = []
    for name, data in parts.items():
        try:
            shape = fingerprint(read_icon(data).convert("L"))
        except (UnreadablePicture, HugePicture):
            continue  # a drawing (SVG), a page that says there is none
        images.append(ImageFacts(part=name, logos=(shape,) if shape else ()))
    return Gathered(view=structs.replace(view, images=tuple(images)))


def read_icon(data: bytes, limits: ImageLimits = LIMITS) -> Image:
    """The picture, the largest where a file has several sizes, on white. Raises UnreadablePicture, HugePicture."""
    if len(data) > limits.most_bytes:
        raise HugePicture(f"{len(data):,} bytes")
    if not data.startswith(_ICO):
        return next(read_header(data, limits).frames(limits))
    entry, picture = _largest(data)
    if picture.startswith(_PNG):
        return next(read_header(picture, limits).frames(limits))
    if len(picture) < _BITMAP.size:
        raise UnreadablePicture("an icon that is cut off")
    _, width, height = _BITMAP.unpack_from(picture)
    if not (0 < width <= _MOST_SIDE and 0 < height <= 2 * _MOST_SIDE):
        raise HugePicture("an icon that says it is no icon")
    alone = _ICO + b"\1\0" + _ENTRY.pack(*entry[:7], _COUNT.size + _ENTRY.size) + picture
    return next(read_header(alone, limits, formats=("ICO",)).frames(limits))


def is_icon_file(data: bytes) -> bool:
    """Whether it is of the format that only icons have."""
    return data.startswith(_ICO)


def _largest(data: bytes) -> tuple[tuple[int, ...], bytes]:
    """The entry of the largest picture of that file, and its bytes. Raises UnreadablePicture."""
    try:
        (count,) = _COUNT.unpack_from(data)
        places = range(_COUNT.size, _COUNT.size + _ENTRY.size * min(count, _MOST_ENTRIES), _ENTRY.size)
        entries: list[tuple[int, ...]] = [_ENTRY.unpack_from(data, at) for at in places]
    except struct.error as error:
        raise UnreadablePicture("an icon that is cut off") from error
    if not entries:
        raise UnreadablePicture("an icon without pictures")
    # Width 0 stands for 256; of the same size the one with most bits.
    entry = max(entries, key=lambda each: ((each[0] or 256) * (each[1] or 256), each[5]))
    size, offset = entry[6], entry[7]
    return entry, data[offset : offset + size]
