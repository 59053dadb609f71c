"""Rules on how a client introduces itself, and which addresses are one client."""

from __future__ import annotations

from ipaddress import ip_address

import pytest

from mailcore.connections import ClientNames, NameRule
from mailcore.errors import ConfigurationError
from mailcore.ip_addresses import network_of
from milter_front.client_networks import NetworkSet
from milter_front.client_rules import wrong_helo, wrong_name

ALL = ClientNames(**dict.fromkeys(ClientNames.__struct_fields__, NameRule.REJECT))
OWN = {"mx.example.com", "example.com", "192.0.2.25", "2001:db8::25"}
CLIENT, CLIENT6 = "203.0.113.9", "2001:db8:9::9"


@pytest.mark.parametrize(
    ("helo", "address", "expected"),
    [
        pytest.param("mx.example.com", CLIENT, "helo_is_ours", id="our name"),
        pytest.param("MX.Example.COM.", CLIENT, "helo_is_ours", id="our name written otherwise"),
        pytest.param("example.com", CLIENT, "helo_is_ours", id="our domain"),
        pytest.param("[192.0.2.25]", CLIENT, "helo_is_ours", id="our address"),
        pytest.param("192.0.2.25", CLIENT, "helo_is_ours", id="our address without brackets"),
        pytest.param("[IPv6:2001:db8:0::25]", CLIENT6, "helo_is_ours", id="our IPv6 address"),
        pytest.param("localhost", CLIENT, "helo_is_localhost", id="localhost"),
        pytest.param("localhost.localdomain", CLIENT, "helo_is_localhost", id="localhost.localdomain"),
        pytest.param("[127.0.0.1]", CLIENT, "helo_is_localhost", id="loopback"),
        pytest.param("[IPv6:::1]", CLIENT6, "helo_is_localhost", id="loopback of IPv6"),
        pytest.param("203.0.113.9", CLIENT, "helo_is_address", id="own address without brackets"),
        pytest.param("[203.0.113.10]", CLIENT, "helo_is_address", id="address of another"),
        pytest.param("2001:db8:9::9", CLIENT6, "helo_is_address", id="IPv6 without brackets"),
        pytest.param("desktop-7", CLIENT, "helo_is_not_qualified", id="one label"),
        pytest.param("", CLIENT, "helo_is_not_qualified", id="nothing"),
        pytest.param("[desktop]", CLIENT, "helo_is_not_qualified", id="no address in brackets"),
        pytest.param("mail.example.net", CLIENT, "", id="a full name"),
        pytest.param("mail.example.net.", CLIENT, "", id="with its dot"),
        pytest.param("[203.0.113.9]", CLIENT, "", id="own address in brackets: printers have no name"),
        pytest.param("[IPv6:2001:db8:9::9]", CLIENT6, "", id="own IPv6 address"),
        pytest.param("[IPv6:2001:0db8:0009::0009]", CLIENT6, "", id="the same written otherwise"),
        pytest.param("[2001:db8:9::9]", CLIENT6, "", id="without the tag: many devices forget it"),
        pytest.param("[::ffff:203.0.113.9]", CLIENT, "", id="IPv4 in IPv6 clothes"),
        pytest.param("branch.example.com", CLIENT, "", id="below our domain: a server of ours elsewhere"),
        pytest.param("notexample.com", CLIENT, "", id="only ends like our domain"),
        pytest.param("localhost.example.net", CLIENT, "", id="localhost as a label"),
        pytest.param("mail.xn--mnchen-3ya.example", CLIENT, "", id="A-label"),
        pytest.param("mail.münchen.example", CLIENT, "", id="U-label (RFC 6531)"),
        pytest.param("a." * 5_000 + "net", CLIENT, "", id="endless"),
        pytest.param("under_score.example.net", CLIENT, "", id="underscore: many servers have one"),
    ],
)
def test_helo(helo: str, address: str, expected: str) -> None:
    assert wrong_helo(helo, address, ALL, own_names=OWN) == expected
    assert wrong_helo(helo, address, ClientNames(), own_names=OWN) == ""


def test_a_rule_that_is_off_leaves_the_next_one_its_turn() -> None:
    rules = ClientNames(helo_is_address=NameRule.TEMPFAIL)
    assert wrong_helo("127.0.0.1", CLIENT, rules, own_names=OWN) == "helo_is_address"
    assert wrong_helo("localhost", CLIENT, rules, own_names=OWN) == ""


@pytest.mark.parametrize(
    ("reported", "expected"),
    [
        ("unknown", "no_reverse_name"),
        ("[203.0.113.9]", "no_reverse_name"),
        ("mail.example.net", ""),
        ("unknown.example.net", ""),
        ("localhost", ""),
    ],
)
def test_the_reverse_name_is_what_the_mta_has_verified(reported: str, expected: str) -> None:
    assert wrong_name(reported, ALL) == expected
    assert wrong_name(reported, ClientNames()) == ""


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("192.0.2.77", True),
        ("198.51.100.1", True),
        ("2001:db8:1:2::3", True),
        ("192.0.3.1", False),
        ("198.51.100.2", False),
        ("2001:db8:2::1", False),
        ("::c000:24d", False),  # the number of 192.0.2.77, in the other protocol
        ("", False),
    ],
)
def test_networks(address: str, expected: bool) -> None:
    networks = NetworkSet(("192.0.2.0/24", "198.51.100.1", "2001:db8:1::/48"), setting="x")
    assert (address in networks) is expected


def test_no_network_is_named_with_its_setting() -> None:
    with pytest.raises(ConfigurationError, match=r"^connections.allowed_networks: .*'office'.* write it like"):
        NetworkSet(("office",), setting="connections.allowed_networks")


@pytest.mark.parametrize(
    ("address", "prefixes", "expected"),
    [
        ("203.0.113.9", (32, 64), "203.0.113.9"),
        ("203.0.113.9", (24, 64), "203.0.113.0/24"),
        ("203.0.113.9", (8, 64), "203.0.0.0/8"),
        ("2001:db8:9:8:7:6:5:4", (32, 64), "2001:db8:9:8::/64"),
        ("2001:db8:9:8:7:6:5:4", (32, 48), "2001:db8:9::/48"),
        ("2001:db8:9:8:7:6:5:4", (32, 128), "2001:db8:9:8:7:6:5:4"),
        ("::1", (32, 32), "::/32"),
        ("fe80::1%eth0", (32, 64), "fe80::/64"),
    ],
)
def test_what_counts_as_one_client(address: str, prefixes: tuple[int, int], expected: str) -> None:
    assert network_of(ip_address(address), ipv4_prefix=prefixes[0], ipv6_prefix=prefixes[1]) == expected
