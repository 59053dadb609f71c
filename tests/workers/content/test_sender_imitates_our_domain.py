"""Senders at domains that look like ours, and (more) at domains that only sound so."""

from __future__ import annotations

import pytest

from tests.workers.content.bec.cases import KNOWN, Case, weights
from workers.content.detectors.sender_imitates_our_domain import sender_imitates_our_domain

BAD = (
    Case("digit", "A <a@br1ghtwater.example>", "Hello", "See you."),
    Case("partner misspelt", "A <a@northwind-tarders.example>", "Hello", "See you."),
    Case("whole domain in front", "A <a@alpenbank.example.check.test>", "Hello", "See you."),
    Case("word added", "A <a@brightwater-billing.com>", "Hello", "See you."),
    Case("other ending", "A <a@brightwater.co>", "Hello", "See you."),
    Case("answers go there", "A <a@brightwater.example>", "Hello", "See you.", reply_to="a@brightvvater.example"),
    Case("bounces go there", "A <a@mail.test>", "Hello", "See you.", bounce_to="b@brightvvater.example"),
)  # fmt: skip
GOOD = (
    Case("ours", "A <a@brightwater.example>", "Hello", "Pay the invoice."),
    Case("below ours", "A <a@eu.brightwater.example>", "Hello", "Pay the invoice."),
    Case("partner's", "A <a@northwind-traders.example>", "Hello", "Our bank details have changed."),
    Case("somebody else's", "A <a@mail.test>", "Hello", "Pay the invoice."),
    Case("two of the words", "A <a@bright-colours.test>", "Hello", "See you."),
    Case("customer of a service", "A <brightwater@helpdesk.test>", "Hello", "See you."),
    Case("no From", "", "Hello", "See you."),
    Case("free mail with our name in front", "A <brightwater@gmail.com>", "Hello", "See you."),
    Case("ours over a service's envelope", "A <a@brightwater.example>", "News", "News.", bounce_to="b@mailer.test"),
)  # fmt: skip


@pytest.mark.parametrize("case", BAD, ids=lambda case: case.name)
def test_is_found(case: Case) -> None:
    [weight] = weights(sender_imitates_our_domain, case)
    assert weight >= 1.0


@pytest.mark.parametrize("case", GOOD, ids=lambda case: case.name)
def test_is_left_alone(case: Case) -> None:
    assert weights(sender_imitates_our_domain, case) == []


WEIGHTS = {
    "a sure imitation is marked": (Case("m", "A <a@br1ghtwater.example>", "Hi", "See you."), 5.0),
    "with money it is held": (Case("m", "A <a@br1ghtwater.example>", "Hi", "Our bank details have changed."), 9.5),
    "a word more and money": (Case("m", "A <a@brightwater-pay.com>", "Hi", "Our bank details have changed."), 7.5),
    "another ending is not marked": (Case("m", "A <a@brightwater.fi>", "Hi", "See you."), 2.0),
    "nor when it is known": (Case("m", "A <a@brightwater.fi>", "Hi", "Pay the invoice.", acquaintance=KNOWN), 0.0),
}


@pytest.mark.parametrize(("case", "weight"), WEIGHTS.values(), ids=WEIGHTS.keys())
def test_weight(case: Case, weight: float) -> None:
    assert weights(sender_imitates_our_domain, case) == [weight]
