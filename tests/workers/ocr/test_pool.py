"""The OCR pool as a whole: which pictures are read, bounds, damage, codes, text."""

from __future__ import annotations

import io
import time

import pytest
from PIL import Image

from mailcore.message import Message, Part
from mailcore.verdict import PoolStatus
from tests import files
from tests.workers.ocr.read import FakeRecognizer, message_of, read
from workers.ocr import ImageLimits, build

QR = files.qr_picture("https://login.example/verify")
LETTER = files.text_picture("You have won")

WORK: dict[str, tuple[str, str, int, bool]] = {
    "PNG": ("image/png", "", 5_000, True),
    "JPEG": ("image/jpeg", "photo.jpg", 5_000, True),
    "upper case": ("IMAGE/GIF", "", 5_000, True),
    "by its name": ("application/octet-stream", "scan.TIFF", 5_000, True),
    "a tracking pixel": ("image/gif", "pixel.gif", 43, False),
    "a drawing": ("image/svg+xml", "logo.svg", 5_000, True),
    "a PDF": ("application/pdf", "a.pdf", 5_000, True),
    "a PDF by its name": ("application/octet-stream", "a.PDF", 5_000, True),
    "a document": ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", "a", 5_000, True),
    "a sound": ("audio/mpeg", "a.mp3", 5_000, False),
    "a small calendar": ("text/calendar", "a.ics", 500, False),
    "a calendar that may hold a picture": ("text/calendar", "a.ics", 5_000, True),
    "a calendar by its name": ("application/octet-stream", "a.ics", 5_000, True),
    "data": ("application/octet-stream", "a.DAT", 5_000, True),
    "data that say what they are": ("application/ms-tnef", "winmail.dat", 5_000, False),
    "a file without a name": ("application/octet-stream", "", 5_000, True),
    "a database": ("application/octet-stream", "a.sqlite", 5_000, False),
    "a signature": ("application/pkcs7-signature", "smime.p7s", 5_000, False),
    "a text named like a picture": ("text/plain", "a.png", 5_000, False),
    "octets": ("application/octet-stream", "a.bin", 5_000, False),
    "a multipart": ("multipart/mixed", "", 0, False),
}


@pytest.mark.parametrize(("kind", "name", "size", "wanted"), WORK.values(), ids=WORK)
def test_work(kind: str, name: str, size: int, wanted: bool) -> None:
    part = Part(id="1", content_type=kind, filename=name, size=size)
    message = Message(id="m", parts=(part,), attachments=("1",))
    work = build(FakeRecognizer()).work(message)
    assert (work is not None) is wanted
    assert work is None or (work.parts == ("1",) and work.light is (kind == "text/calendar"))


def test_text_and_codes_are_handed_on() -> None:
    pictures = ("code.png", QR), ("letter.png", LETTER)
    report, heard = read(message_of(*pictures), *pictures, recognise=FakeRecognizer("You have won"))
    assert report.status is PoolStatus.OK
    assert {(text.source, text.text, text.urls) for text in heard} == {
        ("letter.png", "You have won", ()),
        ("code.png", "You have won", ("https://login.example/verify",)),
    }


CODES: dict[str, tuple[str, tuple[str, ...]]] = {
    "a link": ("https://login.example/a b", ("https://login.example/a",)),
    "upper case": ("HTTPS://LOGIN.EXAMPLE/A", ("HTTPS://LOGIN.EXAMPLE/A",)),
    "a bookmark": ("MEBKM:TITLE:Log in;URL:https://login.example/;;", ("https://login.example/",)),
    "a link without scheme": ("login.example/verify", ("http://login.example/verify",)),
    "a contact": ("BEGIN:VCARD\nFN:Alice\nEND:VCARD", ()),
    "a network": ("WIFI:S:guests;T:WPA;P:secret;;", ()),
    "a payment": ("BCD\n002\n1\nSCT\nBYLADEM1001\nAlice\nDE02120300000000202051\nEUR12.5", ()),
    "a ticket": ("M1DOE/JOHN EABC123 FRAJFKLH 0400 326J014C0001", ()),
    "a serial number": ("SN-2024.11.07", ()),
    "a mail address": ("mailto:alice@example.com", ()),
    "a phone number": ("tel:+15550100", ()),
}


@pytest.mark.parametrize(("content", "urls"), CODES.values(), ids=CODES)
def test_addresses_in_codes(content: str, urls: tuple[str, ...]) -> None:
    picture = ("code.png", files.qr_picture(content, size=500))
    _, heard = read(message_of(picture), picture)
    assert [text.urls for text in heard if text.urls] == ([urls] if urls else [])


