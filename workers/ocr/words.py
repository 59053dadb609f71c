"""Reads the text of one picture for who needs nothing else of it: a password that stands in it."""

from __future__ import annotations

import time

from mailcore.ports import TextRecognizer
from workers.ocr.limits import ImageLimits
from workers.ocr.looks import for_text
from workers.ocr.pictures import HugePicture, UnreadablePicture, portable_greymap, read_header


def build_read_words(recognise: TextRecognizer, *, limits: ImageLimits = ImageLimits()) -> TextRecognizer:  # noqa: B008
    """A recognizer for pictures as they come in mail: PNG, JPEG, GIF ...; "" for what is none or has no room for text.

    It raises TimeoutError, OSError and ValueError as `recognise` does.
    """

    def read_words(picture: bytes, *, seconds: float) -> str:
        ends = time.monotonic() + seconds
        try:
            header = read_header(picture, limits)
            if header.pixels < limits.text_least_pixels:
                return ""
            grey = next(header.frames(limits)).convert("L")
        except (HugePicture, UnreadablePicture):
            return ""
        return recognise(portable_greymap(for_text(grey)), seconds=ends - time.monotonic())[: limits.text_characters]

    return read_words
