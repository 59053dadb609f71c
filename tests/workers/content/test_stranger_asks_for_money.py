"""Strangers who want money, and (more) strangers who do not, and acquaintances."""

from __future__ import annotations

import pytest

from tests.workers.content.bec.cases import FIRST_CONTACT, KNOWN, Case, weights
from workers.content.detectors.stranger_asks_for_money import stranger_asks_for_money

BAD = (
    Case("bank details", "E <e@supplier.test>", "Hi", "Our bank details have changed.", acquaintance=FIRST_CONTACT),
    Case("payroll from free mail", "E <e@gmail.com>", "Hi", "Please change the account for my salary.",
         acquaintance=FIRST_CONTACT),
    Case("gift cards", "E <e@mail.test>", "Hi", "Buy some gift cards and send the codes.", acquaintance=FIRST_CONTACT),
    Case("aging report", "E <e@mail.test>", "Hi", "Send me the aging report.", acquaintance=FIRST_CONTACT),
    Case("proven, and still a stranger", "E <e@mail.test>", "Hi", "Please make a payment.", auth="pass",
         acquaintance=FIRST_CONTACT),
)  # fmt: skip
GOOD = (
    Case("no history", "E <e@supplier.test>", "Hi", "Our bank details have changed."),
    Case("known", "E <e@supplier.test>", "Hi", "Our bank details have changed.", acquaintance=KNOWN),
    Case("first invoice", "E <e@supplier.test>", "Invoice", "Invoice 1 is attached.", acquaintance=FIRST_CONTACT),
    Case("application", "E <e@gmail.com>", "Application", "My application is attached.", acquaintance=FIRST_CONTACT),
    Case("question", "E <e@gmail.com>", "Hi", "Are you available?", acquaintance=FIRST_CONTACT),
    Case("newsletter", "E <e@shop.test>", "Hi", "Buy gift cards, send codes!", acquaintance=FIRST_CONTACT,
         headers=(("List-Unsubscribe", "<a>"),)),
    Case("list", "E <e@shop.test>", "Hi", "Make a payment.", acquaintance=FIRST_CONTACT,
         headers=(("List-Id", "<a.test>"), ("List-Post", "<mailto:a@a.test>"))),
    Case("long terms", "E <e@shop.test>", "Terms",
         "Make a payment. " + "These are the terms. " * 200, acquaintance=FIRST_CONTACT),
    Case("bounce", "M <mailer-daemon@x.test>", "Undelivered", "Make a payment.", acquaintance=FIRST_CONTACT),
)  # fmt: skip


@pytest.mark.parametrize("case", BAD, ids=lambda case: case.name)
def test_is_found(case: Case) -> None:
    [weight] = weights(stranger_asks_for_money, case)
    assert weight >= 1.0


@pytest.mark.parametrize("case", GOOD, ids=lambda case: case.name)
def test_is_left_alone(case: Case) -> None:
    assert weights(stranger_asks_for_money, case) == []
