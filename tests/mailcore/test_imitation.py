"""Hosts that imitate a domain, and (more) that only look so."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailcore.imitation import Imitation, ImitationKind, imitates

OURS = frozenset({"brightwater.example", "acme.com", "northwind-traders.co.uk", "paymore.com", "target.com", "ibm.com"})
KIND = ImitationKind

IMITATIONS = {
    "digit for a letter": ("br1ghtwater.example", "brightwater.example", KIND.LETTERS),
    "Cyrillic a": ("\u0430cme.com", "acme.com", KIND.LETTERS),
    "Cyrillic a in punycode": ("xn--cme-5cd.com", "acme.com", KIND.LETTERS),
    "r and n for m": ("acrne.com", "acme.com", KIND.LETTERS),
    "r and n for m, below it": ("mail.payrnore.com", "paymore.com", KIND.LETTERS),
    "v and v for w": ("brightvvater.example", "brightwater.example", KIND.LETTERS),
    "l for i": ("northwlnd-traders.co.uk", "northwind-traders.co.uk", KIND.LETTERS),
    "letter left out": ("brightwatr.example", "brightwater.example", KIND.SPELLING),
    "letter doubled": ("brighttwater.example", "brightwater.example", KIND.SPELLING),
    "letters swapped": ("brihgtwater.example", "brightwater.example", KIND.SPELLING),
    "letters swapped in a short one": ("paymroe.com", "paymore.com", KIND.SPELLING),
    "two wrong letters in a long one": ("northvind-trader.co.uk", "northwind-traders.co.uk", KIND.SPELLING),
    "hyphen left out": ("northwindtraders.co.uk", "northwind-traders.co.uk", KIND.SPELLING),
    "spelling and ending": ("brightwatter.com", "brightwater.example", KIND.SPELLING),
    "word added": ("acme-payments.com", "acme.com", KIND.ADDED_WORD),
    "word in front": ("secure-acme.com", "acme.com", KIND.ADDED_WORD),
    "word glued": ("acmegroup.com", "acme.com", KIND.ADDED_WORD),
    "two words": ("acme-accounts-payable.net", "acme.com", KIND.ADDED_WORD),
    "any word to a name of nobody else": ("brightwater-zone.com", "brightwater.example", KIND.ADDED_WORD),
    "short name with a word": ("ibm-invoices.com", "ibm.com", KIND.ADDED_WORD),
    "other ending": ("acme.co", "acme.com", KIND.OTHER_ENDING),
    "ending of a country": ("brightwater.de", "brightwater.example", KIND.OTHER_ENDING),
    "whole domain in front": ("acme.com.login-check.net", "acme.com", KIND.SUBDOMAIN),
    "whole domain in the middle": ("www.acme.com.secure.test", "acme.com", KIND.SUBDOMAIN),
    "domain with a hyphen behind it": ("acme.com-invoice.net", "acme.com", KIND.SUBDOMAIN),
    "domain that only ends like a service's": ("acme.com.payments.my-b-cdn.net", "acme.com", KIND.SUBDOMAIN),
    "domain with hyphens for dots": ("acme-com.portal.test", "acme.com", KIND.SUBDOMAIN),
    "domain of two endings in front": ("northwind-traders.co.uk.pay.test", "northwind-traders.co.uk", KIND.SUBDOMAIN),
    "page at a hosting service": ("acme.github.io", "acme.com", KIND.HOSTED),
    "capitals and a dot at the end": ("BR1GHTWATER.example.", "brightwater.example", KIND.LETTERS),
}
HONEST = {
    "the domain itself": "acme.com",
    "below it": "mail.eu.acme.com",
    "one with two endings": "northwind-traders.co.uk",
    "below that": "shop.northwind-traders.co.uk",
    "somebody else": "example.org",
    "our name as a customer of a service": "acme.zendesk.com",
    "our name as a tenant": "acme.sharepoint.com",
    "our name as a path of a tracker": "click.acme.mailer.test",
    "a short word that is near": "acne.com",
    "another short word": "ache.com",
    "word of five letters": "acmes.com",
    "a trade that begins so": "acmeology.com",
    "target practice": "target-practice.com",
    "short name glued to a word": "ibmers.com",
    "short name under another ending": "ibm.org",
    "a word that holds the name": "pacmen.com",
    "two of the words": "bright-paints.com",
    "translated page of ours": "www-acme-com.translate.goog",
    "mail exchanger of ours at a service": "acme-com.mail.protection.outlook.com",
    "numbered host": "mail2.example.org",
    "IP address": "192.0.2.7",
    "IPv6 address": "[2001:db8::1]",
    "name without a dot": "localhost",
    "nothing": "",
    "only a dot": ".",
    "broken punycode": "xn--\u00e9.com",
    "very long": "a" * 300 + ".com",
    "many labels": ".".join(["a"] * 120),
    "half of it": "north.co.uk",
    "ending alone": "com",
    "top-level domain of ours": "example",
}


@pytest.mark.parametrize(("host", "original", "kind"), IMITATIONS.values(), ids=IMITATIONS.keys())
def test_imitation(host: str, original: str, kind: ImitationKind) -> None:
    found = imitates(host, of=OURS)
    assert found is not None
    assert (found.original, found.kind) == (original, kind)


@pytest.mark.parametrize("host", HONEST.values(), ids=HONEST.keys())
def test_honest(host: str) -> None:
    assert imitates(host, of=OURS) is None


def test_two_domains_of_ours_that_differ_little_do_not_imitate_each_other() -> None:
    both = frozenset({"brightwater.example", "brightwaters.example"})
    assert [imitates(host, of=both) for host in sorted(both)] == [None, None]


@pytest.mark.parametrize("number", [2, 4], ids=["down", "up"])
def test_hosts_that_count_do_not_imitate_each_other(number: int) -> None:
    assert imitates(f"relay{number}-mails.com", of=frozenset({"relay3-mails.com"})) is None


def test_without_domains_nobody_is_imitated() -> None:
    assert imitates("acme-payments.com", of=frozenset()) is None


def test_many_originals_cost_no_more_than_an_index() -> None:
    many = frozenset(f"company{'abcdefghij'[n % 10]}{'klmnopqrst'[n // 10 % 10]}{n}.example" for n in range(2_000))
    assert imitates("company-ak0.example", of=many) is not None


@given(st.text(max_size=80))
def test_nothing_raises(host: str) -> None:
    found = imitates(host, of=OURS)
    assert found is None or isinstance(found, Imitation)
