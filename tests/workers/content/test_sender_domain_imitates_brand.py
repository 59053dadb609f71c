"""Mail that sender_domain_imitates_brand must find, and (more) that it must leave alone."""

from __future__ import annotations

import pytest

from tests.mail import mail
from tests.workers.content.branded import hits

LIST = [("List-Id", "<users.example.org>"), ("List-Post", "<mailto:users@example.org>")]
BAD = {
    "brand's domain inside": mail(sender="Desk <x@paypal.com.sign.example>"),
    "beside words of lures": mail(sender="Desk <x@secure-paypal-login.example>"),
    "glued to a lure": mail(sender="Desk <x@netflixbilling.example>"),
    "digit for a letter": mail(sender="Desk <x@paypa1.com>"),
    "two letters for one": mail(sender="Desk <x@rnicrosoft.com>"),
    "one letter off": mail(sender="Desk <x@docusing.com>"),
    "Cyrillic": mail(sender="Desk <x@xn--pypal-4ve.com>"),
    "other ending": mail(sender="Desk <x@paypal.shop>"),
    "as if through a list": mail(sender="Bob <x@secure-paypal-login.example>", headers=LIST),
    "as a delivery report with a page": mail(sender="PayPal <postmaster@paypa1-login.example>", html="<p>Hello</p>"),
    "answers go there": mail(headers=[("Reply-To", "x@wellsfargo-verify.example")]),
}
GOOD = {
    "the brand": mail(sender="PayPal <x@e.paypal.com>"),
    "the brand's second name": mail(sender="PayPal <x@paypal-communication.com>"),
    "another brand of a like name": mail(sender="PayPay <x@mail.paypay.ne.jp>"),
    "a word one letter off": mail(sender="News <x@finance.com>"),
    "a name one letter off": mail(sender="Trevor <trevor@trevor.io>"),
    "a broadcaster": mail(sender="Revolt <news@revolt.tv>"),
    "plural": mail(sender="Signs <x@docusigns.example>"),
    "travel agent for visas": mail(sender="Visas <x@visa-services.example>"),
    "town": mail(sender="Town <x@orange-online.example>"),
    "online": mail(sender="CNET <x@newsletter.online.com>"),
    "library's proxy": mail(sender="Library <x@www.sciencedirect.com.proxy.lib.example.edu>"),
    "service that a brand owns": mail(headers=[("Reply-To", "x@inbound.mailchimpapp.net")]),
    "members of a list": mail(sender="Bob <x@paypal.shop>", headers=LIST),
    "ordinary": mail(),
}


@pytest.mark.parametrize("raw", BAD.values(), ids=BAD.keys())
def test_is_found(raw: bytes) -> None:
    assert len(hits("sender_domain_imitates_brand", raw)) == 1


@pytest.mark.parametrize("raw", GOOD.values(), ids=GOOD.keys())
def test_is_left_alone(raw: bytes) -> None:
    assert hits("sender_domain_imitates_brand", raw) == []
