"""Links that link_shown_as_another_site must find, and (more) that it must leave alone."""

from __future__ import annotations

import pytest

from tests.workers.urls.views import found, view_of

BAD = [
    ("https://evil.example.net/login", "https://www.example.com/login"),
    ("https://evil.example.net/login", "www.example.com"),
    ("https://evil.example.net/login", " <HTTP://EXAMPLE.COM> "),
    ("https://example.top/", "https://example.com/"),
    ("http://203.0.113.5/", "https://example.com/"),
]
GOOD = [
    ("https://www.example.com/login?a=b", "https://example.com/login"),  # the same site
    ("https://login.example.com/", "https://www.example.com"),  # another host of it
    ("https://click.tracker.example/x", "https://example.com/"),  # a newsletter's click counter
    ("https://eur01.safelinks.example.net/?url=x", "https://example.com/"),  # a link scanner
    ("https://evil.example.net/", "Click here"),  # no address
    ("https://evil.example.net/", "Booking.com"),  # a name as well as an address
    ("https://evil.example.net/", "ASP.NET"),
    ("https://evil.example.net/", "https://example.com is our site"),  # a sentence
    ("https://evil.example.net/", "https://"),
    ("http://192.168.1.1/", "https://example.com"),  # a device inside
    ("https://evil.example.net/", ""),
]


@pytest.mark.parametrize("link", BAD, ids=str)
def test_is_found(link: str | tuple[str, str]) -> None:
    assert len(found(view_of(link), "link_shown_as_another_site")) == 1


@pytest.mark.parametrize("link", GOOD, ids=str)
def test_is_left_alone(link: str | tuple[str, str]) -> None:
    assert found(view_of(link), "link_shown_as_another_site") == []
