"""Hosts that are reached only from inside, and hosts of the internet that look like some."""

from __future__ import annotations

import pytest

from mailcore.inside import is_inside

INSIDE = (
    *("10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.1.1", "127.0.0.1", "169.254.1.1", "100.64.0.1", "0.0.0.0"),
    *("[::1]", "[fe80::1]", "[fd00::1]", "fd00::1", "[::ffff:10.0.0.1]", "[::ffff:7f00:1]"),
    *("localhost", "intranet", "printer", "wiki.local", "nas.lan", "git.corp", "db.internal", "x.home.arpa"),
    *("app.localhost", "host.localdomain", "files.private", "router.home", ""),
)
OUTSIDE = (
    *("8.8.8.8", "172.32.0.1", "192.0.2.7", "198.51.100.1", "203.0.113.9", "[2001:db8::1]", "[::ffff:192.0.2.7]"),
    *("example.com", "local.example", "corp.example.com", "home.example.org", "mylan.example", "x.notlocal"),
    *("10.example", "127.0.0.1.example.com", "internal.com", "home.arpa.example", "1.2.3.arpa"),
)


@pytest.mark.parametrize("host", INSIDE)
def test_inside(host: str) -> None:
    assert is_inside(host)


@pytest.mark.parametrize("host", OUTSIDE)
def test_outside(host: str) -> None:
    assert not is_inside(host)
