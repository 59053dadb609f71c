"""Links that link_path_names_brand must find, and (more) that it must leave alone."""

from __future__ import annotations

import pytest
from msgspec import structs

from mailcore.brands import Brand, BrandIndex
from mailcore.view import Lists, MailView
from tests.workers.urls.lists import through_a_list
from tests.workers.urls.views import view_of
from workers.runner import run_pool
from workers.urls import build

LISTS = Lists(click_trackers=frozenset({"tracker.example"}), own={"storage_buckets": frozenset({"bucket.example"})})
BRANDS = BrandIndex(
    [
        Brand(name="PayTest", domains=("paytest.com", "paytest-mail.com"), sector="payments"),
        Brand(name="Huntley Bank", domains=("huntley.com",), sector="banks-americas"),
        Brand(name="Golden", domains=("golden.com",), ambiguous=("Golden",), sector="retail"),
        Brand(name="Tickets", domains=("tickets-soft.com",), sector="technology"),
    ]
)


def said(link: str, *, sender: str = "Alice <alice@example.org>", by_list: bool = False) -> list[float]:
    view: MailView = structs.replace(view_of(link, sender=sender), lists=LISTS, brands=BRANDS)
    report = run_pool(build(), through_a_list(view) if by_list else view, {}, seconds=5.0)
    assert report.errors == ()
    return [finding.weight for finding in report.findings if finding.id == "link_path_names_brand"]


BAD = {
    "domain": ("https://florist.example/www.paytest.com/cgi-bin/x", 3.0),
    "domain alone": ("https://192.0.2.7/paytest.com", 3.0),
    "host of the brand": ("https://uni.example/signin.huntley.com/login.html", 3.0),
    "percent-encoded": ("https://florist.example/%77ww.paytest.com/", 3.0),
    "in the middle": ("https://florist.example/~bob/images/paytest.com/us/index.htm", 3.0),
    "capitals": ("https://florist.example/PAYTEST.COM/", 3.0),
    "name and a program": ("https://florist.example/paytest/login.php", 2.0),
    "name and a word": ("https://florist.example/PayTest/verify/", 2.0),
    "name with a hyphen": ("https://florist.example/huntley-bank/account/index.html", 2.0),
}

GOOD = {
    "its own": "https://www.paytest.com/paytest.com/login",
    "another brand": "https://www.huntley.com/partners/paytest/login.php",
    "name alone": "https://shop.example/paytest/",
    "name among words": "https://paper.example/2026/11/paytest-to-close-accounts.html",
    "name in the query": "https://shop.example/login.php?with=paytest",
    "domain in the query": "https://shop.example/?to=www.paytest.com",
    "a word": "https://shop.example/golden/account/login.php",
    "a program of one's own": "https://help.example/tickets/secure/login.php",
    "opinions": "https://opinions.example/review/www.paytest.com",
    "facts": "https://facts.example/whois/paytest.com",
    "archive": "https://archive.example/web/2026/https://www.paytest.com/login",
    "bucket": "https://a.bucket.example/paytest.com/x.png",
    "counter of clicks": "https://tracker.example/paytest.com/login",
    "other domain": "https://florist.example/www.unknown.com/login.php",
    "file": "https://florist.example/paytest.com.css.map/x",
    "inside": "https://wiki/paytest.com/login",
    "nothing": "https://florist.example/",
    "broken percents": "https://florist.example/%/%zz/%c3/login.php",
}


@pytest.mark.parametrize(("link", "weight"), BAD.values(), ids=list(BAD))
def test_is_found(link: str, weight: float) -> None:
    assert said(link) == [weight]


@pytest.mark.parametrize("link", GOOD.values(), ids=list(GOOD))
def test_is_left_alone(link: str) -> None:
    assert said(link) == []


def test_the_sender_s_own_pages_and_lists_are_left_alone() -> None:
    assert said(BAD["domain"][0], sender="Florist <shop@florist.example>") == []
    assert said(BAD["domain"][0], by_list=True) == []
