"""Icons of pages are opened within bounds, in the formats that they come in."""

from __future__ import annotations

import io
import struct

import pytest
from PIL import Image

from mailcore.message import Envelope, Message
from mailcore.view import MailView
from tests import files
from tests.files_codes import saved
from tests.files_logos import logo, png, transparent
from workers.ocr.icons import build_icons
from workers.ocr.logos import fingerprint, is_near


def ico(picture: Image.Image, *sides: int, bitmap: bool = False) -> bytes:
    file = io.BytesIO()
    picture.save(file, "ICO", sizes=[(side, side) for side in sides], bitmap_format="bmp" if bitmap else "png")
    return file.getvalue()


def shapes(*icons: bytes) -> list[str]:
    view = MailView(envelope=Envelope(), message=Message(id="m"))
    gathered = build_icons().gather(view, {str(number): icon for number, icon in enumerate(icons)}, seconds=1.0)
    return [shape for image in gathered.view.images for shape in image.logos]


SQUARE = logo().resize((256, 256))
READ = {
    "png": png(SQUARE),
    "gif": saved(SQUARE, "GIF"),
    "ico of png": ico(SQUARE, 256),
    "ico of bitmap": ico(SQUARE, 128, bitmap=True),
    "transparent": png(transparent(SQUARE)),
    "several sizes": ico(SQUARE, 16, 32, 64, 128),
}


@pytest.mark.parametrize("icon", READ.values(), ids=READ)
def test_is_read(icon: bytes) -> None:
    (shape,) = shapes(icon)
    assert is_near(shape, fingerprint(SQUARE.convert("L")))


def entry(picture: bytes, *, count: int = 1, offset: int = 22) -> bytes:
    return (
        struct.pack("<HHH", 0, 1, count) + struct.pack("<BBBBHHII", 32, 32, 0, 0, 1, 32, len(picture), offset) + picture
    )


NOT_READ = {
    "nothing": b"",
    "a page": b"<html>not found",
    "a drawing": b"<svg xmlns='http://www.w3.org/2000/svg'/>",
    "an even surface": files.blank_picture(64, 64),
    "too many pixels": files.png_header(60_000, 60_000) + bytes(200),
    "too many bytes": png(SQUARE) + bytes(2_000_000),
    "ico of nothing": b"\0\0\1\0\0\0",
    "ico cut off": ico(SQUARE, 64)[:12],
    "ico whose picture is cut off": ico(SQUARE, 64)[:300],
    "ico without its picture": entry(b""),
    "ico that ends before its picture": entry(b"\x89PNG", offset=10_000),
    "ico with more entries than there are": entry(bytes(40), count=65_535),
    "ico with a huge picture": entry(files.png_header(60_000, 60_000) + bytes(200)),
    "ico with a huge bitmap": entry(struct.pack("<IiiHHIIiiII", 40, 60_000, 60_000, 1, 32, 0, 0, 0, 0, 0, 0)),
    "ico with a negative bitmap": entry(struct.pack("<IiiHHIIiiII", 40, -32, -64, 1, 32, 0, 0, 0, 0, 0, 0)),
    "ico with a wrong depth": entry(struct.pack("<IiiHHIIiiII", 40, 32, 64, 1, 77, 9, 0, 0, 0, 0, 0) + bytes(9_000)),
}


@pytest.mark.parametrize("icon", NOT_READ.values(), ids=NOT_READ)
def test_is_left_out(icon: bytes) -> None:
    assert shapes(icon) == []


def test_one_that_cannot_be_read_spoils_no_other() -> None:
    assert len(shapes(b"", png(SQUARE), b"x")) == 1
