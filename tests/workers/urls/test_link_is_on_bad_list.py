"""What link_is_on_bad_list must say of links that lists have, and (more) when it must say nothing."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import pytest
from msgspec import structs

from mailcore.brands import Brand, BrandIndex
from mailcore.link_addresses import Address, keys_of, read_key
from mailcore.link_opinions import LinkOpinion, LinkStanding
from mailcore.verdict import Finding, PoolStatus
from mailcore.view import Lists, MailView
from tests.workers.urls.views import view_of
from workers.runner import run_pool
from workers.urls import build
from workers.urls.opinions import MOST_ADDRESSES, with_lists

SINCE = 1_793_750_400.0  # 2026-11-04
LISTS = Lists(
    free_mail=frozenset({"mail.test"}),
    file_sharing=frozenset({"drive.big.example", "files.example"}),
    shorteners=frozenset({"short.example"}),
    risky_tlds=frozenset({"top"}),
    own={"site_builders": frozenset({"builder.example"})},
)
BRANDS = BrandIndex([Brand(name="Big", domains=("big.example",), shared=("pages.big.example",))])


class ListsInMemory:
    """Implements `mailcore.ports.LinkLists`: entries as keys, with what the list is."""

    def __init__(self, *keys: str, **said: object) -> None:
        self._keys = frozenset(keys)
        self._said = {"source": "urlhaus", "kind": LinkStanding.BAD, "since": SINCE, "weight": 8.0, **said}
        self.asked: list[Address] = []

    def opinions(self, addresses: Collection[Address], *, seconds: float) -> Mapping[Address, tuple[LinkOpinion, ...]]:
        assert seconds > 0
        self.asked += addresses
        found = {}
        for address in addresses:
            for key in keys_of(address):
                if key in self._keys:
                    covers, text = read_key(key)
                    opinion = structs.replace(
                        LinkOpinion(source="", kind=LinkStanding.BAD, entry=text, covers=covers), **self._said
                    )
                    found[address] = (*found.get(address, ()), opinion)
        return found


def judged(view: MailView, *sources: ListsInMemory) -> list[Finding]:
    view = structs.replace(view, lists=LISTS, brands=BRANDS)
    report = run_pool(with_lists(build(), sources), view, {}, seconds=30.0)
    assert report.errors == ()
    assert report.status is PoolStatus.OK
    return list(report.findings)


def on_list(view: MailView, *sources: ListsInMemory) -> list[Finding]:
    return [finding for finding in judged(view, *sources) if finding.id == "link_is_on_bad_list"]


BAD = {
    "the page itself": ("https://shop.example/wp/x.php?id=1", "page shop.example/wp/x.php?id=1"),
    "with another query": ("https://shop.example/wp/x.php?id=2", "page shop.example/wp/x.php"),
    "below a folder": ("https://shop.example/wp/a/b", "page shop.example/wp/"),
    "on the host": ("https://evil.example/a/b", "page evil.example/"),
    "on www": ("https://www.shop.example/wp/x.php", "page shop.example/wp/x.php"),
    "with a port": ("http://evil.example:8080/x", "page evil.example:8080/x"),
    "encoded": ("https://shop.example/%77p//./x.php#top", "page shop.example/wp/x.php"),
    "the host": ("https://www.evil.example/", "host www.evil.example"),
    "the domain": ("https://a.b.evil.example/x", "domain evil.example"),
    "an address": ("http://192.0.2.7/x", "network 192.0.2.0/24"),
    "an address as a number": ("http://3221225991/x", "network 192.0.2.7/32"),
    "behind a known service": (
        "https://nam02.safelinks.protection.outlook.com/?url=https%3A%2F%2Fevil.example%2Fx&data=1",
        "page evil.example/x",
    ),
    "in front of the target": (
        "https://www.google.com/url?q=https://honest.example/",
        "page www.google.com/url?q=https://honest.example/",
    ),
    "a page of a service that everybody uses": ("https://drive.big.example/file/1", "page drive.big.example/file/1"),
    "a customer's host": ("https://evil.builder.example/", "host evil.builder.example"),
    "a customer's host below a brand": ("https://evil.pages.big.example/", "host evil.pages.big.example"),
    "below a private suffix": ("https://evil.github.io/x", "domain evil.github.io"),
}


@pytest.mark.parametrize(("href", "key"), BAD.values(), ids=list(BAD))
def test_is_found(href: str, key: str) -> None:
    (finding,) = on_list(view_of(href), ListsInMemory(key))
    assert finding.weight == 8.0
    covers, _, text = key.partition(" ")
    assert f"urlhaus has the {covers} {text} since 2026-11-04" in finding.detail
    assert finding.where.quote == href[:200]


GOOD = {
    "another page": ("https://shop.example/wp/y.php", "page shop.example/wp/x.php"),
    "another query": ("https://shop.example/x.php?id=2", "page shop.example/x.php?id=1"),
    "a folder above": ("https://shop.example/", "page shop.example/wp/"),
    "a beginning of a name": ("https://shop.example/wpx", "page shop.example/wp"),
    "another port": ("http://evil.example/x", "page evil.example:8080/x"),
    "a host above": ("https://www.evil.example/", "host evil.example"),
    "the home page of a host above": ("https://customer.host.example/x", "page host.example/"),
    "a name that ends the same": ("https://notevil.example/", "domain evil.example"),
    "a name that begins the same": ("https://evil.example.com/", "domain evil.example"),
    "another customer of a hoster": ("https://honest.github.io/", "domain evil.github.io"),
    "a hoster's own domain": ("https://honest.github.io/", "domain github.io"),
    "a public suffix": ("https://honest.co.uk/", "domain co.uk"),
    "another network": ("http://198.51.100.7/", "network 192.0.2.0/24"),
    "a network, and a name": ("https://evil.example/", "network 192.0.2.0/24"),
    # Mistakes of lists: services that everybody uses.
    "free mail": ("https://mail.test/inbox", "domain mail.test"),
    "a host of free mail": ("https://www.mail.test/", "host www.mail.test"),
    "the home page of free mail": ("https://mail.test/inbox", "page mail.test/"),
    "file sharing": ("https://drive.big.example/file/1", "host drive.big.example"),
    "a shortener": ("https://short.example/x", "domain short.example"),
    "a brand": ("https://www.big.example/", "domain big.example"),
    "a brand's home page": ("https://www.big.example/x", "page www.big.example/"),
    "what a brand lends to customers": ("https://pages.big.example/x", "host pages.big.example"),
    "a site builder": ("https://honest.builder.example/", "domain builder.example"),
    "a site builder's home page": ("https://www.builder.example/", "host www.builder.example"),
    "inside of our network": ("http://10.1.2.3/x", "network 10.1.2.3/32"),
}


@pytest.mark.parametrize(("href", "key"), GOOD.values(), ids=list(GOOD))
def test_is_left_alone(href: str, key: str) -> None:
    assert on_list(view_of(href), ListsInMemory(key)) == []


def test_a_list_of_our_own_condemns_whom_it_wants() -> None:
    assert len(on_list(view_of("https://www.big.example/"), ListsInMemory("domain big.example", is_local=True))) == 1


def test_without_lists_nothing_is_said() -> None:
    assert on_list(view_of("https://evil.example/")) == []
    assert on_list(view_of("https://evil.example/"), ListsInMemory("domain evil.example", kind=LinkStanding.GOOD)) == []


def test_only_the_worst_counts() -> None:
    view = view_of("https://a.example/", "https://b.example/", *(f"https://c{number}.example/" for number in range(9)))
    keys = ["domain a.example", *(f"domain c{number}.example" for number in range(9))]
    found = on_list(view, ListsInMemory(*keys, weight=3.0), ListsInMemory("domain b.example", source="own"))
    assert [finding.weight for finding in found] == [8.0, 0.0, 0.0, 0.0, 0.0]
    assert "own" in found[0].summary


def test_every_source_is_shown() -> None:
    source = ListsInMemory("domain a.example"), ListsInMemory("host a.example", source="own", weight=None)
    found = on_list(view_of("https://a.example/"), *source)
    assert [(finding.weight, "own" in finding.summary) for finding in found] == [(8.0, False), (0.0, True)]


WEAK = ["https://cheap.top/", "https://short.example/x", "http://203.0.113.7/", "http://odd.example:8081/"]


@pytest.mark.parametrize("href", WEAK)
def test_a_good_list_spares_what_only_looks_doubtful(href: str) -> None:
    keys = ("page cheap.top/", "host short.example", "network 203.0.113.7/32", "domain odd.example")
    good = ListsInMemory(*keys, kind=LinkStanding.GOOD)
    assert judged(view_of(href)) != []
    assert judged(view_of(href), good) == []
    # What somebody else calls bad is not good.
    assert [finding.id for finding in judged(view_of(href), good, ListsInMemory(*keys, is_local=True))] != []


def test_a_good_list_does_not_spare_what_is_grave() -> None:
    good = ListsInMemory("domain cheap.top", kind=LinkStanding.GOOD)
    found = judged(view_of("https://paypal.com@cheap.top/"), good)
    assert [finding.id for finding in found] == ["link_has_user_info"]


def test_a_good_link_does_not_spare_another() -> None:
    good = ListsInMemory("domain cheap.top", "domain google.com", kind=LinkStanding.GOOD)
    found = judged(view_of("https://cheap.top/", "https://www.google.com/url?q=https://other.top/"), good)
    assert {finding.where.quote for finding in found} == {"https://www.google.com/url?q=https://other.top/"}
    assert "link_domain_has_risky_tld" in {finding.id for finding in found}


def test_settings_of_detectors_are_still_known() -> None:
    from workers.runner import check_settings

    check_settings(with_lists(build(), (ListsInMemory(),)), {"many_links_one_target.texts": 3})


def test_each_address_is_asked_about_once() -> None:
    source = ListsInMemory()
    judged(view_of("https://a.example/x", "https://a.example/x#1", "https://a.example/x"), source)
    assert source.asked == [Address("a.example", "", "/x", "")]


def test_what_is_not_looked_up_is_said() -> None:
    view = view_of(*(f"https://h{number}.example/" for number in range(MOST_ADDRESSES + 5)))
    report = run_pool(with_lists(build(), (ListsInMemory(),)), view, {}, seconds=60.0)
    assert report.reason == "5 addresses were not looked up in lists"