def test_a_picture_of_60000_by_60000_pixels_costs_nothing() -> None:
    picture = ("huge.png", files.png_header(60_000, 60_000) + bytes(200))
    recognise = FakeRecognizer()
    began = time.process_time()
    report, _ = read(message_of(picture), picture, recognise=recognise)
    assert time.process_time() - began < 1
    assert report.status is PoolStatus.PARTIAL
    assert "pixels" in report.reason
    assert recognise.pictures == []


def test_large_pictures_are_reduced() -> None:
    recognise = FakeRecognizer()
    picture = ("wide.png", files.blank_picture(6_000, 3_000))
    read(message_of(picture), picture, recognise=recognise)
    assert Image.open(io.BytesIO(recognise.pictures[0])).size == (2_400, 1_200)


def test_what_is_transparent_is_read_on_white() -> None:
    recognise = FakeRecognizer()
    image = Image.new("RGBA", (300, 300), (0, 0, 0, 0))
    picture = ("clear.png", files.png(image))
    read(message_of(picture), picture, recognise=recognise)
    assert Image.open(io.BytesIO(recognise.pictures[0])).getextrema() == (255, 255)


def test_of_an_animation_one_frame_is_read() -> None:
    frames = [Image.new("L", (300, 300), shade) for shade in range(0, 250, 10)]
    target = io.BytesIO()
    frames[0].save(target, "GIF", save_all=True, append_images=frames[1:])
    recognise = FakeRecognizer("a banner")
    picture = ("banner.gif", target.getvalue())
    read(message_of(picture), picture, recognise=recognise)
    assert len(recognise.pictures) == 1


SKIPPED: dict[str, bytes] = {
    "an icon": files.blank_picture(32, 32),
    "a rule": files.blank_picture(900, 8),
    "a button": files.blank_picture(120, 60),
}


@pytest.mark.parametrize("data", SKIPPED.values(), ids=SKIPPED)
def test_no_text_is_looked_for_in_small_pictures(data: bytes) -> None:
    recognise = FakeRecognizer()
    picture = ("small.png", data + bytes(300))
    report, _ = read(message_of(picture), picture, recognise=recognise)
    assert report.status is PoolStatus.OK
    assert recognise.pictures == []


def test_the_largest_pictures_are_read_first_and_the_rest_is_said() -> None:
    pictures = tuple((f"{side}.png", files.blank_picture(side, side) + bytes(300)) for side in (700, 900, 800))
    recognise = FakeRecognizer()
    limits = ImageLimits(pictures=2, text_pictures=1)
    report, _ = read(message_of(*pictures), *pictures, recognise=recognise, limits=limits)
    assert report.status is PoolStatus.PARTIAL
    assert "3 pictures, of which the 2 largest were read" in report.reason
    assert [Image.open(io.BytesIO(seen)).size for seen in recognise.pictures] == [(900, 900)]


ERRORS: dict[str, tuple[Exception, str]] = {
    "too slow": (TimeoutError("late"), "not recognised within"),
    "no Tesseract": (FileNotFoundError("tesseract"), "tesseract"),
    "gave up": (ValueError("no memory"), "no memory"),
}


@pytest.mark.parametrize(("error", "words"), ERRORS.values(), ids=ERRORS)
def test_codes_are_read_even_where_text_is_not(error: Exception, words: str) -> None:
    picture = ("code.png", QR)
    report, heard = read(message_of(picture), picture, recognise=FakeRecognizer(error=error))
    assert report.status is PoolStatus.PARTIAL
    assert words in report.reason
    assert heard[0].urls == ("https://login.example/verify",)


DAMAGED: dict[str, bytes] = {
    "no picture": b"GIF89a or so" * 40,
    "cut off": files.text_picture("You have won")[:400],
    "an empty row": files.png_header(300, 300) + bytes(300),
    "another format": b"8BPS\x00\x01" + bytes(400),
    "zeros": bytes(500),
}


@pytest.mark.parametrize("data", DAMAGED.values(), ids=DAMAGED)
def test_damaged_pictures_are_no_failure(data: bytes) -> None:
    picture = ("a.png", data)
    report, _ = read(message_of(picture), picture)
    assert (report.status, report.errors) == (PoolStatus.OK, ())


def test_no_time_is_timed_out() -> None:
    picture = ("a.png", QR)
    assert read(message_of(picture), picture, seconds=1e-9)[0].status is PoolStatus.TIMED_OUT


def test_files_that_are_too_large_are_said() -> None:
    picture = ("a.png", LETTER)
    report, _ = read(message_of(picture), picture, limits=ImageLimits(most_bytes=1_000))
    assert report.status is PoolStatus.PARTIAL
