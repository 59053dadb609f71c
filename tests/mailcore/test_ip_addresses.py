"""IP addresses in the forms in which mail has them, and what only looks like one."""

from __future__ import annotations

import pytest

from mailcore.ip_addresses import read_address, read_literal

ADDRESSES = {
    "IPv4": ("192.0.2.7", "192.0.2.7"),
    "IPv6": ("2001:db8::1", "2001:db8::1"),
    "IPv6 written out": ("2001:0DB8:0:0:0:0:0:1", "2001:db8::1"),
    "mapped": ("::ffff:192.0.2.7", "192.0.2.7"),
    "mapped, as hexadecimal digits": ("::ffff:c000:207", "192.0.2.7"),
    "with a zone": ("fe80::1%eth0", "fe80::1"),
}
LITERALS = {
    "brackets": ("[192.0.2.7]", "192.0.2.7"),
    "brackets and tag": ("[IPv6:2001:db8::1]", "2001:db8::1"),
    "tag in small letters": ("[ipv6:2001:db8::1]", "2001:db8::1"),
    "tag without brackets": ("IPv6:2001:db8::1", "2001:db8::1"),
    "mapped in brackets": ("[IPv6:::ffff:192.0.2.7]", "192.0.2.7"),
}
NONE = {
    "nothing": "",
    "name": "mail.example.com",
    "one number": "3221225991",
    "octal": "0300.0.2.7",
    "three numbers": "192.0.2",
    "five numbers": "192.0.2.7.1",
    "number too large": "192.0.2.256",
    "network": "192.0.2.0/24",
    "white space": " 192.0.2.7",
    "with a port": "192.0.2.7:25",
    "zone alone": "%eth0",
    "zone of IPv4": "192.0.2.7%eth0",
    "percent sign in an address of mail": "192.0.2.7%mx.example.com@example.org",
    "two gaps": "2001::db8::1",
    "other digits": "\u0661\u0669\u0662.0.2.7",
    "lone surrogate": "\udc80",
    "long": "1." * 10_000,
}


@pytest.mark.parametrize(("text", "address"), ADDRESSES.values(), ids=ADDRESSES.keys())
def test_address(text: str, address: str) -> None:
    assert str(read_address(text)) == address
    assert str(read_literal(text)) == address


@pytest.mark.parametrize(("text", "address"), LITERALS.values(), ids=LITERALS.keys())
def test_literal(text: str, address: str) -> None:
    assert read_address(text) is None
    assert str(read_literal(text)) == address


@pytest.mark.parametrize("text", NONE.values(), ids=NONE.keys())
def test_no_address(text: str) -> None:
    assert read_address(text) is None
    assert read_literal(text) is None
