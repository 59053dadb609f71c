"""Mail that sender_name_is_foreign_brand must find, and (more) that it must leave alone."""

from __future__ import annotations

import pytest

from mailcore.message import Direction
from mailcore.organisation import Acquaintance
from tests.mail import mail
from tests.workers.content.branded import hits, judged, view_of

NAME = "sender_name_is_foreign_brand"
LIST = [("List-Id", "<users.example.org>"), ("List-Post", "<mailto:users@example.org>")]
LURE = "Your account has been suspended. Please verify your account: https://sign.example.org/"
BAD = {
    "payment service": mail(sender="PayPal Service <service@mail.example.org>"),
    "two words": mail(sender="Pay Pal <service@mail.example.org>"),
    "letters apart": mail(sender="C o i n b a s e <service@mail.example.org>"),
    "capital I for l": mail(sender="WaImart Hello <hello@mail.example.org>"),
    "other alphabet": mail(sender="\u0420\u0430yPal <service@mail.example.org>"),
    "mathematical letters": mail(
        sender="\U0001d5e1\U0001d5f2\U0001d601\U0001d5f3\U0001d5f9\U0001d5f6\U0001d605 <x@mail.example.org>"
    ),
    "decorated": mail(sender="_Netflix Support_ <x@mail.example.org>"),
    "carrier behind a word": mail(sender="Parcel FedEx <x@mail.example.org>"),
    "Japanese bank": mail(sender="\u4e09\u4e95\u4f4f\u53cb\u30ab\u30fc\u30c9 <x@mail.example.cn>"),
    "a word, with a lure": mail(sender="Chase <x@mail.example.org>", text=LURE),
    "other words, with a lure": mail(sender="Amazon Prime Yearly Something <x@mail.example.org>", text=LURE),
    "free mailbox": mail(sender="Banco do Brasil <bb441@gmail.com>"),
    "mailbox of the brand's own customers": mail(sender="Microsoft account team <team91@outlook.com>"),
    "forged list header": mail(sender="iCloud <x@mail.example.org>", headers=[("List-Id", "<8182.xt.local>")]),
    "local branches, as a lure": mail(sender="Sparkasse <info@sparkasse-sicherheit.de>"),
}
GOOD = {
    "the brand": mail(sender="PayPal <service@intl.paypal.com>"),
    "the brand in another country": mail(sender="Amazon.co.jp <order-update@amazon.co.jp>"),
    "the brand's other domain": mail(sender="Temu <temu@updates.temuofficial.com>"),
    "a partner writes in its name": mail(sender="PayPal Extras Mastercard <service@servicing.synchrony.com>"),
    "through a service": mail(sender="PayPal via Boards <notify@boards.example.org>"),
    "local branch": mail(sender="Sparkasse <info@sparkasse-musterstadt.de>"),
    "its own mailboxes, by the service": mail(sender="Yahoo <no-reply@yahoo.com>"),
    "growers of apples": mail(sender="Apple growers of the valley <office@fruit.example.com>"),
    "first name": mail(sender="Chase <chase@example.com>"),
    "family name": mail(sender="Maria Santander <maria@example.com>"),
    "employee": mail(sender="Bob (Microsoft) <bob@example.com>"),
    "club of owners": mail(sender="Tesla and Amazon watchers <news@watch.example.com>"),
    "mailing list": mail(sender="Google Support <bob@example.com>", headers=LIST),
    "begins alike": mail(sender="Visage Salon <hello@salon.example.com>"),
    "book-keeping": mail(sender="General Ledger Conference <info@accounting.example.com>"),
    "bounce": mail(sender="PayPal Mailer <mailer-daemon@mail.example.org>"),
    "no name": mail(sender="service@mail.example.org"),
}


@pytest.mark.parametrize("raw", BAD.values(), ids=BAD.keys())
def test_is_found(raw: bytes) -> None:
    assert len(hits("sender_name_is_foreign_brand", raw)) == 1


@pytest.mark.parametrize("raw", GOOD.values(), ids=GOOD.keys())
def test_is_left_alone(raw: bytes) -> None:
    assert hits("sender_name_is_foreign_brand", raw) == []


def test_our_own_people_and_acquaintances_are_left_alone() -> None:
    raw = mail(sender="DHL Desk <dhl@example.net>")
    assert judged(NAME, view_of(raw, own=("example.net",))) == []
    assert judged(NAME, view_of(raw, direction=Direction.OUTBOUND)) == []
    assert judged(NAME, view_of(raw, acquaintance=Acquaintance.KNOWN)) == []


def test_evidence_says_which_domains_are_real() -> None:
    (hit,) = judged(NAME, view_of(mail(sender="PayPal <service@mail.example.org>")))
    assert hit.summary == "It calls itself PayPal, but comes from mail.example.org."
    assert "paypal.com" in hit.detail


def test_mail_that_leads_to_the_brand_weighs_little() -> None:
    text = "Your receipt: https://quickbooks.intuit.com/1 https://intuit.com/2 https://intuit.com/3"
    (hit,) = judged(NAME, view_of(mail(sender="QuickBooks <quickbooks@u1.esp.test>", text=text)))
    assert hit.weight is not None
    assert hit.weight <= 1.5
