"""The text of a single picture, read for a password; what is no picture has none."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from tests import files
from workers.ocr.words import build_read_words


def recognise(picture: bytes, *, seconds: float) -> str:
    assert picture.startswith(b"P5")
    assert 0 < seconds <= 2
    return "Password: Kx77!"


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF"])
def test_is_read(kind: str) -> None:

    target = io.BytesIO()
    Image.new("L", (400, 300), "white").save(target, kind)
    assert build_read_words(recognise)(target.getvalue(), seconds=2) == "Password: Kx77!"


NOTHING: dict[str, bytes] = {
    "nothing": b"",
    "a page": b"<html></html>",
    "an icon": files.blank_picture(8, 8),
    "a damaged picture": files.blank_picture(400, 300)[:60],
    "a huge picture": files.png_header(60_000, 60_000),
}


@pytest.mark.parametrize("picture", NOTHING.values(), ids=NOTHING)
def test_has_no_words(picture: bytes) -> None:
    assert build_read_words(recognise)(picture, seconds=2) == ""


def test_errors_of_the_recognizer_are_said() -> None:
    def broken(picture: bytes, *, seconds: float) -> str:
        raise OSError(f"no tesseract for {len(picture)} bytes in {seconds} s")

    with pytest.raises(OSError, match="no tesseract"):
        build_read_words(broken)(files.blank_picture(400, 300), seconds=2)
