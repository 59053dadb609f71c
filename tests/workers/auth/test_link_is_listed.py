"""Links to what DNS lists have."""

from __future__ import annotations

import pytest

from tests.workers.auth.listing import ZONE, listing
from tests.workers.auth.verifying import ENVELOPE, findings_of, mail, verify

LISTED = ZONE + "bad.com.dbl.example.org A 127.0.0.8\n"


def linking(*hosts: str) -> bytes:
    return mail(body="".join(f"http://{host}/x\r\n" for host in hosts))


FOUND = {
    "domain": (("bad.com",), LISTED, 6.0),
    "host below it": (("login.bad.com",), LISTED, 6.0),
    "among others": (("good.com", "bad.com", "other.com"), LISTED, 6.0),
    "the worst of two": (("evil.com", "bad.com"), LISTED + "evil.com.dbl.example.org A 127.0.0.4\n", 6.0),
    "address": (("198.51.100.77",), ZONE + "77.100.51.198.bl.example.org A 127.0.0.2\n", 3.0),
    "the last of many": ((*(f"site{n}.com" for n in range(50)), "bad.com"), LISTED, 6.0),
    "the first of many": (("bad.com", *(f"site{n}.com" for n in range(50))), LISTED, 6.0),
}


@pytest.mark.parametrize(("hosts", "records", "weight"), FOUND.values(), ids=FOUND)
def test_a_link_to_it_is_found(hosts: tuple[str, ...], records: str, weight: float) -> None:
    assert findings_of(linking(*hosts), ENVELOPE, records=records, settings=listing())["link_is_listed"] == weight


def test_many_links_to_one_list_are_one_finding() -> None:
    records = ZONE + "".join(f"bad{n}.com.dbl.example.org A 127.0.0.4\n" for n in range(12))
    report = verify(linking(*(f"bad{n}.com" for n in range(12))), ENVELOPE, records=records, settings=listing())
    (finding,) = (each for each in report.findings if each.id == "link_is_listed")
    assert finding.weight == 5.0
    assert finding.detail.endswith("; and 7 more")


SPARED = {
    "not listed": (("good.com",), LISTED),
    "our own": (("www.example.org",), ZONE + "example.org.dbl.example.org A 127.0.0.8\n"),
    "private address": (("10.1.2.3",), ZONE + "3.2.1.10.bl.example.org A 127.0.0.2\n"),
    "loopback": (("127.0.0.2",), ZONE),
    "our own network": (("203.0.113.9",), ZONE + "9.113.0.203.bl.example.org A 127.0.0.2\n"),
    "IPv6 of a link": (("[fe80::1]",), ZONE),
    "one label": (("intranet",), ZONE + "intranet.dbl.example.org A 127.0.0.8\n"),
    "inside": (("wiki.corp",), ZONE + "wiki.corp.dbl.example.org A 127.0.0.8\n"),
    "in the middle of too many": (
        (*(f"a{n}.com" for n in range(20)), "bad.com", *(f"b{n}.com" for n in range(20))),
        LISTED,
    ),
}


@pytest.mark.parametrize(("hosts", "records"), SPARED.values(), ids=SPARED)
def test_other_links_are_spared(hosts: tuple[str, ...], records: str) -> None:
    assert "link_is_listed" not in findings_of(linking(*hosts), ENVELOPE, records=records, settings=listing())
