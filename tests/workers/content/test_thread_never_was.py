"""Answers to messages that nobody wrote, and (more) answers that only lost their thread."""

from __future__ import annotations

import pytest

from tests.workers.content.bec.cases import KNOWN, Case, weights
from workers.content.detectors.thread_never_was import thread_never_was

BAD = (
    Case("quotes our boss", "E <e@apex.test>", "Re: Invoice",
         "The invoice is attached, please pay.\n\n-----Original Message-----\nFrom: Helena Brandt "
         "<helena.brandt@brightwater.example>\nSent: Monday\nTo: e@apex.test\nSubject: Invoice\n\nApproved."),
    Case("quotes a colleague at our domain", "E <e@apex.test>", "Fwd: Invoice",
         "The overdue invoice is attached.\n\nFrom: Petra <petra@brightwater.example>\nDate: Monday\nTo: e@apex.test\n"
         "Subject: Invoice\n\nSend it."),
    Case("quotes our boss, money", "E <e@apex.test>", "RE: Payment",
         "Please make the payment today.\n\n-----Original Message-----\nFrom: Helena Brandt "
         "<helena.brandt@brightwater.example>\nSent: Monday\nTo: e@apex.test\nSubject: Invoice\n\nApproved."),
    Case("quotes nothing, new account", "E <e@apex.test>", "AW: Rechnung", "Unsere Bankverbindung hat sich geändert."),
)  # fmt: skip
GOOD = (
    Case("real thread", "E <e@apex.test>", "Re: Invoice",
         "The invoice is attached.\n\n-----Original Message-----\nFrom: Helena Brandt "
         "<helena.brandt@brightwater.example>\nSent: Monday\nTo: e@apex.test\nSubject: Invoice\n\nApproved.",
         headers=(("In-Reply-To", "<1@x>"),)),
    Case("thread of Outlook", "E <e@apex.test>", "Fwd: Invoice",
         "The invoice is due.\n\n-----Original Message-----\nFrom: Helena Brandt "
         "<helena.brandt@brightwater.example>\nSent: Monday\nTo: e@apex.test\nSubject: Invoice\n\nApproved.",
         headers=(("Thread-Index", "A1"),)),
    Case("no answer at all", "E <e@apex.test>", "Invoice",
         "The invoice is attached.\n\n-----Original Message-----\nFrom: Helena Brandt "
         "<helena.brandt@brightwater.example>\nSent: Monday\nTo: e@apex.test\nSubject: Invoice\n\nApproved."),
    Case("typed Re:", "E <e@apex.test>", "Re: Offer", "Thank you, we take two."),
    Case("typed Re: and a reminder", "E <e@apex.test>", "Re: Invoice", "The invoice is due, please pay it."),
    Case("known", "E <e@apex.test>", "Re: Invoice",
         "The invoice is attached.\n\n-----Original Message-----\nFrom: Helena Brandt "
         "<helena.brandt@brightwater.example>\nSent: Monday\nTo: e@apex.test\nSubject: Invoice\n\nApproved.",
         acquaintance=KNOWN),
    Case("quotes people of others", "E <e@apex.test>", "Fwd: Invoice",
         "The invoice is attached.\n\nFrom: Bob <bob@other.test>\nDate: Monday\nTo: e@apex.test\nSubject: "
         "Invoice\n\nSend it."),
    Case("colleague forwards", "P <petra@brightwater.example>", "Fwd: Invoice",
         "The invoice is attached.\n\n-----Original Message-----\nFrom: Helena Brandt "
         "<helena.brandt@brightwater.example>\nSent: Monday\nTo: e@apex.test\nSubject: Invoice\n\nApproved."),
    Case("partner forwards", "N <n@northwind-traders.example>", "Fwd: Invoice",
         "The invoice is attached.\n\n-----Original Message-----\nFrom: Helena Brandt "
         "<helena.brandt@brightwater.example>\nSent: Monday\nTo: e@apex.test\nSubject: Invoice\n\nApproved."),
    Case("list", "E <e@apex.test>", "Re: Invoice",
         "The invoice is attached.\n\n-----Original Message-----\nFrom: Helena Brandt "
         "<helena.brandt@brightwater.example>\nSent: Monday\nTo: e@apex.test\nSubject: Invoice\n\nApproved.",
         headers=(("List-Id", "<a.test>"), ("List-Post", "<mailto:a@a.test>"))),
    Case("wants nothing", "E <e@apex.test>", "Re: Party",
         "See you on Saturday.\n\n-----Original Message-----\nFrom: Helena Brandt "
         "<helena.brandt@brightwater.example>\nSent: Monday\nTo: e@apex.test\nSubject: Invoice\n\nApproved."),
)  # fmt: skip


@pytest.mark.parametrize("case", BAD, ids=lambda case: case.name)
def test_is_found(case: Case) -> None:
    [weight] = weights(thread_never_was, case)
    assert weight >= 1.5


@pytest.mark.parametrize("case", GOOD, ids=lambda case: case.name)
def test_is_left_alone(case: Case) -> None:
    assert weights(thread_never_was, case) == []
