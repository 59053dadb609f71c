"""Clients that DNS lists have."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from tests.workers.auth.listing import ZONE, listing
from tests.workers.auth.verifying import FORGED, findings_of, mail, verify

LISTED = ZONE + "9.100.51.198.bl.example.org A 127.0.0.2\n"
V6 = "9.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2"


def test_a_listed_client_is_found() -> None:
    assert findings_of(mail(), FORGED, records=LISTED, settings=listing())["client_is_listed"] == 3.0


def test_the_finding_names_list_address_and_meaning() -> None:
    report = verify(mail(), FORGED, records=LISTED, settings=listing())
    (finding,) = (each for each in report.findings if each.id == "client_is_listed")
    assert finding.detail == "bad lists 198.51.100.9 (client): spam [127.0.0.2]"
    assert finding.category == "dns-list"


def test_ipv6() -> None:
    records = ZONE + f"{V6}.bl.example.org A 127.0.0.10\n"
    envelope = replace(FORGED, client_address="2001:db8::9")
    assert findings_of(mail(), envelope, records=records, settings=listing())["client_is_listed"] == 1.0


def test_an_alias_is_followed() -> None:
    records = ZONE + "9.100.51.198.bl.example.org CNAME a.example.org\na.example.org A 127.0.0.2\n"
    assert findings_of(mail(), FORGED, records=records, settings=listing())["client_is_listed"] == 3.0


SPARED = {
    "not listed": ZONE,
    "another is listed": ZONE + "8.100.51.198.bl.example.org A 127.0.0.2\n",
    "refused": ZONE + "9.100.51.198.bl.example.org A 127.255.255.254\n",
    "address of the world": ZONE + "9.100.51.198.bl.example.org A 203.0.113.1\n",
    "no answer": ZONE + "9.100.51.198.bl.example.org STATUS timeout\n",
    "aliases in a circle": ZONE
    + "9.100.51.198.bl.example.org CNAME a.example.org\na.example.org CNAME b.example.org\n"
    + "b.example.org CNAME a.example.org\n",
    "alias that leads nowhere": ZONE + "9.100.51.198.bl.example.org CNAME a.example.org\n",
    "another record": ZONE + '9.100.51.198.bl.example.org TXT "127.0.0.2"\n',
    "lists everything": ZONE + "*.bl.example.org A 127.0.0.2\n1.0.0.127.bl.example.org A 127.0.0.2\n",
    "lists not what it must": LISTED.replace("2.0.0.127.bl.example.org A 127.0.0.2\n", ""),
    "test not answered": LISTED + "1.0.0.127.bl.example.org STATUS timeout\n",
}


@pytest.mark.parametrize("records", SPARED.values(), ids=SPARED)
def test_other_clients_are_spared(records: str) -> None:
    assert "client_is_listed" not in findings_of(mail(), FORGED, records=records, settings=listing())
