"""A header of thousands of fields weighs by itself; many parts with a few each do not."""

from __future__ import annotations

import pytest

from mailcore.message import Envelope
from mailcore.parse import parse
from mailcore.settings import ParseLimits
from mailcore.view import MailView
from workers.content.detectors.header_was_cut import header_was_cut

LIMITS = ParseLimits(header_count=100)
PART = b"--b\r\n" + b"X-A: 1\r\n" * 20 + b"\r\ntext\r\n"


def found(raw: bytes) -> bool:
    message = parse(raw, message_id="m1", limits=LIMITS).message
    return bool(list(header_was_cut.run(MailView(envelope=Envelope(), message=message))))


def test_cut() -> None:
    assert found(b"X-A: 1\r\n" * 101 + b"From: a@example.com\r\n\r\ntext")


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(b"From: a@example.com\r\n\r\ntext", id="ordinary"),
        pytest.param(b"X-A: 1\r\n" * 100 + b"\r\ntext", id="as many as are read"),
        pytest.param(b"Content-Type: multipart/digest; boundary=b\r\n\r\n" + PART * 10, id="a digest"),
        pytest.param(b"", id="nothing"),
    ],
)
def test_not_cut(raw: bytes) -> None:
    assert not found(raw)
