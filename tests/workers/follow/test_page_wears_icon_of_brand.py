"""Pages that page_wears_icon_of_brand must find, and (more) that it must leave alone."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from urllib.parse import quote

import pytest
from msgspec import structs

from mailcore.brands import Brand, BrandIndex
from mailcore.fetched_pages import FetchedPage
from mailcore.follow_settings import Following
from mailcore.page_icons import entry_of
from mailcore.verdict import Finding
from mailcore.view import MailView
from tests.fakes import FakePages
from tests.workers.follow.pages import BANK, LOGIN, START, over, page, view_of
from workers.follow import SeeIcons, build
from workers.runner import run_pool

ICON = b"\x89PNG the bank's"
LIKE = b"\x89PNG nearly the bank's"
ALL = b"<link rel=icon href=%s>" + LOGIN
SAME = ALL % (b"/bank.png", b"Sign in", b"/go")
SIMILAR = ALL % (b"/like.png", b"Sign in", b"/go")
OTHER = ALL % (b"/other.png", b"Sign in", b"/go")
INSIDE = b"data:image/png;base64," + base64.b64encode(ICON)
PERCENT = b"DATA:image/png," + quote(ICON).encode()
BRANDS = BrandIndex(
    [
        Brand(name="Northwind Bank", domains=("northwind-bank.example",), shared=("pages.example",)),
        Brand(name="Contoso", domains=("contoso.example",)),
    ]
)
LIST = frozenset(
    {entry_of(hashlib.sha256(ICON).hexdigest(), "northwindbank"), "no entry", f"{'0' * 64}:", "northwindbank"}
)


def see_icons(view: MailView, icons: Sequence[bytes], *, seconds: float) -> tuple[tuple[str, ...], tuple[str, ...]]:
    assert view.message.id
    assert 0 < seconds <= 2
    return tuple("northwindbank" for icon in icons if icon == LIKE), ()


def broken(view: MailView, icons: Sequence[bytes], *, seconds: float) -> tuple[tuple[str, ...], tuple[str, ...]]:
    return (), ("icons of a page were not looked at: it died",)


def found(
    pages: dict[str, FetchedPage],
    *,
    entries: frozenset[str] = LIST,
    start: str = START,
    see: SeeIcons | None = see_icons,
) -> list[Finding]:
    ends = [url for url, each in pages.items() if each.content_type == "text/html"]
    icons = {
        url.rpartition("/")[0] + name: page(icon, content_type="image/png")
        for url in ends
        for name, icon in (("/bank.png", ICON), ("/like.png", LIKE), ("/other.png", b"\x89PNG other"))
    }
    view = structs.replace(view_of(start), brands=BRANDS)
    view = structs.replace(view, lists=structs.replace(view.lists, own={"icons": entries}))
    pool = build(FakePages({**icons, **pages}), Following(), None, see)
    report = run_pool(pool, view, {}, seconds=10.0, judge_derived=lambda _view, _text: ())
    assert report.errors == ()
    return [finding for finding in report.findings if finding.id == "page_wears_icon_of_brand"]


BAD = {
    "the same icon": ({START: page(SAME)}, 8.0),
    "at the end of a way": (over("b.test", end=page(SAME)), 8.0),
    "an icon that looks so": ({START: page(SIMILAR)}, 4.0),
    "the title says it already": ({START: page(ALL % (b"/bank.png", BANK, b"/go"))}, 1.0),
    "an icon in the page": ({START: page(ALL % (INSIDE, b"Sign in", b"/go"))}, 8.0),
    "an icon in the page, percent-encoded": ({START: page(ALL % (PERCENT, b"Sign in", b"/go"))}, 8.0),
    "another's title": ({START: page(ALL % (b"/bank.png", b"Contoso", b"/go"))}, 8.0),
}


@pytest.mark.parametrize(("pages", "weight"), BAD.values(), ids=BAD)
def test_is_found(pages: dict[str, FetchedPage], weight: float) -> None:
    (finding,) = found(pages)
    assert finding.weight == weight
    assert "Northwind Bank" in finding.summary
    assert "icon SHA-256 " in finding.detail


GOOD = {
    "another icon": {START: page(OTHER)},
    "no icon": {START: page(LOGIN % (b"Sign in", b"/go"))},
    "no password": {START: page(b"<link rel=icon href=/bank.png><p>News of the bank")},
    "the bank's own": over("www.northwind-bank.example", end=page(SAME)),
    "another company's, who lends logins": over("login.contoso.example", end=page(SAME)),
    "a page that the bank lends to its customers": over("club.pages.example", end=page(SAME)),
    "another icon in the page": {START: page(ALL % (b"data:image/png;base64,AAAA", b"Sign in", b"/go"))},
    "a damaged icon in the page": {START: page(ALL % (b"data:image/png;base64,A", b"Sign in", b"/go"))},
    "an empty icon in the page": {START: page(ALL % (b"data:,", b"Sign in", b"/go"))},
    "a large icon in the page": {START: page(ALL % (INSIDE + b"A" * 500_000, b"Sign in", b"/go"))},
    "an icon that is not there": {START: page(SAME), "https://start.test/bank.png": page(status=404)},
    "an empty icon": {START: page(SAME), "https://start.test/bank.png": page(b"")},
}


@pytest.mark.parametrize("pages", GOOD.values(), ids=GOOD)
def test_is_left_alone(pages: dict[str, FetchedPage]) -> None:
    assert found(pages) == []


@pytest.mark.parametrize(
    "entries",
    [
        pytest.param(frozenset(), id="an empty list"),
        pytest.param(frozenset({entry_of(hashlib.sha256(ICON).hexdigest(), "nobody")}), id="of no brand"),
        pytest.param(frozenset({"x" * 64 + ":northwindbank"}), id="no hash"),
    ],
)
def test_lists_that_know_nothing(entries: frozenset[str]) -> None:
    assert found({START: page(SAME)}, entries=entries) == []


def test_without_pillow_only_the_same_icon_is_known() -> None:
    assert found({START: page(SIMILAR)}, see=None) == []
    assert len(found({START: page(SAME)}, see=None)) == 1


def test_an_icon_that_breaks_its_reader_hides_no_page() -> None:
    assert len(found({START: page(SAME)}, see=broken)) == 1
