"""Links that link_host_hides_with_encoding must find, and (more) that it must leave alone."""

from __future__ import annotations

import pytest

from tests.workers.urls.views import found, view_of

BAD = [
    "http://%65xample.com/",
    "http://\uff45xample.com/",
    "http://xn--pypal-4ve.com/",
    "http://p\u0430ypal.com/",
]
GOOD = [
    "https://example.com/%65",  # in the path
    "https://münchen.example/",  # a name with an umlaut
    "https://пример.example/",  # a name wholly in Cyrillic
    "https://日本example.com/",  # Japanese names mix Latin with theirs
    "https://xn--mnchen-3ya.example/",
    "http://134744072/",  # an address: another detector
]


@pytest.mark.parametrize("link", BAD, ids=str)
def test_is_found(link: str | tuple[str, str]) -> None:
    assert len(found(view_of(link), "link_host_hides_with_encoding")) == 1


@pytest.mark.parametrize("link", GOOD, ids=str)
def test_is_left_alone(link: str | tuple[str, str]) -> None:
    assert found(view_of(link), "link_host_hides_with_encoding") == []
