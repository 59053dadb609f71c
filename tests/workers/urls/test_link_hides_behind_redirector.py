"""Links that borrow the address of a well-known site."""

from __future__ import annotations

from functools import reduce
from urllib.parse import quote

import pytest

from mailcore.message import Hop
from tests.workers.urls.views import found, view_of
from workers.runner import run_pool
from workers.urls import build
from workers.urls.hosts import through

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


SCANNER = "https://x.safelinks.protection.outlook.com/?url="
WAYS = {
    "one": (GOOGLE, "A link to www.google.com really leads to stranger.example."),
    "two": (
        f"{SCANNER}{quote(GOOGLE, safe='')}",
        "A link to x.safelinks.protection.outlook.com really leads through www.google.com to stranger.example.",
    ),
    "three": (
        f"{SCANNER}{quote('https://l.facebook.com/l.php?u=' + quote(GOOGLE, safe=''), safe='')}",
        "A link to x.safelinks.protection.outlook.com really leads through l.facebook.com and www.google.com to "
        "stranger.example.",
    ),
    # A sentence is for people: of a chain without end the beginning is enough.
    "eight": (
        reduce(lambda inner, name: f"https://{name}.safelinks.protection.outlook.com/?url={quote(inner, safe='')}",
               "abcdefg", GOOGLE),
        "A link to g.safelinks.protection.outlook.com really leads through f.safelinks.protection.outlook.com, "
        "e.safelinks.protection.outlook.com, d.safelinks.protection.outlook.com and 4 more to stranger.example.",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("href", "sentence"), WAYS.values(), ids=list(WAYS))
def test_the_reader_is_told_every_host_on_the_way(href: str, sentence: str) -> None:
    report = run_pool(build(), view_of(href), {}, seconds=5.0)
    assert [finding.summary for finding in report.findings if finding.id == DETECTOR] == [sentence]


def test_each_host_is_named_once() -> None:
    assert through(()) == ""
    assert through([Hop(href="https://a.example/1", host="a.example")] * 2) == " through a.example"
