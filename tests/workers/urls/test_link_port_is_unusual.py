"""Links that link_port_is_unusual must find, and (more) that it must leave alone."""

from __future__ import annotations

import pytest

from tests.workers.urls.views import found, view_of

BAD = [
    "http://example.com:81/x",
    "https://example.com:4433/",
]
GOOD = [
    "https://example.com/",
    "https://example.com:443/",
    "http://example.com:8080/app",  # an application server
    "http://localhost:3000/",  # a developer
    "http://10.0.0.5:9090/",  # monitoring inside
    "https://example.com/a:81/",
    "ftp://example.com:2121/",
]


@pytest.mark.parametrize("link", BAD, ids=str)
def test_is_found(link: str | tuple[str, str]) -> None:
    assert len(found(view_of(link), "link_port_is_unusual")) == 1


@pytest.mark.parametrize("link", GOOD, ids=str)
def test_is_left_alone(link: str | tuple[str, str]) -> None:
    assert found(view_of(link), "link_port_is_unusual") == []
