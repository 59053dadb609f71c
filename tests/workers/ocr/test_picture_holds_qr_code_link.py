"""Pictures that picture_holds_qr_code_link must find, and (more) that it must leave alone."""

from __future__ import annotations

import pytest

from mailcore.links import make_link
from mailcore.message import LinkOrigin
from mailcore.verdict import PoolReport, PoolStatus
from tests import files, files_codes
from tests.mail import mail
from tests.workers.ocr.read import message_of, read, read_mail

BAD: dict[str, bytes] = {
    "a link": files.qr_picture("https://login.example/verify"),
    "without scheme": files.qr_picture("login.example/verify"),
}
GOOD: dict[str, bytes] = {
    "a contact": files.qr_picture("BEGIN:VCARD\nFN:Alice\nEND:VCARD"),
    "a contact with a page": files.qr_picture("BEGIN:VCARD\nFN:Alice\nURL:https://www.example.com/\nEND:VCARD"),
    "a ticket": files.qr_picture("M1DOE/JOHN EABC123 FRAJFKLH"),
    "a network": files.qr_picture("WIFI:S:guests;T:WPA;P:secret;;"),
    "a text": files.text_picture("https://www.example.com/"),
    "nothing": files.blank_picture(300, 300),
}


@pytest.mark.parametrize("picture", BAD.values(), ids=BAD)
def test_is_found(picture: bytes) -> None:
    report, _ = read(message_of(("a.png", picture)), ("a.png", picture))
    assert [finding.id for finding in report.findings] == ["picture_holds_qr_code_link"]


@pytest.mark.parametrize("picture", GOOD.values(), ids=GOOD)
def test_is_left_alone(picture: bytes) -> None:
    report, _ = read(message_of(("a.png", picture)), ("a.png", picture))
    assert "picture_holds_qr_code_link" not in {finding.id for finding in report.findings}


def test_a_code_beside_links_weighs_less() -> None:
    picture = ("a.png", BAD["a link"])
    link = make_link("https://www.example.com/", origin=LinkOrigin.TEXT)
    assert link is not None
    beside, alone = (read(message_of(picture, links=links), picture)[0].findings[0] for links in ((link,), ()))
    assert 0 < beside.weight < alone.weight


def test_a_code_in_a_file_hardly_weighs() -> None:
    weights = [
        finding.weight
        for raw in (
            mail(attachments=[("invoice.pdf", files_codes.pdf())]),
            mail(attachments=[("leaflet.docx", files_codes.office(BAD["a link"]))]),
        )
        for finding in (read_mail(raw)[0] or PoolReport(pool="ocr", status=PoolStatus.SKIPPED)).findings
    ]
    assert weights == [0.5, 0.5]
