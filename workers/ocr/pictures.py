"""Opens one picture: the header first, then one frame, reduced to a size that can be read in bounded time."""

from __future__ import annotations

import io
import struct
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from workers.ocr.limits import ImageLimits

if TYPE_CHECKING:
    from PIL.Image import Image

# Only these decoders: Pillow knows dozens more, which no mail needs and nobody has looked at for years.
FORMATS = ("PNG", "JPEG", "GIF", "BMP", "WEBP", "TIFF")

_DAMAGE = (
    OSError,
    ValueError,
    SyntaxError,
    TypeError,
    LookupError,
    EOFError,
    ArithmeticError,
    RuntimeError,
    struct.error,
    zlib.error,
)


class UnreadablePicture(Exception):
    """Damaged, or none of the formats that are read."""


class HugePicture(Exception):
    """The header claims more pixels than are decoded."""


class Header:
    """A picture whose header was read and whose pixels were not."""

    def __init__(self, image: Image) -> None:
        self._image = image
        self.width, self.height = image.size

    @property
    def pixels(self) -> int:
        return self.width * self.height

    def grey(self, limits: ImageLimits) -> Image:
        """The first frame in shades of grey on white, its longer side at most `working_side`.

        Raises UnreadablePicture and HugePicture.
        """
        with _bounded():
            image = self._image
            side = limits.working_side
            # JPEG is decoded at a half, a quarter or an eighth of its size for nothing.
            image.draft("L", (side, side))
            # Here and not later: what is damaged shows itself while pixels are read.
            image.load()
            if image.mode not in ("P", "1"):
                # First of all smaller: everything after it then costs little. (Palette colours cannot be averaged.)
                image.thumbnail((side, side), reducing_gap=2.0)
            image = _on_white(image)
            image.thumbnail((side, side), reducing_gap=2.0)
            return image


def read_header(data: bytes, limits: ImageLimits) -> Header:
    """Raises UnreadablePicture, and HugePicture for more pixels than `limits.pixels`."""
    from PIL import Image

    with _bounded():
        image = Image.open(io.BytesIO(data), formats=FORMATS)
    if image.width * image.height > limits.pixels:
        raise HugePicture(f"{image.width:,} x {image.height:,} pixels are not decoded")
    return Header(image)


def portable_greymap(image: Image) -> bytes:
    """The picture as PGM: what Tesseract reads with the least work on both sides."""
    target = io.BytesIO()
    image.save(target, "PPM")
    return target.getvalue()


def _on_white(image: Image) -> Image:
    """Shades of grey; what is transparent becomes white, as mail programs show it."""
    from PIL import Image as Images

    if image.mode == "L":
        return image
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        layered = image.convert("RGBA")
        white = Images.new("RGBA", layered.size, "white")
        return Images.alpha_composite(white, layered).convert("L")
    return image.convert("L")


@contextmanager
def _bounded() -> Iterator[None]:
    """Turns everything that Pillow raises over a damaged or hostile file into our two exceptions."""
    from PIL import Image

    try:
        with warnings.catch_warnings():
            # Our own bound is below Pillow's, and frames may be larger than the header said.
            warnings.simplefilter("ignore")
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            yield
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise HugePicture("more pixels than are decoded") from error
    except MemoryError as error:
        raise HugePicture("more memory than there is") from error
    # What Pillow's decoders raise over damaged files; anything else is a bug that the report should name.
    except _DAMAGE as error:
        raise UnreadablePicture(f"{type(error).__name__}: {error}"[:200]) from error
