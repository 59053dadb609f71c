"""Hosts that link_host_looks_random must find, and (more) that it must leave alone."""

from __future__ import annotations

import pytest
from msgspec import structs

from mailcore.brands import Brand, BrandIndex
from mailcore.view import Lists, MailView
from tests.workers.urls.lists import through_a_list
from tests.workers.urls.views import found, view_of
from workers.urls.letters import surprise

LISTS = Lists(
    click_trackers=frozenset({"tracker.example"}),
    own={"storage_buckets": frozenset({"cdn.example"}), "ipfs_gateways": frozenset({"ipfs.example"})},
)


def mail(*links: str, sender: str = "Alice <alice@example.org>") -> MailView:
    brands = BrandIndex([Brand(name="Big", domains=("bgxqzvt.example",))])
    return structs.replace(view_of(*links, sender=sender), lists=LISTS, brands=brands)


BAD = {
    "consonants": "https://xkqdfjwp.example/",
    "letters and digits": "https://a7k2m9x4q.example/",
    "of a kit": "https://tjgpxjkc.test/login",
    "short": "https://ycvdutm.example/",
    "long": "https://lkd5pugwfiufbzsaw6qwzqeirkhiqd4nyi.example/x",
    "label below an honest name": "https://1y6tpp7l7p7r6218pj1q7jj1.healthy-living.example/",
    "label below others": "https://www.omxjqfb0brglbp6xwxoyomxjq.garden.example/",
}

GOOD = {
    "word": "https://www.wikipedia.example/",
    "words": "https://worldcuphotels.example/",
    "words with hyphens": "https://the-smith-family.example/",
    "German": "https://angstschweiss.example/",
    "German, long": "https://donaudampfschifffahrtsgesellschaft.example/",
    "Polish": "https://szczecin.example/",
    "Finnish": "https://yliopistonkatu.example/",
    "Spanish": "https://ayuntamientodemadrid.example/",
    "Hungarian": "https://gyongyosvaros.example/",
    "Turkish": "https://buyuksehirbelediyesi.example/",
    "Romanised Japanese": "https://kabushikigaisha.example/",
    "Romanised Russian": "https://obshchestvo-novosti.example/",
    "names": "https://schwarzenegger.example/",
    "developers": "https://kubernetes.example/",
    "software": "https://stackoverflow.example/",
    "abbreviation": "https://hlrs.example/",
    "abbreviation with a number": "https://bbc2.example/",
    "two abbreviations": "https://gfx2swf.example/",
    "two abbreviations with a number": "https://msg1svc.example/",
    "year": "https://worldcup2026.example/",
    "number": "https://4008123123.example/",
    "number below": "https://123456789012345.shop.example/",
    "machine": "https://web01-prod.shop.example/",
    "place of a machine": "https://eu-central-1.shop.example/",
    "content network": "https://d3cy3u1txmkqs3.cdn.example/x.png",
    "counter of clicks": "https://xkqdfjwpz7qx.tracker.example/c",
    "gateway of IPFS": "https://bafybeibvyyt3thiwxdphrcs6qsopvntxhqwznbb54u5z27gapwqpiidp2m.ipfs.example/",
    "a company that is called so": "https://www.bgxqzvt.example/",
    "punycode": "https://xn--80ak6aa92e.example/",
    "address": "https://192.0.2.77/",
    "address of IPv6": "https://[2001:db8::1]/",
    "short, though": "https://xkq.example/",
    "inside": "https://xkqdfjwpzz/",
}


@pytest.mark.parametrize("link", BAD.values(), ids=list(BAD))
def test_is_found(link: str) -> None:
    assert len(found(mail(link), "link_host_looks_random")) == 1


@pytest.mark.parametrize("link", GOOD.values(), ids=list(GOOD))
def test_is_left_alone(link: str) -> None:
    assert found(mail(link), "link_host_looks_random") == []


def test_the_sender_s_own_domain_and_lists_are_left_alone() -> None:
    assert found(mail("https://xkqdfjwp.test/", sender="a@xkqdfjwp.test"), "link_host_looks_random") == []
    view = through_a_list(mail("https://xkqdfjwp.example/"))
    assert found(view, "link_host_looks_random") == []


@pytest.mark.parametrize("label", ["", "-", "---", "ä", "a" * 63, "0" * 63, "xn--", "日本"])
def test_odd_labels_are_measured_too(label: str) -> None:
    assert 0.0 <= surprise(label) < 32.0
