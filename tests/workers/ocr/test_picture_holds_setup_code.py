"""Pictures that picture_holds_setup_code must find, and (more) that it must leave alone."""

from __future__ import annotations

import pytest

from mailcore.message import Header
from tests import files
from tests.workers.ocr.read import message_of, read

OTP = "otpauth://totp/Example:alice@example.com?secret=JBSWY3DPEHPK3PXP&issuer=Example"

BAD: dict[str, tuple[str, float]] = {
    "one-time passwords": (OTP, 2.0),
    "one-time passwords in capitals": (OTP.replace("otpauth", "OTPAUTH"), 2.0),
    "accounts that move": ("otpauth-migration://offline?data=CjEKCkhlbGxvIQ", 2.0),
    "a network": ("WIFI:S:Free;T:WPA;P:password;;", 0.5),
}
GOOD: dict[str, str] = {
    "a contact": "BEGIN:VCARD\nFN:Alice\nURL:https://www.example.com/\nEND:VCARD",
    "a ticket": "M1DOE/JOHN EABC123 FRAJFKLH",
    "a link": "https://login.example/verify",
    "a call": "tel:+15550100",
    "a mail": "mailto:alice@example.com",
    "a payment": "BCD\n002\n1\nSCT\nBYLADEM1001\nAlice\nDE02120300000000202051\nEUR12.5",
    "words about it": "The wifi: ask at the desk",
}


@pytest.mark.parametrize(("content", "weight"), BAD.values(), ids=BAD)
def test_is_found(content: str, weight: float) -> None:
    picture = ("a.png", files.qr_picture(content, size=400))
    (finding,) = read(message_of(picture), picture)[0].findings
    assert (finding.id, finding.weight) == ("picture_holds_setup_code", weight)
    assert "JBSWY3DPEHPK3PXP" not in finding.where.quote


@pytest.mark.parametrize("content", GOOD.values(), ids=GOOD)
def test_is_left_alone(content: str) -> None:
    picture = ("a.png", files.qr_picture(content, size=400))
    report, _ = read(message_of(picture), picture)
    assert "picture_holds_setup_code" not in {finding.id for finding in report.findings}


def test_an_answer_may_bring_one() -> None:
    picture = ("a.png", files.qr_picture(OTP, size=400))
    message = message_of(picture, headers=(Header("In-Reply-To", "<1@example.com>"),))
    assert read(message, picture)[0].findings == ()
