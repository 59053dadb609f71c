"""Addresses and directions."""

from __future__ import annotations

import socket

import pytest

from mailcore.addresses import domain_of
from mailcore.errors import ConfigurationError
from mailcore.message import Direction
from mailcore.settings import Networks, Settings
from milter_front.address import client_ip, client_name, envelope_address
from milter_front.front import Front
from tests.milter_front.front_process import ScriptedJudge, TellingQuarantine


@pytest.mark.parametrize(
    ("argument", "address"),
    [
        (b"<anna@example.net>", "anna@example.net"),
        (b"anna@example.net", "anna@example.net"),
        (b"<>", ""),
        (b"", ""),
        (b"<postmaster>", "postmaster"),
        (b'<"a@b c"@example.net>', '"a@b c"@example.net'),
        (b'<"<>"@example.net>', '"<>"@example.net'),
        (b"<@a.example,@b.example:anna@example.net>", "anna@example.net"),
        (b'<"@a:b"@example.net>', '"@a:b"@example.net'),
        (b"<anna@[IPv6:2001:db8::1]>", "anna@[IPv6:2001:db8::1]"),
        ("<用户@例子.example>".encode(), "用户@例子.example"),
        (b"<\xff\xfe@example.net>", "ÿþ@example.net"),
        (b"<", "<"),
    ],
)
def test_envelope_address(argument: bytes, address: str) -> None:
    assert envelope_address(argument) == address


@pytest.mark.parametrize(
    ("address", "domain"),
    [
        ("anna@Example.NET", "example.net"),
        ("anna@example.net.", "example.net"),
        ('"a@b"@example.net', "example.net"),
        ("postmaster", ""),
        ("", ""),
        ("anna@", ""),
    ],
)
def test_domain_of(address: str, domain: str) -> None:
    assert domain_of(address) == domain


@pytest.mark.parametrize(
    ("family", "address", "expected"),
    [
        (socket.AF_INET, ("192.0.2.1", 25), "192.0.2.1"),
        (socket.AF_INET6, ("2001:DB8::1", 25, 0, 0), "2001:db8::1"),
        (socket.AF_INET6, ("::ffff:192.0.2.1", 25, 0, 0), "192.0.2.1"),
        (socket.AF_INET6, ("inet6:unknown", 25, 0, 0), ""),
        (socket.AF_UNIX, "/run/x", ""),
        (socket.AF_INET, (), ""),
        (0, None, ""),
    ],
)
def test_client_ip(family: int, address: object, expected: str) -> None:
    assert client_ip(family, address) == expected


@pytest.mark.parametrize(
    ("reported", "name"), [("mx.example.net", "mx.example.net"), ("[192.0.2.1]", ""), ("unknown", ""), ("", "")]
)
def test_client_name(reported: str, name: str) -> None:
    assert client_name(reported) == name


def front(*networks: str, local_domains: tuple[str, ...] = ("example.com",)) -> Front:
    configured = Settings(networks=Networks(internal=networks, local_domains=local_domains))
    return Front(configured, ScriptedJudge(), TellingQuarantine(), marker_key=b"k" * 32)


HERE, THERE = "bob@Example.com", "eve@example.org"


@pytest.mark.parametrize(
    ("client", "login", "recipients", "direction"),
    [
        pytest.param("203.0.113.1", False, (HERE,), Direction.INBOUND, id="from outside"),
        pytest.param("203.0.113.1", False, (THERE,), Direction.INBOUND, id="relayed from outside"),
        pytest.param("", False, (THERE,), Direction.INBOUND, id="nobody knows from where"),
        pytest.param("203.0.113.1", True, (THERE,), Direction.OUTBOUND, id="login"),
        pytest.param("203.0.113.1", True, (HERE,), Direction.INTERNAL, id="login to us"),
        pytest.param("192.0.2.77", False, (THERE,), Direction.OUTBOUND, id="our network"),
        pytest.param("192.0.2.77", False, (HERE,), Direction.INTERNAL, id="our network to us"),
        pytest.param("192.0.2.77", False, (HERE, THERE), Direction.OUTBOUND, id="to us and others"),
        pytest.param("192.0.2.77", False, (), Direction.OUTBOUND, id="to nobody"),
        pytest.param("192.0.3.77", False, (THERE,), Direction.INBOUND, id="beside our network"),
        pytest.param("2001:db8::1", False, (THERE,), Direction.INBOUND, id="the other family"),
    ],
)
def test_direction(client: str, login: bool, recipients: tuple[str, ...], direction: Direction) -> None:
    found = front("192.0.2.1/24").site.direction(client_address=client, authenticated=login, recipients=recipients)
    assert found is direction


def test_without_local_domains_mail_of_our_clients_is_outbound() -> None:
    found = front("192.0.2.0/24", local_domains=()).site.direction(
        client_address="192.0.2.1", authenticated=False, recipients=(HERE,)
    )
    assert found is Direction.OUTBOUND


@pytest.mark.parametrize("network", ["192.0.2", "example.com", "192.0.2.0/33"])
def test_no_networks(network: str) -> None:
    with pytest.raises(ConfigurationError, match=r"networks\.internal"):
        front(network)
