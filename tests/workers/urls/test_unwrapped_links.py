"""Detectors look at the target behind services, and at what a link may lead on to."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from msgspec import structs

from mailcore.links import passed_links
from tests.workers.urls.views import found, view_of

SAFELINKS = "https://x.safelinks.protection.outlook.com/?url="


def wrapped(href: str) -> str:
    return SAFELINKS + quote(href, safe="")


@pytest.mark.parametrize(
    ("href", "detector"),
    [
        ("https://short.example/x", "link_uses_shortener"),
        ("http://3405803777/", "link_host_is_disguised_address"),
        ("http://203.0.113.1/", "link_host_is_ip_address"),
        ("http://bank.example.com@evil.example/", "link_has_user_info"),
    ],
)
def test_behind_a_scanner_and_inside_of_a_link(href: str, detector: str) -> None:
    for outer in (wrapped(href), f"https://a.example/?url={quote(href, safe='')}"):
        view = view_of(outer)
        passed = tuple(each for link in view.message.links for each in passed_links(link))
        view = structs.replace(view, message=structs.replace(view.message, other_links=passed))

        assert found(view, detector) == [outer]


def test_the_text_of_a_link_is_compared_with_the_target() -> None:
    honest = (wrapped("https://www.good.example/x"), "https://www.good.example/x")
    deceptive = (wrapped("https://www.evil.example/x"), "https://www.good.example/x")

    assert found(view_of(honest), "link_shown_as_another_site") == []
    assert found(view_of(deceptive), "link_shown_as_another_site") == [deceptive[0]]


def test_a_link_that_shows_the_scanner_is_honest() -> None:
    href = wrapped("https://stranger.example/" + "x" * 300)

    assert found(view_of((href, href[:200])), "link_shown_as_another_site") == []
