"""Mails that message_is_only_a_picture must find, and (more) that it must leave alone."""

from __future__ import annotations

import pytest

from mailcore.message import Header, Message
from tests import files
from tests.workers.ocr.read import FakeRecognizer, message_of, read

LETTER = "congratulations you have won the sum of money in the lottery " * 3
PICTURE = ("a.png", files.blank_picture(600, 400) + bytes(300))

BAD: dict[str, tuple[Message, str]] = {
    "no text": (message_of(PICTURE), LETTER),
    "a few words": (message_of(PICTURE, text="Please see the attached letter."), LETTER),
}
GOOD: dict[str, tuple[Message, str]] = {
    "a photo": (message_of(PICTURE), ""),
    "a photo with a sign": (message_of(PICTURE), "City Museum open daily"),
    "noise": (message_of(PICTURE), "| . ,, ~ 1 l i ; " * 40),
    "a letter and a picture": (message_of(PICTURE, text="Dear Alice, here is what we talked about. " * 4), LETTER),
    "a reply with a screenshot": (message_of(PICTURE, headers=(Header("In-Reply-To", "<1@example.com>"),)), LETTER),
    "a short note with few words": (message_of(PICTURE, text="Look!"), "menu of the day soup and bread"),
}


@pytest.mark.parametrize(("message", "text"), BAD.values(), ids=BAD)
def test_is_found(message: Message, text: str) -> None:
    report, _ = read(message, PICTURE, recognise=FakeRecognizer(text))
    assert [finding.id for finding in report.findings] == ["message_is_only_a_picture"]


@pytest.mark.parametrize(("message", "text"), GOOD.values(), ids=GOOD)
def test_is_left_alone(message: Message, text: str) -> None:
    report, _ = read(message, PICTURE, recognise=FakeRecognizer(text))
    assert report.findings == ()
