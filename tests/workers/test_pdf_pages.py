"""Pictures of PDF pages: which pages are drawn, how large, for how long; damage never raises."""

from __future__ import annotations

import random
import time

import pytest

from tests import files_pdf
from workers.pdf_pages import MOST_DECODED, render_pages

PIXELS = 4_000_000
MODULES = b"".join(b"%d %d 3 3 re " % (column * 3 + 100, row * 3 + 100) for column in range(25) for row in range(25))

DRAWN: dict[str, bytes] = {
    "a picture": files_pdf.document(content=files_pdf.PICTURE),
    "a line of text": files_pdf.document(),
    "a code beside much text": files_pdf.document(content=files_pdf.TEXT + b" q 90 0 0 90 300 100 cm /Im0 Do Q"),
    "a code that is one path": files_pdf.document(content=files_pdf.TEXT + b" " + MODULES + b"f"),
    "a code of many paths": files_pdf.document(content=files_pdf.TEXT + b" " + MODULES.replace(b" re", b" re f")),
    "a page without size is a letter": files_pdf.document().replace(b"[0 0 612 792]", b"[0 0 0   0  ]"),
    "under the password of its owner": files_pdf.saved(files_pdf.document(), owner="a"),
}
LEFT_OUT: dict[str, bytes] = {
    "much text": files_pdf.document(content=files_pdf.TEXT),
    "a rule below much text": files_pdf.document(content=files_pdf.TEXT + b" q 500 0 0 2 50 50 cm /Im0 Do Q"),
    "an icon beside much text": files_pdf.document(content=files_pdf.TEXT + b" q 16 0 0 16 50 50 cm /Im0 Do Q"),
    "lines of a table": files_pdf.document(content=files_pdf.TEXT + b" 0 0 m 600 0 l S" * 20),
    "a picture of 400 million pixels": files_pdf.document(
        content=files_pdf.PICTURE, image=files_pdf.picture(20_000, 20_000, samples=bytes(1_000))
    ),
    "nothing": b"",
    "no document": b"%PDF-1.7\n",
    "a locked one": files_pdf.saved(files_pdf.document(), user="a"),
    "a page like a thread": files_pdf.document(content=b"").replace(b"[0 0 612 792]", b"[0 0 9 99999]"),
}


def draw(data: bytes, *, pixels: int = PIXELS, seconds: float = 20.0, password: str = "") -> list[tuple[int, int]]:
    found = render_pages(data, pages=3, most_pixels=pixels, seconds=seconds, password=password)
    return [picture.size for picture in found]


@pytest.mark.parametrize("data", DRAWN.values(), ids=DRAWN)
def test_is_drawn(data: bytes) -> None:
    assert draw(data) == [(1530, 1980)]


@pytest.mark.parametrize("data", LEFT_OUT.values(), ids=LEFT_OUT)
def test_is_left_out(data: bytes) -> None:
    assert draw(data) == []


def test_a_picture_says_what_it_is_of() -> None:
    (picture,) = render_pages(DRAWN["a line of text"], pages=1, most_pixels=PIXELS, seconds=20)
    assert picture.mode == "L"
    assert picture.info == {"page": 1, "characters": len("Pleaseseethesecondpage")}
    assert picture.getextrema() == (0, 255)


def test_a_password_opens_a_locked_one() -> None:
    assert len(draw(LEFT_OUT["a locked one"], password="a")) == 1


@pytest.mark.parametrize("box", [b"[0 0 90000 90000]", b"[0 0 9e9 9e9]", b"[0 0 99999 200]"])
def test_pixels_are_bounded(box: bytes) -> None:
    data = files_pdf.document(content=b"").replace(b"[0 0 612 792]", box)
    assert all(width * height <= 1_000_000 for width, height in draw(data, pixels=1_000_000))


def test_time_is_bounded() -> None:
    data = files_pdf.document(content=b"0 0 612 792 re f\n" * 200_000)
    began = time.monotonic()
    assert draw(data, seconds=0.2) == []
    assert time.monotonic() - began < 10
    assert draw(DRAWN["a picture"], seconds=0) == []


def test_pixels_of_many_pictures_are_added_up() -> None:
    side = 5_000
    many = files_pdf.PICTURE * (MOST_DECODED // side**2 + 1)
    image = files_pdf.picture(side, side, samples=bytes(10))
    assert draw(files_pdf.document(content=many, image=image)) == []


def test_damage_does_not_raise() -> None:
    chance = random.Random(20)
    for data in DRAWN.values():
        for _ in range(8):
            damaged = bytearray(data)
            for _ in range(chance.randint(1, 30)):
                damaged[chance.randrange(len(damaged))] = chance.randrange(256)
            draw(bytes(damaged), pixels=100_000, seconds=1.0)
