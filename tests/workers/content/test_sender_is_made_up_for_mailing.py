"""Mail that sender_is_made_up_for_mailing must find, and (more) that it must leave alone."""

from __future__ import annotations

import pytest

from tests.mail import mail
from tests.workers.content.branded import hits

LIST = [("List-Id", "<users.example.org>"), ("List-Post", "<mailto:users@example.org>")]
TOKEN = "kq2Wd993mfr7Qpl0Zxv5Ytr8Bnm1Csd4Fgh6J"
PICTURE = '<img src="http://genese.shop/1.png">'


def offer(sender: str, host: str, subject: str = "Better joints", **more: object) -> bytes:
    html = f'<a href="http://{host}/{TOKEN}">Go</a><a href="http://{host}/{TOKEN}9">Leave</a><img src="http://{host}/1.png">'
    return mail(subject, None, html, sender=sender, **more)  # type: ignore[arg-type]


BAD = {
    "named after the offer": offer("Lotto Secret <lotto_secret@genese.shop>", "genese.shop"),
    "under an honest ending": offer("Joint Relief <jointrelief@florist.example>", "florist.example"),
    "answers go to itself": offer(
        "Joint Relief <x@florist.example>", "www.florist.example", headers=[("Reply-To", "x@florist.example")]
    ),
}
GOOD = {
    "shop of that name": offer("Florist Miller <news@florist.example>", "florist.example"),
    "initials": offer("Best Book Club <news@bbc.example>", "bbc.example"),
    "person": mail(sender="Bob Miller <bob.miller@cs.example.edu>", text="http://cs.example.edu/~bob/paper.html"),
    "links elsewhere too": mail(
        sender="Joint Relief <x@florist.example>",
        text=None,
        html=f'<a href="http://florist.example/{TOKEN}">Go</a><a href="https://www.facebook.com/x">x</a>{PICTURE}',
    ),
    "answer": offer(
        "Joint Relief <x@florist.example>",
        "florist.example",
        subject="Re: Better joints",
        headers=[("In-Reply-To", "<1@example.net>")],
    ),
    "list": offer("Joint Relief <x@florist.example>", "florist.example", headers=LIST),
    "free mail": offer("Joint Relief <x@gmail.com>", "gmail.com"),
    "service that writes for a doctor": mail(
        sender="Practice Seattle <noreply@patients.example>",
        text=None,
        html='<a href="https://phr.patients.example/in">Open</a><img src="https://phr.patients.example/1.png">',
    ),
    "no name": offer("x@florist.example", "florist.example"),
    "no links": mail(sender="Joint Relief <x@florist.example>"),
}


@pytest.mark.parametrize("raw", BAD.values(), ids=BAD.keys())
def test_is_found(raw: bytes) -> None:
    assert len(hits("sender_is_made_up_for_mailing", raw)) == 1


@pytest.mark.parametrize("raw", GOOD.values(), ids=GOOD.keys())
def test_is_left_alone(raw: bytes) -> None:
    assert hits("sender_is_made_up_for_mailing", raw) == []
