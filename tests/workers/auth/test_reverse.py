"""Names of the client: which lead back to it, what HELO says, and that silence of the DNS proves nothing."""

from __future__ import annotations

from typing import TypeVar

import pytest

from mailcore.authentication import AuthResult, HeloFacts, ReverseFacts
from mailcore.dns import DnsStatus, Lookup
from tests.fakes import FakeResolver
from workers.auth.lookups import run_lookups
from workers.auth.reverse import NAMES, check_helo, check_reverse

T = TypeVar("T")

CLIENT = "192.0.2.7"
POINTER = "7.2.0.192.in-addr.arpa PTR"
CLIENT6 = "2001:db8::7"
POINTER6 = "7.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa PTR"
MAIL_A = "mail.example.com A"

Zone = dict[str, tuple[str, ...] | DnsStatus]


def run(check: Lookup[T], zone: Zone) -> T:
    result: T = run_lookups({"check": check}, FakeResolver(zone), seconds=5)["check"]
    return result


REVERSE: dict[str, tuple[str, Zone, ReverseFacts]] = {
    "leads back": (
        CLIENT,
        {POINTER: ("Mail.Example.com.",), MAIL_A: (CLIENT,)},
        ReverseFacts(result=AuthResult.PASS, names=("mail.example.com",), confirmed=("mail.example.com",)),
    ),
    "leads back over IPv6": (
        CLIENT6,
        {POINTER6: ("mail.example.com",), "mail.example.com AAAA": ("2001:DB8:0::7",)},
        ReverseFacts(result=AuthResult.PASS, names=("mail.example.com",), confirmed=("mail.example.com",)),
    ),
    "mapped into IPv6": (
        f"::ffff:{CLIENT}",
        {POINTER: ("mail.example.com",), MAIL_A: (CLIENT,)},
        ReverseFacts(result=AuthResult.PASS, names=("mail.example.com",), confirmed=("mail.example.com",)),
    ),
    "one of several leads back, another is silent": (
        CLIENT,
        {
            POINTER: ("other.example.net", "slow.example.net", "mail.example.com"),
            MAIL_A: ("192.0.2.1", CLIENT),
            "slow.example.net A": DnsStatus.TIMEOUT,
        },
        ReverseFacts(
            result=AuthResult.PASS,
            names=("other.example.net", "slow.example.net", "mail.example.com"),
            confirmed=("mail.example.com",),
        ),
    ),
    "leads elsewhere": (
        CLIENT,
        {POINTER: ("mail.example.com",), MAIL_A: ("192.0.2.8",)},
        ReverseFacts(result=AuthResult.FAIL, names=("mail.example.com",)),
    ),
    "leads nowhere": (
        CLIENT, {POINTER: ("mail.example.com",)}, ReverseFacts(result=AuthResult.FAIL, names=("mail.example.com",)),
    ),
    "has an address of the other kind alone": (
        CLIENT,
        {POINTER: ("mail.example.com",), "mail.example.com AAAA": (CLIENT6,)},
        ReverseFacts(result=AuthResult.FAIL, names=("mail.example.com",)),
    ),
    "no name": (CLIENT, {}, ReverseFacts(result=AuthResult.PERMERROR)),
    "a name that is none": (
        CLIENT, {POINTER: ("a..b", "")}, ReverseFacts(result=AuthResult.PERMERROR),
    ),
    "silent about names": (CLIENT, {POINTER: DnsStatus.SERVER_FAILED}, ReverseFacts(result=AuthResult.TEMPERROR)),
    "silent about addresses": (
        CLIENT,
        {POINTER: ("mail.example.com", "other.example.net"), MAIL_A: DnsStatus.TIMEOUT},
        ReverseFacts(result=AuthResult.TEMPERROR, names=("mail.example.com", "other.example.net")),
    ),
    "no address": ("", {}, ReverseFacts(result=AuthResult.NONE)),
    "no address at all": ("unknown", {}, ReverseFacts(result=AuthResult.NONE)),
}  # fmt: skip


@pytest.mark.parametrize(("client", "zone", "expected"), REVERSE.values(), ids=REVERSE)
def test_reverse(client: str, zone: Zone, expected: ReverseFacts) -> None:
    assert run(check_reverse(client), zone) == expected


