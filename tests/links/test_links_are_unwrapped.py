"""What stands in front of a link's target is taken off without asking anybody, and told."""

from __future__ import annotations

import time
from urllib.parse import quote

import pytest

from mailcore.links import make_link, passed_links
from mailcore.message import Link, LinkOrigin, LinkUse
from mailcore.unwrap import MOST_HOPS
from tests.links.wrapped_links import CERTAIN, PASSED, STAY, T


def link_to(href: str) -> Link:
    link = make_link(href, shown="here", part="1", origin=LinkOrigin.HTML)
    assert link is not None
    return link


@pytest.mark.parametrize(("href", "target", "service"), CERTAIN.values(), ids=CERTAIN)
def test_known_services(href: str, target: str, service: str) -> None:
    link = link_to(href)

    assert (link.href, link.written, link.shown) == (target, href, "here")
    assert link.host in ("t.example", "a-b.example")
    assert [hop.service for hop in link.hops] == [service]


@pytest.mark.parametrize("href", PASSED.values(), ids=PASSED)
def test_others_lead_on_perhaps(href: str) -> None:
    link = link_to(href)
    inner = [each for each in passed_links(link) if each.href == T]

    assert (link.href, link.host, link.hops) == (href, "a.example", ())
    assert [(each.host, each.use, each.part) for each in inner] == [("t.example", LinkUse.PASSED, "1")]
    assert inner[0].hops[0].host == "a.example"


@pytest.mark.parametrize("href", STAY)
def test_nothing_is_in_front(href: str) -> None:
    link = link_to(href)

    assert (link.href, link.hops, passed_links(link)) == (href, (), ())


def test_a_bare_host_is_one_where_its_ending_is_known() -> None:
    (inner,) = passed_links(link_to("https://a.example/?to=login.example.com/x"))

    assert (inner.href, inner.host) == ("login.example.com/x", "login.example.com")


def test_services_inside_of_each_other_are_told_in_order() -> None:
    google = f"https://www.google.com/url?q={quote(T, safe='')}"
    proofpoint = f"https://urldefense.com/v3/__{google}__;!!x$"
    link = link_to(f"https://eur01.safelinks.protection.outlook.com/?url={quote(proofpoint, safe='')}")

    assert link.href == T
    assert [hop.service for hop in link.hops] == ["safelinks", "urldefense", "google"]
    assert [hop.domain for hop in link.hops] == ["outlook.com", "urldefense.com", "google.com"]


@pytest.mark.parametrize("front", ["https://www.google.com/url?q=", "https://a{}.example/?u="])
def test_no_more_than_twenty_are_taken_off(front: str) -> None:
    href = T
    for number in range(30):
        href = front.format(number) + quote(href, safe="")[:60_000]
    link = link_to(href)

    assert len(link.hops) <= MOST_HOPS
    assert all(len(each.hops) <= MOST_HOPS for each in passed_links(link, href))
    assert len(passed_links(link, href)) <= MOST_HOPS


def test_twenty_plain_ones_reach_the_target() -> None:
    href = T
    for number in range(MOST_HOPS):
        href = f"https://a{number}.example/r/{href}"

    assert T in {each.href for each in passed_links(link_to(href), href)}


@pytest.mark.parametrize(
    "href",
    [
        pytest.param("https://a.example/?u=" + "%25" * 300_000 + "41", id="percent signs"),
        pytest.param("https://a.example/?" + "&".join(["u=http:"] * 100_000), id="parameters"),
        pytest.param("https://a.example/" + "http://b.example/" * 60_000, id="path of addresses"),
        pytest.param("https://a.example/" + "aHR0c" * 200_000, id="base64"),
        pytest.param("https://a.example/" + "/aHR0cHM6Ly9iLmV4YW1wbGUv" * 40_000, id="many blocks"),
        pytest.param("https://a.example/" + "68747470733a" * 80_000, id="hexadecimal"),
        pytest.param("https://a.example/?p=" + "eyJ1IjoiaHR0cHM6Ly9iLm" * 40_000, id="JSON"),
        pytest.param("https://urldefense.com/v3/__" + "*" * 500_000 + "__;" + "A" * 500_000 + "!", id="urldefense 3"),
        pytest.param("https://urldefense.com" + "/v3/__x__;" * 100_000, id="urldefense 3, never closed"),
        pytest.param("https://www.google.com/url?" + "q=%" * 300_000, id="broken percent-encoding"),
        pytest.param("https://secure-web.cisco.com" + "/http%3a" * 120_000, id="cisco"),
        pytest.param("https://x.cdn.ampproject.org" + "/c/s/" * 200_000, id="amp"),
        pytest.param("https://" + "a-" * 500_000 + ".translate.goog/", id="translated"),
        pytest.param("https://mandrillapp.com/track/click/1/" + "a." * 500_000, id="mandrill"),
    ],
)
def test_hostile_addresses_take_little_time(href: str) -> None:
    began = time.process_time()
    link = make_link(href, origin=LinkOrigin.HTML)
    if link is not None:
        passed_links(link, href)

    assert time.process_time() - began < 1.0  # about 0.05 s on a quiet machine
