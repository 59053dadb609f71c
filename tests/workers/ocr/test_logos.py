"""A logo is known again in every size, colour and format, and no other is taken for it."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest
from PIL import Image, ImageDraw, ImageFilter, ImageOps

from tests import files_codes
from tests.files_logos import inverted, letter, logo
from workers.ocr import logos
from workers.ocr.logos import brands_of, entry_of, fingerprint, fingerprints, is_near, read_entries, read_entry

LISTED = fingerprint(logo().convert("L"))


def as_jpeg(picture: Image.Image, quality: int) -> Image.Image:
    return Image.open(io.BytesIO(files_codes.saved(picture, "JPEG", quality=quality)))


def scaled(picture: Image.Image, factor: float) -> Image.Image:
    return picture.resize((round(picture.width * factor), round(picture.height * factor)), Image.Resampling.LANCZOS)


SAME: dict[str, Callable[[], Image.Image]] = {
    "itself": logo,
    "half the size": lambda: scaled(logo(), 0.5),
    "twice the size": lambda: scaled(logo(), 2),
    "five times the size": lambda: scaled(logo(), 5),
    "coarse JPEG": lambda: as_jpeg(logo(), 30),
    "small and coarse": lambda: as_jpeg(scaled(logo(), 0.5), 40),
    "with much around it": lambda: ImageOps.expand(logo(), (5, 60, 120, 11), "white"),
    "cut to its edges": lambda: logo().crop(ImageOps.invert(logo().convert("L")).getbbox()),
    "in grey": lambda: ImageOps.grayscale(logo()),
    "inverted": lambda: ImageOps.invert(logo()),
    "blurred": lambda: logo().filter(ImageFilter.GaussianBlur(1)),
    "few colours": lambda: logo().quantize(16).convert("RGB"),
    "a little wider": lambda: logo().resize((round(logo().width * 1.08), logo().height)),
    "at the top of a letter": lambda: letter(logo()),
    "small at the top of a letter": lambda: letter(scaled(logo(), 0.7)),
}


@pytest.mark.parametrize("make", SAME.values(), ids=SAME)
def test_it_is_known_again(make: Callable[[], Image.Image]) -> None:
    assert any(is_near(found, LISTED) for found in fingerprints(make().convert("L")))


PLAIN = fingerprint(logo("Northwind", icon=1).convert("L"))


@pytest.mark.parametrize("frame", [0, 30], ids=["alone", "in a white frame"])
def test_one_of_one_colour_is_known_in_white_on_blue(frame: int) -> None:
    picture = ImageOps.expand(inverted(logo("Northwind", icon=1)), frame, "white")
    assert any(is_near(found, PLAIN) for found in fingerprints(picture.convert("L")))


def even(shade: int = 200) -> Image.Image:
    return Image.new("L", (300, 100), shade)


def photo(seed: int = 3) -> Image.Image:
    picture = Image.new("L", (640, 480), 90)
    draw = ImageDraw.Draw(picture)
    for number in range(200):
        x, y, size = (number * 97 * seed) % 640, (number * 61 * seed) % 480, 10 + (number * 13) % 80
        draw.ellipse((x, y, x + size, y + size), fill=(number * 71 * seed) % 256)
    return picture


OTHER: dict[str, Callable[[], Image.Image]] = {
    "another name": lambda: logo("Northwind"),
    "a name of the same length": lambda: logo("Fabrika"),
    "another name with another icon": lambda: logo("Globex", icon=1),
    "a long name": lambda: logo("Vandelay Industries", icon=2),
    "a short name": lambda: logo("Acme", icon=1),
    "the name without the icon": lambda: logo("Contoso", icon=3),
    "half of it": lambda: logo().crop((0, 0, logo().width // 2, logo().height)),
    "an even surface": even,
    "a black one": lambda: even(0),
    "a photo": photo,
    "another photo": lambda: photo(7),
    "a rule": lambda: Image.new("L", (600, 4), 0),
    "a pixel": lambda: Image.new("L", (1, 1), 0),
    "a line of pixels": lambda: Image.new("L", (1, 4_000), 0),
    "a letter": lambda: letter(Image.new("RGB", (9, 9), "white")),
    "a letter with another logo": lambda: letter(logo("Initech", icon=2)),
    "a QR code": files_codes.code,
    "a frame": lambda: ImageOps.expand(even(255), 5, 0),
    "noise": lambda: Image.effect_noise((200, 80), 90),
}


@pytest.mark.parametrize("make", OTHER.values(), ids=OTHER)
def test_no_other_is_taken_for_it(make: Callable[[], Image.Image]) -> None:
    assert not any(is_near(found, LISTED) for found in fingerprints(make().convert("L")))


@pytest.mark.parametrize("make", [even, lambda: Image.new("L", (1, 1), 0), lambda: Image.new("L", (600, 4), 0)])
def test_what_has_no_shape_has_no_fingerprint(make: Callable[[], Image.Image]) -> None:
    assert fingerprints(make()) == ()


def test_parts_are_bounded() -> None:
    picture = Image.new("L", (1_200, 1_200), 255)
    draw = ImageDraw.Draw(picture)
    for number in range(400):
        x, y = 60 * (number % 20), 60 * (number // 20)
        draw.polygon([(x, y + 20), (x + number % 20 + 10, y), (x + 30, y + 20)], fill=0)
    assert len(fingerprints(picture)) <= 1 + logos.PARTS


@pytest.mark.parametrize(
    "entry",
    ["", "contoso", LISTED, f"{LISTED}:", f"{LISTED[:-1]}:contoso", f"{LISTED}0:contoso", f":{LISTED}", "x" * 66 + ":a"],  # noqa: E501
    ids=["empty", "a brand", "no brand", "an empty brand", "too short", "too long", "turned", "no digits"],
)  # fmt: skip
def test_lines_that_are_no_logos(entry: str) -> None:
    assert read_entry(entry) is None
    assert read_entries(frozenset({entry})) == ()


def test_lines_are_read() -> None:
    listed = read_entries(frozenset({entry_of(LISTED, "contoso"), entry_of(LISTED, "other"), "x"}))
    assert [known.brand for known in listed] == ["contoso", "other"]
    assert brands_of((LISTED, LISTED), listed) == ("contoso", "other")
    assert brands_of((), listed) == ()
