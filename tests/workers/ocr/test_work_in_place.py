"""Invitations are looked at in place; those that hold a picture are for those who have the time to read it."""

from __future__ import annotations

import pytest

from mailcore.errors import ScanInterrupted
from mailcore.message import Envelope, Message, Part
from mailcore.view import MailView
from tests import files, files_codes
from tests.workers.ocr.read import FakeRecognizer
from workers.ocr import build
from workers.pool import Gathered

CALENDAR = "text/calendar"
QR = files.qr_picture("https://login.example/verify")
PLAIN = files_codes.invitation(b"").replace(
    b"SUMMARY:Meeting", b"SUMMARY:Meeting\r\nDESCRIPTION:" + b"about it\\n" * 100
)


def message_of(*files: tuple[str, bytes], text: str = "") -> Message:
    parts = tuple(
        Part(id=str(number), content_type=kind, filename="a.ics", size=len(data))
        for number, (kind, data) in enumerate(files)
    )
    return Message(id="m", parts=parts, attachments=tuple(part.id for part in parts), text=text)


def look(data: bytes) -> Gathered:
    pool = build(FakeRecognizer(error=AssertionError("nothing is read in place")))
    assert pool.gather_at_once is not None
    view = MailView(envelope=Envelope(), message=message_of((CALENDAR, data)))
    return pool.gather_at_once(view, {"0": data}, seconds=20.0)


@pytest.mark.parametrize(
    "data",
    [
        files_codes.invitation(QR),
        files_codes.invitation_page(QR),
        files_codes.invitation(files.zip_file({"a.png": QR})),
        files_codes.invitation(files_codes.pdf()),
        QR,
    ],
    ids=["a picture", "a page with one", "an archive", "a PDF", "no invitation but a picture"],
)
def test_what_holds_a_picture_is_left_to_others(data: bytes) -> None:
    with pytest.raises(ScanInterrupted):
        look(data)


@pytest.mark.parametrize(
    "data",
    [
        PLAIN,
        files_codes.invitation(b"%PDF-1.7" + bytes(900)),
        files_codes.invitation(b"text" * 300),
        b"BEGIN:VCALENDAR\r\n" + b"X-A:b\r\n" * 200,
        b"no calendar " * 100,
    ],
    ids=["words", "a broken PDF", "a text", "cut short", "no calendar"],
)
def test_what_holds_none_is_done_with(data: bytes) -> None:
    gathered = look(data)
    assert gathered.problems == ()
    assert gathered.view.images == ()


@pytest.mark.parametrize(
    ("attachments", "text", "light"),
    [
        ([(CALENDAR, PLAIN)], "", True),
        ([(CALENDAR, PLAIN), (CALENDAR, PLAIN)], "", True),
        ([(CALENDAR, PLAIN), ("image/png", QR)], "", False),
        ([(CALENDAR, PLAIN + b" " * 200_000)], "", False),
        ([(CALENDAR, PLAIN)], files_codes.half_blocks(), False),
        ([("application/pdf", files.pdf() + b" " * 900)], "", False),
    ],
    ids=["one", "two", "a picture too", "a large one", "a code of characters", "a PDF"],
)
def test_light_work(attachments: list[tuple[str, bytes]], text: str, light: bool) -> None:
    work = build(FakeRecognizer()).work(message_of(*attachments, text=text))
    assert work is not None
    assert work.light is light
