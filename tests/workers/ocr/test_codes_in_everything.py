"""Codes are found wherever a person with a telephone would find them: every way in which they are hidden, and what is
none."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PIL import Image

from tests import files, files_codes
from tests.files_codes import LURE
from tests.mail import Attachment, mail
from tests.workers.ocr.read import images_of, message_of, read, read_mail


@pytest.mark.parametrize("make", files_codes.PICTURES.values(), ids=files_codes.PICTURES)
def test_pictures(make: Callable[[], Image.Image]) -> None:
    picture = ("code.png", files.png(make()))
    _, heard = read(message_of(picture), picture)
    assert [text.urls for text in heard] == [(LURE,)]


@pytest.mark.parametrize("kind", files_codes.KINDS)
def test_kinds(kind: str) -> None:
    text = "https://a.test/" if kind == "MicroQRCode" else LURE
    picture = ("code.png", files.png(files_codes.code(text, kind=kind)))
    _, heard = read(message_of(picture), picture)
    assert [text.urls for text in heard] == [(text,)]


def attached(name: str, content: bytes) -> bytes:
    return mail(attachments=[Attachment(name, content)])


def eml(content: bytes) -> bytes:
    return mail(subject="Fwd", attachments=[Attachment("code.png", content)])


QR = files.png(files_codes.code())
NAMES = ("left.png", "right.png")

# Whole messages: where the code is, and how it is come by.
MAILS: dict[str, tuple[bytes, str]] = {
    "in a zip": (attached("a.zip", files.zip_file({"scans/code.png": QR, "b.txt": b"x"})), "member"),
    "in a zip in a zip": (attached("a.zip", files.zip_file({"b.zip": files.zip_file({"c.png": QR})})), "member"),
    "in a tar": (attached("a.tar.gz", files.tar_gz({"first.bin": bytes(90_000), "c.png": QR})), "member"),
    "in a Word document": (attached("a.docx", files_codes.office(QR)), "member"),
    "in a Word document in a zip": (attached("a.zip", files.zip_file({"a.docx": files_codes.office(QR)})), "member"),
    "in a presentation": (attached("a.pptx", files_codes.office(QR, "ppt")), "member"),
    "in a Word 97 document": (attached("a.doc", files.compound_file({"Data": bytes(9) + QR + bytes(5_000)})), "member"),
    "in RTF": (attached("a.rtf", b"{\\rtf1{\\pict\\pngblip\\picw10 \n" + QR.hex().encode() + b"}}"), "member"),
    "in a PDF": (attached("a.pdf", files_codes.pdf()), "page"),
    "in a PDF as paths": (attached("a.pdf", files_codes.pdf_of_paths()), "page"),
    "in a PDF in a zip": (attached("a.zip", files.zip_file({"a.pdf": files_codes.pdf()})), "page"),
    "in a message that is a file": (attached("a.eml", eml(QR)), "member"),
    "in an invitation": (
        mail(attachments=[Attachment("a.ics", files_codes.invitation(QR), "text/calendar")]),
        "member",
    ),
    "in the page of an invitation": (attached("a.ics", files_codes.invitation_page(QR)), "member"),
    "in an invitation in a zip": (attached("a.zip", files.zip_file({"a.ics": files_codes.invitation(QR)})), "member"),
    "in a file that is called data": (mail(attachments=[Attachment("a.dat", QR, "application/octet-stream")]), ""),
    "in a file that is called nothing": (mail(attachments=[Attachment("", QR, "application/octet-stream")]), ""),
    "in a page that is a file": (attached("a.html", files_codes.inline(QR).encode()), "inline"),
    "in a table of a page that is a file": (attached("a.html", files_codes.table().encode()), "drawn"),
    "in the HTML itself": (mail(html=files_codes.inline(QR)), "inline"),
    "in an HTML table": (mail(html=files_codes.table()), "drawn"),
    "in a merged HTML table": (mail(html=files_codes.merged_table()), "drawn"),
    "in boxes": (mail(html=files_codes.boxes()), "drawn"),
    "in half blocks": (mail(text=f"Please scan\n\n{files_codes.half_blocks()}\n\nThank you"), "drawn"),
    "in half blocks for dark terminals": (mail(text=files_codes.half_blocks(inverted=True)), "drawn"),
    "in full blocks": (mail(text=files_codes.full_blocks()), "drawn"),
    "in squares": (mail(text=files_codes.full_blocks(dark="⬛", light="⬜")), "drawn"),
    "in number signs": (mail(text=files_codes.full_blocks(dark="##")), "drawn"),
    "in half blocks in HTML": (mail(html=f"<html><pre>{files_codes.half_blocks()}</pre></html>"), "drawn"),
    "in blocks in cells": (mail(html=files_codes.table(cell='<td style="background:black">&nbsp;</td>')), "drawn"),
    "in blocks of two colours": (mail(html=files_codes.coloured_blocks()), "drawn"),
    "in an SVG of rectangles": (attached("a.svg", files_codes.svg_rects().encode()), ""),
    "in an SVG of one path": (attached("a.svg", files_codes.svg_path().encode()), ""),
    "in an SVG of thick lines": (attached("a.svg", files_codes.svg_strokes().encode()), ""),
    "in an SVG that repeats itself": (attached("a.svg", files_codes.svg_uses().encode()), ""),
    "in two pictures side by side": (mail(attachments=list(zip(NAMES, files_codes.halves(), strict=True))), "joined"),
    "in two pictures, stacked": (
        mail(attachments=list(zip(NAMES, files_codes.halves(upright=True), strict=True))),
        "joined",
    ),
}


@pytest.mark.parametrize(("raw", "reached"), MAILS.values(), ids=MAILS)
def test_messages(raw: bytes, reached: str) -> None:
    images = images_of(raw)
    assert [(image.reached, image.codes) for image in images if image.codes] == [(reached, (LURE,))]
    _, heard = read_mail(raw)
    assert [text.urls for text in heard] == [(LURE,)]
