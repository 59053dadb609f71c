"""Links that go through one site after the other."""

from __future__ import annotations

from urllib.parse import quote

import pytest

from tests.workers.urls.views import found, view_of

DETECTOR = "link_is_wrapped_again"
TARGET = "https://t.example/x"
SAFELINKS = "https://x.safelinks.protection.outlook.com/?url="
GOOGLE = "https://www.google.com/url?q="
FACEBOOK = "https://l.facebook.com/l.php?u="
YOUTUBE = "https://www.youtube.com/redirect?q="


def wrapped(*fronts: str) -> str:
    href = TARGET
    for front in reversed(fronts):
        href = front + quote(href, safe="")
    return href


def test_four_sites_are_found() -> None:
    href = wrapped(SAFELINKS, GOOGLE, FACEBOOK, YOUTUBE)
    (quote_of_it,) = found(view_of(href), DETECTOR)

    assert quote_of_it[:100] == href[:100]  # evidence is bounded


@pytest.mark.parametrize(
    "fronts",
    [
        pytest.param((), id="none"),
        pytest.param((SAFELINKS,), id="one"),
        pytest.param((SAFELINKS, GOOGLE), id="two"),
        pytest.param((SAFELINKS, GOOGLE, FACEBOOK), id="three"),
        pytest.param((SAFELINKS, SAFELINKS, SAFELINKS, SAFELINKS, SAFELINKS), id="answers through the same scanner"),
    ],
)
def test_fewer_are_not(fronts: tuple[str, ...]) -> None:
    assert found(view_of(wrapped(*fronts)), DETECTOR) == []
