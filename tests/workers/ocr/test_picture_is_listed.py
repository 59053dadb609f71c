"""Pictures that picture_is_listed must find, and (more) that it must leave alone."""

from __future__ import annotations

import functools
import io

import pytest
from msgspec import structs
from PIL import Image, ImageDraw, ImageOps

from mailcore.message import Envelope
from mailcore.view import Lists, MailView
from tests import files, files_codes
from tests.workers.ocr.read import FakeRecognizer, message_of
from workers.ocr import build
from workers.ocr.fingerprints import distance, fingerprint
from workers.runner import run_pool


@functools.cache
def banner(seed: int = 0) -> Image.Image:
    """A picture of circles, as different from another one as two advertisements."""
    picture = Image.new("RGB", (600, 400), "white")
    draw = ImageDraw.Draw(picture)
    for number in range(30):
        x, y = (number * (97 + 31 * seed)) % 600, (number * (61 + 47 * seed)) % 400
        size, shade = 30 + (number * 13) % 70, (number * (71 + seed)) % 256
        draw.ellipse((x - size, y - size, x + size, y + size), fill=(shade, 255 - shade, (3 * shade) % 256))
    return picture


LISTED = fingerprint(banner().convert("L"))

BAD: dict[str, Image.Image] = {
    "the same": banner(),
    "saved as JPEG": Image.open(io.BytesIO(files_codes.saved(banner(), "JPEG", quality=30))),
    "larger": banner().resize((900, 600)),
    "smaller": banner().resize((300, 200)),
    "darker": banner().point([shade * 3 // 4 for shade in range(256)] * 3),
    "with a line under it": ImageOps.expand(banner(), 3, "white"),
}
GOOD: dict[str, Image.Image] = {
    "another one": banner(1),
    "a third one": banner(2),
    "in a mirror": ImageOps.mirror(banner()),
    "upside down": banner().rotate(180),
    "blank": Image.new("L", (600, 400), 255),
    "black": Image.new("L", (600, 400), 0),
    "a letter": Image.open(io.BytesIO(files.text_picture("Dear Alice,\nhere is what we talked about."))),
    "a code": files_codes.code(),
}


def found(picture: Image.Image, *entries: str) -> list[str]:
    data = files.png(picture) + bytes(200)
    message = message_of(("a.png", data))
    view = MailView(envelope=Envelope(), message=message)
    view = structs.replace(view, lists=Lists(own={"unwanted_pictures": frozenset(entries)}))
    report = run_pool(build(FakeRecognizer()), view, {"1": data}, seconds=20.0)
    return [finding.id for finding in report.findings if finding.id == "picture_is_listed"]


@pytest.mark.parametrize("picture", BAD.values(), ids=BAD)
def test_is_found(picture: Image.Image) -> None:
    assert found(picture, LISTED) == ["picture_is_listed"]


@pytest.mark.parametrize("picture", GOOD.values(), ids=GOOD)
def test_is_left_alone(picture: Image.Image) -> None:
    assert found(picture, LISTED) == []


@pytest.mark.parametrize("entry", ["", "banner.png", "0" * 63, "g" * 64])
def test_what_is_no_fingerprint_is_passed_over(entry: str) -> None:
    assert found(banner(), entry) == []


def test_different_pictures_are_far_from_each_other() -> None:
    assert distance(LISTED, fingerprint(banner(1).convert("L"))) > 60
