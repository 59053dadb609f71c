"""Answers that would go to somebody else, and (more) to help desks, forms and second addresses."""

from __future__ import annotations

import pytest

from tests.workers.content.bec.cases import Case, weights
from workers.content.detectors.answer_goes_elsewhere import answer_goes_elsewhere

BAD = (
    Case("ours, answered at free mail", "H <h@brightwater.example>", "Hi", "See you.", reply_to="h@gmail.com"),
    Case("lookalike", "N <n@northwind-traders.example>", "Hi", "See you.", reply_to="n@northwind-trader.example"),
    Case("lookalike of a domain nobody configured", "E <e@supplier.test>", "Hi", "See you.",
         reply_to="e@suppIier.test"),
    Case("new account, answered at free mail", "E <e@supplier.test>", "Hi", "Our bank details have changed.",
         reply_to="e@gmail.com"),
    Case("payment, answered at free mail", "E <e@supplier.test>", "Hi", "Please make a payment today.",
         reply_to="e@gmail.com"),
    Case("question, answered at free mail", "E <e@company.test>", "Hi", "Are you available?", reply_to="e@gmail.com"),
)  # fmt: skip
GOOD = (
    Case("no Reply-To", "E <e@supplier.test>", "Hi", "Please make a payment today."),
    Case("Reply-To is From", "E <e@supplier.test>", "Hi", "Please make a payment today.", reply_to="e@supplier.test"),
    Case("other desk of the house", "E <e@supplier.test>", "Hi", "Please make a payment today.",
         reply_to="ar@supplier.test"),
    Case("below the house", "E <e@news.supplier.test>", "Hi", "Please make a payment.", reply_to="ar@supplier.test"),
    Case("ticket system", "E <e@supplier.test>", "Hi", "Please make a payment today.", reply_to="t+1@desk.test"),
    Case("small firm without a request", "E <e@supplier.test>", "Hi", "The catalogue is out.", reply_to="e@gmail.com"),
    Case("small firm, proven", "E <e@supplier.test>", "Hi", "Make a payment.", reply_to="e@gmail.com", auth="pass"),
    Case("two addresses at free mail", "E <e@gmail.com>", "Hi", "Are you available?", reply_to="e@gmx.de"),
    Case("newsletter", "E <e@supplier.test>", "Hi", "Make a payment today.", reply_to="e@gmail.com",
         headers=(("List-Unsubscribe", "<https://a.test/>"),)),
    Case("mailing list", "E <e@supplier.test>", "Hi", "Make a payment today.", reply_to="e@gmail.com",
         headers=(("List-Id", "<a.test>"), ("List-Post", "<mailto:a@a.test>"))),
    Case("form of our site", "Web <wordpress@brightwater.example>", "Form", "I want a quote.", reply_to="v@gmail.com"),
    Case("form with the visitor's address in it", "Info <info@brightwater.example>", "Form",
         "Mail: v@gmail.com, a quote?",
         reply_to="v@gmail.com"),
    Case("form of another site", "Web <noreply@site.test>", "Form", "Please make a payment.", reply_to="v@gmail.com"),
    Case("answers come to us", "E <e@supplier.test>", "Hi", "Make a payment.", reply_to="p@brightwater.example"),
    Case("other ending of the same house", "E <e@supplier.test>", "Hi", "Make a payment.",
         reply_to="e@supplier.example"),
)  # fmt: skip


@pytest.mark.parametrize("case", BAD, ids=lambda case: case.name)
def test_is_found(case: Case) -> None:
    [weight] = weights(answer_goes_elsewhere, case)
    assert weight >= 1.0


@pytest.mark.parametrize("case", GOOD, ids=lambda case: case.name)
def test_is_left_alone(case: Case) -> None:
    assert weights(answer_goes_elsewhere, case) == []
