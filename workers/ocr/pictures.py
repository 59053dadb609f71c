"""Opens one picture: the header first, then its frames, reduced to a size that can be read in bounded time."""

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
# Larger pictures are read in shades of grey from the begin: JPEG is decoded much faster so.
COLOUR_PIXELS = 1_200_000

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

    def frames(self, limits: ImageLimits) -> Iterator[Image]:
        """The first frames ("L", small pictures in colour "RGB") on white, their longer side at most `working_side`.

        All together have at most `limits.pixels`. Raises UnreadablePicture and HugePicture; damage behind the first
        frame ends them.
        """
        yield self._frame(limits)
        pixels = self.pixels
        for number in range(1, limits.frames):
            try:
                with _bounded():
                    self._image.seek(number)
                    # Pages of a fax have sizes of their own.
                    pixels += self._image.width * self._image.height
                if pixels > limits.pixels:
                    return
                frame = self._frame(limits)
            except (UnreadablePicture, HugePicture):
                return
            yield frame

    def _frame(self, limits: ImageLimits) -> Image:
        with _bounded():
            image, side = self._image, limits.working_side
            mode = "RGB" if image.width * image.height <= COLOUR_PIXELS else "L"
            # JPEG is decoded at a half, a quarter or an eighth of its size for nothing.
            image.draft(mode, (side, side))
            # Here and not later: what is damaged shows itself while pixels are read.
            image.load()
            if image.mode == "P":
                # Palette colours cannot be averaged.
                image = image.convert("RGBA" if "transparency" in image.info else mode)
            elif image.mode == "1":
                image = image.convert("L")
            if mode == "L" and image.mode in ("RGBA", "LA"):
                return _grey_on_white(image, side)
            # First of all smaller: everything after it then costs little.
            return _on_white(_reduced(image, side), mode)


def read_header(data: bytes, limits: ImageLimits, *, formats: tuple[str, ...] = FORMATS) -> Header:
    """Raises UnreadablePicture, and HugePicture for more pixels than `limits.pixels`."""
    from PIL import Image

    with _bounded():
        image = Image.open(io.BytesIO(data), formats=formats)
    if image.width * image.height > limits.pixels:
        raise HugePicture(f"{image.width:,} x {image.height:,} pixels are not decoded")
    return Header(image)


def portable_greymap(image: Image) -> bytes:
    """The picture as PGM: what Tesseract reads with the least work on both sides."""
    target = io.BytesIO()
    image.save(target, "PPM")
    return target.getvalue()


def _reduced(image: Image, side: int) -> Image:
    """The picture with its longer side at most `side`; the frames of an animation come from the original."""
    scale = side / max(image.size)
    if scale >= 1:
        return image
    return image.resize((max(1, round(image.width * scale)), max(1, round(image.height * scale))), reducing_gap=2.0)


def _grey_on_white(image: Image, side: int) -> Image:
    """A large transparent picture: Pillow makes a second one of four bytes a pixel where it reduces such ones whole."""
    from PIL import Image as Images

    opaque = _reduced(image.getchannel("A"), side)
    grey = _reduced(image.convert("L"), side)
    white = Images.new("L", grey.size, 255)
    white.paste(grey, mask=opaque)
    return white


def _on_white(image: Image, mode: str) -> Image:
    """What is transparent becomes white, as mail programs show it. A grey picture stays one."""
    from PIL import Image as Images

    if image.mode in ("L", "1", "I", "I;16", "LA"):
        mode = "L"
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        layered = image.convert("RGBA")
        white = Images.new("RGBA", layered.size, "white")
        return Images.alpha_composite(white, layered).convert(mode)
    # A copy where nothing changes: an animation goes on in the original.
    return image.copy() if image.mode == mode else image.convert(mode)


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
