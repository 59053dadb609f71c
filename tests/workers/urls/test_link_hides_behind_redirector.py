"""Links that borrow the address of a well-known site."""

from __future__ import annotations

import pytest

from tests.workers.urls.views import found, view_of

DETECTOR = "link_hides_behind_redirector"
GOOGLE = "https://www.google.com/url?q=https%3A%2F%2Fstranger.example%2Fx"


@pytest.mark.parametrize(
    "href",
    [
        pytest.param(GOOGLE, id="google"),
        pytest.param("https://www.google.com/amp/s/stranger.example/x", id="amp"),
        pytest.param("https://l.facebook.com/l.php?u=https%3A%2F%2Fstranger.example", id="facebook"),
        pytest.param("https://x.safelinks.protection.outlook.com/?url=https%3A%2F%2Fwww.google.com%2Furl%3Fq%3D"
                     "https%253A%252F%252Fstranger.example", id="behind a scanner"),
    ],
)  # fmt: skip
def test_strangers_behind_portals_are_found(href: str) -> None:
    assert found(view_of(href), DETECTOR) == [href]


@pytest.mark.parametrize(
    "href",
    [
        pytest.param("https://stranger.example/x", id="nothing in front"),
        pytest.param("https://www.google.com/search?q=https://stranger.example", id="a search"),
        pytest.param("https://www.google.com/url?q=https%3A%2F%2Fwww.example.org%2F", id="to the sender"),
        pytest.param("https://www.google.com/url?q=https%3A%2F%2Fmaps.google.com%2F", id="to the portal itself"),
        pytest.param("https://x.safelinks.protection.outlook.com/?url=https%3A%2F%2Fstranger.example", id="scanner"),
        pytest.param("https://x.awstrack.me/L0/https:%2F%2Fstranger.example%2F/1", id="counter of clicks"),
        pytest.param("https://a.example/?url=https%3A%2F%2Fstranger.example", id="nobody knows whether it leads on"),
        pytest.param("https://www.google.com/url?q=http%3A%2F%2Flocalhost%3A3000", id="inside"),
        pytest.param("https://www.google.com.evil.example/url?q=https%3A%2F%2Fstranger.example", id="no portal"),
    ],
)
def test_others_are_spared(href: str) -> None:
    assert found(view_of(href), DETECTOR) == []


def test_a_portal_links_to_whom_it_likes() -> None:
    assert found(view_of(GOOGLE, sender="Alerts <alerts@google.com>"), DETECTOR) == []
