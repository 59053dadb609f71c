"""Senders whose domains DNS lists have."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from mailcore.dns_lists import Subject
from mailcore.settings import Settings
from tests.workers.auth.listing import NAMES, ZONE, listing
from tests.workers.auth.signing import signed
from tests.workers.auth.verifying import FORGED, findings_of, keys, mail

LISTED = "{}.dbl.example.org A 127.0.0.4\n"

FOUND = {
    "From": (mail(), LISTED.format("example.com")),
    "From below its registered domain": (mail("a@news.example.com"), LISTED.format("example.com")),
    "envelope sender and HELO": (mail(), LISTED.format("spammer.example")),
    "name of the client": (
        mail(),
        LISTED.format("rented.example")
        + "9.100.51.198.in-addr.arpa PTR h9.rented.example\nh9.rented.example A 198.51.100.9\n",
    ),
    "one of several in From": (mail("a@good.com, b@bad.com"), LISTED.format("bad.com")),
    "letters beyond ASCII": (mail("a@bücher.de"), LISTED.format("xn--bcher-kva.de")),
}


@pytest.mark.parametrize(("raw", "more"), FOUND.values(), ids=FOUND)
def test_a_listed_domain_is_found(raw: bytes, more: str) -> None:
    records = ZONE.replace("9.100.51.198.in-addr.arpa PTR mx.spammer.example\n", "") if "rented" in more else ZONE
    assert findings_of(raw, FORGED, records=records + more, settings=listing())["domain_is_listed"] == 5.0


def test_a_signing_domain_is_found() -> None:
    settings = listing(names=replace(NAMES, looks_up=(Subject.DKIM,)))
    records = ZONE + keys() + LISTED.format("example.com")
    assert findings_of(signed(mail()), FORGED, records=records, settings=settings)["domain_is_listed"] == 5.0


def test_whole_names_where_the_list_wants_them() -> None:
    settings = listing(names=replace(NAMES, whole_names=True))
    records = ZONE + LISTED.format("news.example.com")
    assert findings_of(mail("a@news.example.com"), FORGED, records=records, settings=settings)["domain_is_listed"] == 5


ONLY_LINKS = listing(names=replace(NAMES, looks_up=(Subject.LINKS,)))
SPARED = {
    "none is listed": (mail(), ZONE, listing()),
    "our own domain": (mail("a@example.org"), ZONE + LISTED.format("example.org"), listing()),
    "below our own domain": (mail("a@hr.example.org"), ZONE + LISTED.format("example.org"), listing()),
    "names of networks inside": (mail("a@pc.local"), ZONE + LISTED.format("pc.local"), listing()),
    "one label": (mail("a@localhost"), ZONE + LISTED.format("localhost"), listing()),
    "an address": (mail("a@[192.0.2.1]"), ZONE + LISTED.format("1.2.0.192"), listing()),
    "broken signature": (
        signed(mail()) + b"altered",
        ZONE + keys() + LISTED.format("example.com"),
        listing(names=replace(NAMES, looks_up=(Subject.DKIM,))),
    ),
    "asked about links only": (mail(), ZONE + LISTED.format("example.com"), ONLY_LINKS),
    "a list of addresses": (mail(), ZONE + "example.com.bl.example.org A 127.0.0.2\n", listing()),
    "a list that lists everything": (
        mail(),
        ZONE + "*.dbl.example.org A 127.0.0.4\ninvalid.dbl.example.org A 127.0.0.4\n",
        listing(),
    ),
}


@pytest.mark.parametrize(("raw", "records", "settings"), SPARED.values(), ids=SPARED)
def test_other_domains_are_spared(raw: bytes, records: str, settings: Settings) -> None:
    assert "domain_is_listed" not in findings_of(raw, FORGED, records=records, settings=settings)
