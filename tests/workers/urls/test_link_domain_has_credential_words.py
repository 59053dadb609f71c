"""Links that link_domain_has_credential_words must find, and (more) that it must leave alone."""

from __future__ import annotations

import pytest
from msgspec import structs

from mailcore.brands import Brand, BrandIndex
from mailcore.view import MailView
from tests.workers.urls.lists import through_a_list
from tests.workers.urls.views import LISTS, found, view_of


def mail(*links: str, sender: str = "Alice <alice@example.org>") -> MailView:
    brands = BrandIndex([Brand(name="Big", domains=("big-login.example",))])
    return structs.replace(view_of(*links, sender=sender), lists=LISTS, brands=brands)


BAD = {
    "two words": "https://account-verify.example/",
    "two words, glued": "https://accountverification.example/",
    "with a name": "https://dwe.fcu-account-verify.example/secure/",
    "word apart": "https://info-login.example/",
    "word in front": "https://verify-parcel.example/",
    "two words below": "https://secure-login.garden.example/",
    "below a country": "https://webmail-password.co.uk/",
}

GOOD = {
    "word below": "https://login.shop.example/",
    "words below": "https://secure.account.shop.example/",
    "words in the path": "https://shop.example/account/verify/login",
    "trade": "https://miller-security.example/",
    "trade, too": "https://smith-accounts.example/",
    "bank": "https://village-banking.example/",
    "news": "https://weekly-update.example/",
    "word alone": "https://billing.example/",
    "word within words": "https://catalogin.example/",
    "surname": "https://verifone-shop.example/",
    "wallets": "https://walletshop.example/",
    "brand": "https://www.big-login.example/",
    "counter of clicks": "https://login.tracker.example/",
    "nothing of it": "https://www.example.com/",
    "address": "https://192.0.2.1/account-verify",
}


@pytest.mark.parametrize("link", BAD.values(), ids=list(BAD))
def test_is_found(link: str) -> None:
    assert len(found(mail(link), "link_domain_has_credential_words")) == 1


@pytest.mark.parametrize("link", GOOD.values(), ids=list(GOOD))
def test_is_left_alone(link: str) -> None:
    assert found(mail(link), "link_domain_has_credential_words") == []


def test_the_sender_s_own_pages_and_lists_are_left_alone() -> None:
    own = mail(BAD["two words"], sender="a@account-verify.example")
    assert found(own, "link_domain_has_credential_words") == []
    assert found(through_a_list(mail(BAD["two words"])), "link_domain_has_credential_words") == []
