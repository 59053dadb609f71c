"""Who gets reports: addresses of the domain's own organisation, others only where the DNS says that they want them."""

from __future__ import annotations

import pytest

from mailcore.dns import DnsStatus
from tests.fakes import FakeResolver
from workers.auth.dmarc_record import read_record, read_report_uris
from workers.auth.lookups import run_lookups
from workers.auth.report_destinations import Destination, Destinations, find_destinations, read_destination

OWN = "mailto:rua@example.com"
EXTERNAL = "mailto:example@reports.example.net"
CONSENT = "example.com._report._dmarc.reports.example.net TXT"
POLICY = {"_dmarc.example.com TXT": ("v=DMARC1; p=reject",)}


def found(
    *report_to: str,
    domain: str = "example.com",
    most: int = 5,
    zone: dict[str, tuple[str, ...] | DnsStatus] | None = None,
) -> Destinations:
    resolver = FakeResolver({**POLICY, **(zone or {})})
    check = find_destinations(domain, report_to, most=most)
    result: Destinations = run_lookups({"it": check}, resolver, seconds=5.0)["it"]
    return result


def addresses(destinations: Destinations) -> list[str]:
    return [destination.address for destination in destinations.allowed]


@pytest.mark.parametrize("uri", [OWN, "mailto:a@mail.example.com", "MAILTO:a@Example.COM"])
def test_own_addresses_need_no_consent(uri: str) -> None:
    assert len(found(uri).allowed) == 1


def test_subdomain_with_a_record_may_name_its_organisation() -> None:
    zone: dict[str, tuple[str, ...] | DnsStatus] = {"_dmarc.news.example.com TXT": ("v=DMARC1; p=none",)}
    assert addresses(found(OWN, domain="news.example.com", zone=zone)) == ["rua@example.com"]


@pytest.mark.parametrize(
    ("records", "expected"),
    [
        pytest.param(("v=DMARC1",), ["example@reports.example.net"], id="consent"),
        pytest.param(("v=DMARC1;",), ["example@reports.example.net"], id="a semicolon"),
        pytest.param(("other", " V = dmarc1 ; "), ["example@reports.example.net"], id="among others"),
        pytest.param(
            ("v=DMARC1; rua=mailto:all@reports.example.net",), ["all@reports.example.net"], id="at another address"
        ),
        pytest.param(("v=DMARC1; rua=mailto:all@evil.example",), [], id="leads elsewhere"),
        pytest.param(("v=DMARC1; rua=mailto:all@sub.reports.example.net",), [], id="leads to a name below"),
        pytest.param(("v=DMARC1; rua=mailto:a@reports.example.net,mailto:b@x.example",), [], id="leads to both"),
        pytest.param(("v=DMARC1; rua=https://reports.example.net/",), [], id="leads to the web"),
        pytest.param(("v=DMARC2",), [], id="another version"),
        pytest.param(("v=spf1 -all",), [], id="another record"),
        pytest.param(("p=none; v=DMARC1",), [], id="the version is not first"),
        pytest.param((), [], id="no record"),
    ],
)
def test_others_must_consent(records: tuple[str, ...], expected: list[str]) -> None:
    destinations = found(EXTERNAL, zone={CONSENT: records} if records else {})
    assert addresses(destinations) == expected
    assert bool(destinations.refused) is not bool(expected)
    assert destinations.unknown == ()


@pytest.mark.parametrize("status", [DnsStatus.TIMEOUT, DnsStatus.SERVER_FAILED, DnsStatus.MALFORMED])
def test_without_an_answer_nothing_is_sent_now(status: DnsStatus) -> None:
    destinations = found(OWN, EXTERNAL, zone={CONSENT: status})
    assert addresses(destinations) == ["rua@example.com"], "the others get theirs"
    assert destinations.unknown == ((EXTERNAL, "the DNS did not answer"),)
    assert destinations.refused == ()


def test_dead_dns_lets_nobody_else_in() -> None:
    dead = FakeResolver({f"{name} TXT": DnsStatus.TIMEOUT for name in ("_dmarc.example.com", CONSENT[:-4])})
    check = find_destinations("example.com", (EXTERNAL, "mailto:a@victim.example"), most=5)
    result: Destinations = run_lookups({"it": check}, dead, seconds=0.0)["it"]
    assert result.allowed == ()
    assert len(result.unknown) == 2


