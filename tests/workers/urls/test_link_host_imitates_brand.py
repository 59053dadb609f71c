"""Links that link_host_imitates_brand must find, and (more) that it must leave alone."""

from __future__ import annotations

import pytest

from tests.mail import mail
from tests.workers.content.branded import hits

NAME = "link_host_imitates_brand"
LIST = [("List-Id", "<users.example.org>"), ("List-Post", "<mailto:users@example.org>")]
BAD = [
    "https://paypal.com.sign.example/",
    "https://www.paypal.com-secure.example/",
    "https://secure-chase-login.example/",
    "https://netflixbilling.example/",
    "https://arnazon.com/",
    "https://steamcommunlty.com/",
    "https://xn--pypal-4ve.com/",
    "https://usps-redelivery.top/",
    "https://e-zpass-tolls.example/",
    "https://login-microsoft.florist.example/",
]
GOOD = [
    "https://www.paypal.com/",
    "https://www.amazon.com.au/",
    "https://s.amazon-adsystem.com/",
    "https://paypal.me/bob",
    "https://example.com/paypal-secure",
    "https://www.googleblog.com/",
    "https://dropbox.helpdesk.example/",
    "https://www.sciencedirect.com.proxy.lib.example.edu/",
    "https://amazon.com.mcas.ms/",
    "https://www-bbc-com.translate.goog/",
    "https://u1.ct.sendgrid.net/x",
    "https://finance.com/",
    "https://revolt.tv/",
    "https://barclay.example/",
    "https://visa-service.example/",
    "https://apple.orchard.example/",
]


@pytest.mark.parametrize("link", BAD, ids=str)
def test_is_found(link: str) -> None:
    assert len(hits(NAME, mail(text=f"Open {link}"), pool="urls")) == 1


@pytest.mark.parametrize("link", GOOD, ids=str)
def test_is_left_alone(link: str) -> None:
    assert hits(NAME, mail(text=f"Open {link}"), pool="urls") == []


def test_lists_and_the_senders_own_domain_are_left_alone() -> None:
    text = "Open https://secure-chase-login.example/"
    assert hits(NAME, mail(text=text, headers=LIST), pool="urls") == []
    assert hits(NAME, mail(text=text, sender="Desk <x@secure-chase-login.example>"), pool="urls") == []
