"""Mail from outside in our own name: forged, and (more) really ours or of services that write for us."""

from __future__ import annotations

import pytest

from tests.workers.content.bec.cases import Case, weights
from workers.content.detectors.sender_claims_our_domain import sender_claims_our_domain

BAD = (
    Case("fails", "Helena <helena@brightwater.example>", "Hello", "See you.", auth="fail"),
    Case("fails and wants money", "Helena <helena@brightwater.example>", "Hello", "Please make a payment today.",
         auth="fail"),
    Case("below ours", "Helena <helena@eu.brightwater.example>", "Hello", "See you.", auth="fail"),
    Case("nobody looked, and it presses for money", "Helena <helena@brightwater.example>", "Hello",
         "Make a payment, urgent."),
)  # fmt: skip
GOOD = (
    Case("proven", "Helena <helena@brightwater.example>", "Hello", "Please make a payment today.", auth="pass"),
    Case("nobody looked", "Helena <helena@brightwater.example>", "Hello", "See you tomorrow."),
    Case("nobody looked at the newsletter", "News <news@brightwater.example>", "Pay less", "Make a payment, urgent!",
         headers=(("List-Unsubscribe", "<https://a.test/>"),)),
    Case("bounce", "Mailer <mailer-daemon@brightwater.example>", "Undelivered", "Gone.", auth="fail"),
    Case("somebody else", "Eve <eve@mail.test>", "Hello", "Please make a payment today.", auth="fail"),
    Case("partner", "Eve <eve@northwind-traders.example>", "Hello", "Please make a payment today.", auth="fail"),
    Case("lookalike", "Eve <eve@br1ghtwater.example>", "Hello", "Please make a payment today.", auth="fail"),
    Case("without a client, as in a scan of a file", "Helena <helena@brightwater.example>", "Hi",
         "Pay, urgent.", client=""),
    Case("no From", "", "Hello", "See you.", auth="fail"),
)  # fmt: skip


@pytest.mark.parametrize("case", BAD, ids=lambda case: case.name)
def test_is_found(case: Case) -> None:
    [weight] = weights(sender_claims_our_domain, case)
    assert weight >= 1.0


@pytest.mark.parametrize("case", GOOD, ids=lambda case: case.name)
def test_is_left_alone(case: Case) -> None:
    assert weights(sender_claims_our_domain, case) == []


OURS = "H <h@brightwater.example>"
LIST = (("List-Id", "<a.test>"), ("List-Post", "<mailto:a@a.test>"))
NEWSLETTER = (("List-Unsubscribe", "<https://a.test/>"),)
WEIGHTS = {
    "forged": (Case("m", "H <h@brightwater.example>", "Hi", "See you.", auth="fail"), 4.0),
    "forged, money": (Case("m", "H <h@brightwater.example>", "Hi", "Make a payment today.", auth="fail"), 9.0),
    "forged and sealed by anybody": (Case("m", OURS, "Hi", "Make a payment today.", auth="sealed"), 9.0),
    "our word on a list": (Case("m", OURS, "Hi", "See you.", auth="another's", headers=LIST), 0.5),
    "our newsletter": (Case("m", OURS, "Hi", "See.", auth="another's", headers=NEWSLETTER), 1.5),
    "signs of a list, forged": (Case("m", OURS, "Hi", "See you.", auth="fail", headers=LIST), 4.0),
    "signs of a newsletter, forged": (Case("m", OURS, "Hi", "See.", auth="fail", headers=NEWSLETTER), 4.0),
}


@pytest.mark.parametrize(("case", "weight"), WEIGHTS.values(), ids=WEIGHTS.keys())
def test_weight(case: Case, weight: float) -> None:
    assert weights(sender_claims_our_domain, case) == [weight]
