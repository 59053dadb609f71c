"""Links that link_uses_shortener must find, and (more) that it must leave alone."""

from __future__ import annotations

import pytest

from tests.workers.urls.views import found, view_of

BAD = [
    "https://short.example/abc",
    "https://www.short.example/abc",
]
GOOD = [
    "https://notshort.example/abc",
    "https://example.com/short.example",
    "https://short.example.com/",
]


@pytest.mark.parametrize("link", BAD, ids=str)
def test_is_found(link: str | tuple[str, str]) -> None:
    assert len(found(view_of(link), "link_uses_shortener")) == 1


@pytest.mark.parametrize("link", GOOD, ids=str)
def test_is_left_alone(link: str | tuple[str, str]) -> None:
    assert found(view_of(link), "link_uses_shortener") == []