def test_few_of_many_names_are_looked_at() -> None:
    resolver = FakeResolver({POINTER: tuple(f"n{number}.example.com" for number in range(500))})
    facts = run_lookups({"check": check_reverse(CLIENT)}, resolver, seconds=5)["check"]
    assert len(facts.names) == NAMES
    assert [len(asked) for asked in resolver.asked] == [1, NAMES]


ZONE: Zone = {
    MAIL_A: ("192.0.2.1", CLIENT),
    "other.example.net A": ("198.51.100.1",),
    "slow.example.net A": DnsStatus.TIMEOUT,
    "six.example.net AAAA": (CLIENT6,),
    "xn--bcher-kva.example A": (CLIENT,),
}

HELO = {
    "resolves to the client": (
        "Mail.Example.COM.", HeloFacts(name="mail.example.com", is_qualified=True, result=AuthResult.PASS, exists=True),
    ),
    "U-labels": (
        "bücher.example",
        HeloFacts(name="xn--bcher-kva.example", is_qualified=True, result=AuthResult.PASS, exists=True),
    ),
    "the client's address": (
        f"[{CLIENT}]", HeloFacts(name=f"[{CLIENT}]", is_literal=True, is_client_address=True),
    ),
    "the client's address, mapped": (
        f"[IPv6:::ffff:{CLIENT}]",
        HeloFacts(name=f"[ipv6:::ffff:{CLIENT}]", is_literal=True, is_client_address=True),
    ),
    "another address": ("[192.0.2.9]", HeloFacts(name="[192.0.2.9]", is_literal=True)),
    "brackets around no address": ("[mail.example.com]", HeloFacts(name="[mail.example.com]", is_literal=True)),
    "a bracket and nothing": ("[", HeloFacts(name="[", is_literal=True)),
    "bare address": (CLIENT, HeloFacts(name=CLIENT, is_bare_address=True, is_client_address=True)),
    "resolves to another": (
        "other.example.net",
        HeloFacts(name="other.example.net", is_qualified=True, result=AuthResult.FAIL, exists=True),
    ),
    "does not exist": ("no.example.net", HeloFacts(name="no.example.net", is_qualified=True, result=AuthResult.FAIL)),
    "has IPv6 alone": ("six.example.net", HeloFacts(name="six.example.net", is_qualified=True, result=AuthResult.FAIL)),
    "the DNS is silent": (
        "slow.example.net", HeloFacts(name="slow.example.net", is_qualified=True, result=AuthResult.TEMPERROR),
    ),
    "no dot": ("LAPTOP-7", HeloFacts(name="laptop-7")),
    "localhost": ("localhost", HeloFacts(name="localhost")),
    "nothing": ("", HeloFacts()),
    "spaces": ("   ", HeloFacts()),
    "empty labels": ("a..b", HeloFacts(name="a..b")),
    "no letters of domains": ("\ud800.example", HeloFacts(name="\ud800.example")),
    "our name": (
        "mx.example.org", HeloFacts(name="mx.example.org", is_qualified=True, is_own=True, result=AuthResult.FAIL),
    ),
    "our address": ("[203.0.113.1]", HeloFacts(name="[203.0.113.1]", is_literal=True, is_own=True)),
}  # fmt: skip


@pytest.mark.parametrize(("helo", "expected"), HELO.values(), ids=HELO)
def test_helo(helo: str, expected: HeloFacts) -> None:
    own = frozenset({"mx.example.org", "203.0.113.1"})
    assert run(check_helo(helo, CLIENT, own_names=own), ZONE) == expected


def test_without_a_client_a_name_is_still_read() -> None:
    resolver = FakeResolver(ZONE)
    facts = run_lookups({"check": check_helo("mail.example.com", "")}, resolver, seconds=5)["check"]
    assert facts == HeloFacts(name="mail.example.com", is_qualified=True)
    assert resolver.asked == []


def test_a_long_helo_is_cut() -> None:
    assert len(run(check_helo("x" * 100_000, CLIENT), ZONE).name) == 255