@pytest.mark.parametrize(
    ("domain", "uri"),
    [
        pytest.param("example.com", "mailto:victim@example.org", id="another domain"),
        pytest.param("example.com", "mailto:victim@example.com.evil.example", id="only begins like it"),
        pytest.param("example.com", "mailto:victim@notexample.com", id="only ends like it"),
        pytest.param("one.co.uk", "mailto:victim@two.co.uk", id="of the same public suffix"),
        pytest.param(
            "a" * 60 + ".example.com", f"mailto:v@{'.'.join(['b' * 60] * 3)}.example", id="the name is too long"
        ),
    ],
)
def test_who_was_not_asked_gets_nothing(domain: str, uri: str) -> None:
    assert found(uri, domain=domain).allowed == ()


def test_number_is_bounded_and_nobody_gets_it_twice() -> None:
    uris = [f"mailto:r{number}@example.com" for number in range(8)]
    destinations = found(uris[0], *uris, most=3)
    assert addresses(destinations) == ["r0@example.com", "r1@example.com", "r2@example.com"]
    assert len(destinations.refused) == 5


@pytest.mark.parametrize(
    ("uri", "expected"),
    [
        ("mailto:a@example.com", Destination(address="a@example.com")),
        ("mailto:a@example.com!10m", Destination(address="a@example.com", most_bytes=10 << 20)),
        ("mailto:a@example.com!2K", Destination(address="a@example.com", most_bytes=2048)),
        ("mailto:a@example.com!5", Destination(address="a@example.com", most_bytes=5)),
        ("mailto:a@example.com!1g", Destination(address="a@example.com", most_bytes=1 << 30)),
        ("mailto:a@example.com!1t", Destination(address="a@example.com", most_bytes=1 << 40)),
        ("mailto:a%2Bb@example.com", Destination(address="a+b@example.com")),
        ("mailto:a@example.com?subject=x", Destination(address="a@example.com")),
        ("mailto:a@Müller.example", Destination(address="a@xn--mller-kva.example")),
    ],
)
def test_uri_is_an_address_and_a_limit(uri: str, expected: Destination) -> None:
    assert read_destination(uri) == expected


@pytest.mark.parametrize(
    "uri",
    [
        "",
        "mailto:",
        "mailto:a",
        "mailto:@b.example",
        "a@b.example",
        "https://example.com/dmarc",
        "http://example.com",
        "mailto:a@b",
        "mailto:a@b.example!10x",
        "mailto:a@b.example!",
        "mailto:a%0D%0ABcc:x@b.example",
        "mailto:a%00@b.example",
        "mailto:a%20b@b.example",
        "mailto:a%2Cc@b.example",
        "mailto:%22a%22@b.example",
        "mailto:a@[192.0.2.1]",
        "mailto:a@b.example%0d%0aRCPT%20TO:x",
        "mailto:a%3E@b.example",
        "mailto:a@b_@c.example ",
        "mailto:" + "a" * 65 + "@b.example",
        "mailto:a@" + "b" * 64 + ".example",
        "mailto:a%FF@b.example",
    ],
)
def test_no_destination(uri: str) -> None:
    assert read_destination(uri) is None
    assert found(uri).allowed == ()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("v=DMARC1", ()),
        ("v=DMARC1; rua=mailto:a@b.example , mailto:c@d.example!1m", ("mailto:a@b.example", "mailto:c@d.example!1m")),
        ("v=DMARC1; rua=" + ",".join(["mailto:a@b.example"] * 500), ("mailto:a@b.example",) * 10),
        ("v=spf1", None),
        ("", None),
    ],
    ids=["nothing named", "two", "many", "SPF", "empty"],
)
def test_record_of_consent(text: str, expected: tuple[str, ...] | None) -> None:
    assert read_report_uris(text) == expected


@pytest.mark.parametrize(
    ("fo", "expected"),
    [
        ("", "0"),
        ("fo=1;", "1"),
        ("fo=1:d:s;", "1:d:s"),
        ("FO= D : S ;", "d:s"),
        ("fo=x;", "0"),
        ("fo=1:;", "0"),
        ("fo=11;", "0"),
        ("fo=0:1:d:s:0;", "0"),
        ("fo=<x>;", "0"),
    ],
)
def test_failure_options_are_known_ones(fo: str, expected: str) -> None:
    record = read_record(f"v=DMARC1; p=none; {fo}")
    assert record is not None
    assert record.failure_options == expected
