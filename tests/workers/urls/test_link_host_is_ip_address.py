"""Links that link_host_is_ip_address must find, and (more) that it must leave alone."""

from __future__ import annotations

import pytest

from tests.workers.urls.views import found, view_of

BAD = [
    "http://198.51.100.7/x",
]
GOOD = [
    "http://192.168.1.1/status",  # a router at home
    "http://127.0.0.1:3000/",  # a developer
    "http://[::1]/",
    "https://example.com/198.51.100.7",  # in the path
    "https://198-51-100-7.example.com/",  # in a name
    "http://3232235777/",  # disguised: another detector
]


@pytest.mark.parametrize("link", BAD, ids=str)
def test_is_found(link: str | tuple[str, str]) -> None:
    assert len(found(view_of(link), "link_host_is_ip_address")) == 1


@pytest.mark.parametrize("link", GOOD, ids=str)
def test_is_left_alone(link: str | tuple[str, str]) -> None:
    assert found(view_of(link), "link_host_is_ip_address") == []
