"""Mail that brand_lure_leads_elsewhere must find, and (more) that it must leave alone."""

from __future__ import annotations

import pytest

from tests.mail import mail
from tests.workers.content.branded import hits

LIST = [("List-Id", "<users.example.org>"), ("List-Post", "<mailto:users@example.org>")]
LURE = "Your account has been suspended. Verify your account at once: https://sign.example.org/x"
BAD = {
    "in the subject": mail("PayPal: action required", LURE, sender="Desk <x@mail.example.org>"),
    "in the opening": mail("Action required", f"Dear Netflix customer, {LURE}", sender="Desk <x@mail.example.org>"),
    "letters of another alphabet": mail("Your Am\u0430zon order", LURE, sender="Desk <x@mail.example.org>"),
}
GOOD = {
    "the brand": mail("PayPal: action required", LURE, sender="PayPal <x@e.paypal.com>"),
    "links lead to the brand": mail(
        "PayPal: action required", LURE + " https://www.paypal.com/", sender="Desk <x@mail.example.org>"
    ),
    "shop that takes it": mail(
        "Pay with PayPal", "New in our shop: https://shop.example.org/", sender="Shop <x@shop.example.org>"
    ),
    "forwarded to ask": mail("Fwd: PayPal: action required", LURE),
    "answer": mail("Re: PayPal: action required", LURE, headers=[("In-Reply-To", "<1@example.net>")]),
    "list": mail("PayPal phishing", LURE, headers=LIST),
    "a word": mail("Apple: action required", LURE, sender="Orchard <x@orchard.example.org>"),
    "no links": mail("PayPal: action required", "Your account has been suspended."),
    "account of one's own": mail("Action required", LURE, sender="Desk <x@mail.example.org>"),
}


@pytest.mark.parametrize("raw", BAD.values(), ids=BAD.keys())
def test_is_found(raw: bytes) -> None:
    assert len(hits("brand_lure_leads_elsewhere", raw)) == 1


@pytest.mark.parametrize("raw", GOOD.values(), ids=GOOD.keys())
def test_is_left_alone(raw: bytes) -> None:
    assert hits("brand_lure_leads_elsewhere", raw) == []
