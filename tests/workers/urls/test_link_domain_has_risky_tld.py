"""Links that link_domain_has_risky_tld must find, and (more) that it must leave alone."""

from __future__ import annotations

import pytest

from tests.workers.urls.views import found, view_of

BAD = [
    "https://prize.top/",
    "https://a.b.prize.zip/",
]
GOOD = [
    "https://top.example.com/",
    "https://example.com/file.zip",
    "http://203.0.113.9/",
]


@pytest.mark.parametrize("link", BAD, ids=str)
def test_is_found(link: str | tuple[str, str]) -> None:
    assert len(found(view_of(link), "link_domain_has_risky_tld")) == 1


@pytest.mark.parametrize("link", GOOD, ids=str)
def test_is_left_alone(link: str | tuple[str, str]) -> None:
    assert found(view_of(link), "link_domain_has_risky_tld") == []
