"""Bounds of the OCR pool: bombs of every kind end early, are said, and take no memory."""

from __future__ import annotations

import io
import struct
import time
import zlib

import pytest
from PIL import Image

from mailcore.verdict import PoolStatus
from tests import files, files_codes
from tests.mail import Attachment, mail
from tests.workers.ocr.read import FakeRecognizer, images_of, message_of, read, read_mail
from workers.ocr import ImageLimits


def animation(frames: int, size: tuple[int, int] = (300, 300), kind: str = "GIF") -> bytes:
    pictures = [Image.new("L", size, 20 + number % 200) for number in range(frames)]
    return files_codes.saved(pictures[0], kind, save_all=True, append_images=pictures[1:])


def huge_frame_behind_a_small_one() -> bytes:
    """A TIFF whose second page claims 60,000 x 60,000 pixels."""
    data = bytearray(animation(2, kind="TIFF"))
    first = struct.unpack_from("<I", data, 4)[0]
    entries = struct.unpack_from("<H", data, first)[0]
    second = struct.unpack_from("<I", data, first + 2 + 12 * entries)[0]
    for number in range(struct.unpack_from("<H", data, second)[0]):
        at = second + 2 + 12 * number
        if struct.unpack_from("<H", data, at)[0] in (256, 257):
            struct.pack_into("<I", data, at + 8, 60_000)
    return bytes(data)


def repeating_svg(levels: int = 12) -> bytes:
    """Ten times the next level, twelve deep: 10^12 squares."""
    groups = "".join(f'<g id="a{level}">' + f'<use href="#a{level + 1}"/>' * 10 + "</g>" for level in range(levels))
    last = f'<rect id="a{levels}" width="9" height="9"/>'
    return f'<svg viewBox="0 0 9 9"><defs>{last}{groups}</defs><use href="#a0"/></svg>'.encode()


# Each must end within seconds, with a report.
BOMBS: dict[str, tuple[str, bytes]] = {
    "a PNG of 60,000 x 60,000": ("a.png", files.png_header(60_000, 60_000) + bytes(200)),
    "a GIF of 2,000 frames": ("a.gif", animation(2_000, (64, 64))),
    "a GIF of large frames": ("a.gif", animation(30, (2_000, 2_000))),
    "a TIFF of 100 pages": ("a.tif", animation(100, (800, 800), "TIFF")),
    "a TIFF with a huge second page": ("a.tif", huge_frame_behind_a_small_one()),
    "a WebP of 40 frames": ("a.webp", animation(40, (400, 400), "WEBP")),
    "a PNG in deflated zeros": ("a.png", files.blank_picture(6_000, 6_000)),
    "zips in zips": ("a.zip", files.many_zips_in_zips()),
    "a deep zip": ("a.zip", files.nested_zip(files_codes.saved(files_codes.code(), "PNG"), "a.png", depth=12)),
    "a zip of a large picture": ("a.zip", files.zip_file({"a.bmp": bytes(200_000_000)})),
    "a tar of much else": ("a.tar.gz", files.tar_gz({"a.bin": bytes(200_000_000), "a.png": bytes(500)})),
    "gzip in gzip": ("a.gz", files.gzip_in_gzip()),
    "an SVG that repeats itself": ("a.svg", repeating_svg()),
    "an SVG in itself": ("a.svg", b'<svg><g id="a"><use href="#a"/><use href="#a"/></g></svg>' + bytes(200)),
    "an SVG of large squares": ("a.svg", b"<svg>" + b'<rect width="300" height="300"/>' * 40_000 + b"</svg>"),
    "an SVG of one long path": ("a.svg", b'<svg><path d="M0 0' + b"l9 9-9 9z" * 60_000 + b'"/></svg>'),
    "a page of long rows": ("a.html", b"<html>" + (b"<div>" + b"<i></i>" * 60 + b"</div>") * 4_000),
    "a page of deep boxes": ("a.html", b"<html>" + b"<div><i></i><i></i>" * 20_000),
    "a page of blocks": ("a.html", b"<html><pre>" + ("█▀" * 200 + "\n").encode() * 3_000),
    "a page of begun pictures": ("a.html", b"<html>" + b'<img src="data:image/png;base64,AAAA">' * 40_000),
    "RTF of begun pictures": ("a.rtf", b"{\\rtf1" + b"\\pngblip 00" * 200_000),
    "a document of begun pictures": ("a.doc", files.compound_file({"Data": b"\xff\xd8\xff\xe0JFIF" * 200_000})),
}


