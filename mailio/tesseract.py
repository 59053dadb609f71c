"""Text in pictures by Tesseract through pytesseract: one short-lived process a picture, bounded in time and output.

No name out of a mail reaches it: the picture goes through a temporary file whose name pytesseract makes up.
"""

from __future__ import annotations

import io
import re
import sys
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from msgspec import Struct, field

from mailcore.ports import TextRecognizer
from mailio.time_limits import time_limits_wait

if TYPE_CHECKING:
    from PIL.Image import Image

# More than one thread a process makes one picture hardly faster and all others slower.
_ENVIRONMENT = {"OMP_THREAD_LIMIT": "1", "LC_ALL": "C.UTF-8", "PATH": "/usr/local/bin:/usr/bin:/bin"}
_LANGUAGES = re.compile(r"[A-Za-z][A-Za-z0-9_]*(?:\+[A-Za-z][A-Za-z0-9_]*)*\Z")
_CONFIG = "--dpi 150"
# What the pool hands over (a grey map), and what tests and people have at hand. No format that needs a codec.
_FORMATS = ("PPM", "PNG")
_PIXELS = 50_000_000
_ERROR_CHARACTERS = 500


class Tesseract(Struct, frozen=True, kw_only=True):
    """A `TextRecognizer`. `languages` as on its command line ("eng+deu").

    Its memory is bounded by what it inherits (RLIMIT_DATA of a worker), its output by the pixels of the picture; of
    that, `output_bytes` are taken. One at a time in a process: pytesseract's settings are those of its module.
    """

    languages: str = "eng"
    program: str = "tesseract"
    output_bytes: int = 65_536
    environment: Mapping[str, str] = field(default_factory=lambda: dict(_ENVIRONMENT))

    def __post_init__(self) -> None:
        if not _LANGUAGES.match(self.languages):
            raise ValueError(f"languages of Tesseract: {self.languages!r}, expected e.g. 'eng' or 'eng+deu'")

    def __call__(self, picture: bytes, *, seconds: float) -> str:
        """Recognised text, at most `output_bytes` of it.

        Raises TimeoutError past `seconds`, ValueError for what is no picture, OSError where Tesseract does not run.
        """
        pytesseract = _load_pytesseract()
        pytesseract.tesseract_cmd = self.program
        # pytesseract hands over the whole environment of this process; there are secrets in it.
        pytesseract.environ = self.environment
        with _opened(picture) as image, time_limits_wait():
            try:
                text: bytes = pytesseract.image_to_string(
                    image, lang=self.languages, config=_CONFIG, timeout=seconds, output_type=pytesseract.Output.BYTES
                )
            except pytesseract.TesseractError as error:
                raise ValueError(_words(error.status, error.message)) from error
            except RuntimeError as error:
                # So pytesseract calls it, after it has ended the process.
                raise TimeoutError(f"Tesseract did not end within {seconds:.1f} s") from error
        return text[: self.output_bytes].decode("utf-8", "replace").replace("\f", "\n").strip()


def _load_pytesseract() -> Any:
    """The module with pytesseract's settings; at first use, so that only a worker that reads pictures has it."""
    # It imports numpy and pandas where they are installed, for pictures and tables in their formats: 0.2 s, 20 MB.
    unwanted = [name for name in ("numpy", "pandas") if name not in sys.modules]
    for name in unwanted:
        sys.modules[name] = None  # type: ignore[assignment]  # so the import system says "not there"
    try:
        from pytesseract import pytesseract
    finally:
        for name in unwanted:
            del sys.modules[name]
    return pytesseract


@contextmanager
def _opened(picture: bytes) -> Iterator[Image]:
    """The decoded picture; raises ValueError."""
    from PIL import Image

    try:
        with warnings.catch_warnings():
            # It warns of pictures that are smaller than our own limit.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            image = Image.open(io.BytesIO(picture), formats=_FORMATS)
        if image.width * image.height > _PIXELS:
            raise ValueError(f"a picture of {image.width} x {image.height} pixels")
        image.load()
    except (OSError, SyntaxError, Image.DecompressionBombError) as error:
        raise ValueError(f"no picture: {error}") from error
    with image:
        yield image


def _words(status: int, message: str) -> str:
    """Why it gave up: what it said last, or the signal."""
    said = message.strip()[-_ERROR_CHARACTERS:]
    return said if status > 0 and said else f"Tesseract ended with status {status} {said}".strip()


recognise: TextRecognizer = Tesseract()