@pytest.mark.parametrize(("name", "data"), BOMBS.values(), ids=BOMBS)
def test_bombs_end(name: str, data: bytes) -> None:
    began = time.process_time()
    report, _ = read_mail(mail(attachments=[Attachment(name, data)]), seconds=8.0)
    assert time.process_time() - began < 10
    assert report is None or report.status in (PoolStatus.OK, PoolStatus.PARTIAL)
    assert report is None or report.errors == ()


SAID: dict[str, tuple[str, bytes, str]] = {
    "a PNG of 60,000 x 60,000": ("a.png", files.png_header(60_000, 60_000) + bytes(200), "more pixels than"),
    "a deep zip": ("a.zip", files.nested_zip(b"x" * 900, "a.png", depth=12), "files within files"),
    "much in an archive": ("a.zip", files.zip_file({"a.bmp": bytes(200_000_000)}), "larger than"),
    "many members": ("a.zip", files.zip_file({f"{n}.txt": b"" for n in range(2_100)}), "not all of it"),
}


@pytest.mark.parametrize(("name", "data", "words"), SAID.values(), ids=SAID)
def test_what_is_left_out_is_said(name: str, data: bytes, words: str) -> None:
    report, _ = read_mail(mail(attachments=[Attachment(name, data)]))
    assert report is not None
    assert report.status is PoolStatus.PARTIAL
    assert words in report.reason


def test_a_code_in_a_later_frame_is_read() -> None:
    frames = [Image.new("L", (300, 300), 255), files_codes.code().resize((300, 300)), Image.new("L", (300, 300), 0)]
    data = files_codes.saved(frames[0], "GIF", save_all=True, append_images=frames[1:], duration=500)
    (image,) = images_of(mail(attachments=[("a.gif", data)]))
    assert image.codes == (files_codes.LURE,)


def test_of_an_animation_the_frame_with_most_in_it_is_read() -> None:
    letter = Image.open(io.BytesIO(files.text_picture("You have won", width=800)))
    frames = [Image.new("L", letter.size, 255), letter]
    recognise = FakeRecognizer()
    picture = ("a.gif", files_codes.saved(frames[0], "GIF", save_all=True, append_images=frames[1:], duration=500))
    read(message_of(picture), picture, recognise=recognise)
    assert Image.open(io.BytesIO(recognise.pictures[0])).getextrema() == (0, 255)


def test_second_looks_end_with_their_time() -> None:
    noise = files.png(Image.effect_noise((1_000, 1_000), 60))
    pictures = tuple((f"{number}.png", noise + bytes(number)) for number in range(6))
    limits = ImageLimits(text_pictures=0, extra_seconds=0.0, splits=0)
    began = time.process_time()
    read(message_of(*pictures), *pictures, limits=limits)
    without = time.process_time() - began
    began = time.process_time()
    read(message_of(*pictures), *pictures, limits=ImageLimits(text_pictures=0, extra_seconds=0.3, splits=0))
    assert time.process_time() - began < without + 2.0


def test_pictures_that_everybody_sees_come_first() -> None:
    """Text is recognised in a few pictures only: those of an archive wait for those of the mail."""
    page = files.text_picture("A page", width=1_500)
    raw = mail(
        attachments=[("a.zip", files.zip_file({"a.png": page})), ("b.png", files.text_picture("Hello", width=700))]
    )
    recognise = FakeRecognizer("words")
    read_mail(raw, recognise=recognise, limits=ImageLimits(text_pictures=1))
    assert Image.open(io.BytesIO(recognise.pictures[0])).width == 700


# Nothing of this makes the pool work at all.
NOTHING: dict[str, bytes] = {
    "a letter": mail(),
    "a newsletter": mail(html="<table>" + "<tr><td>Offer</td><td>12.00</td></tr>" * 400 + "</table>"),
    "a signature with a rule": mail(text="Hello\n" + "█" * 40),
    "a diff": mail(text="#" * 72 + "\n" + "# comment\n" * 500),
    "an archive that is tiny": mail(attachments=[("a.zip", zlib.compress(b"x"))]),
    "a calendar": mail(attachments=[("a.ics", b"BEGIN:VCALENDAR\n" * 30)]),
}


@pytest.mark.parametrize("raw", NOTHING.values(), ids=NOTHING)
def test_nothing_to_do(raw: bytes) -> None:
    assert read_mail(raw)[0] is None
