"""Links that page_asks_password_for_brand must find, and (more) that it must leave alone."""

from __future__ import annotations

import pytest

from mailcore.fetched_pages import FetchedPage
from tests.fakes import FakePages
from tests.workers.follow.pages import BANK, LOGIN, START, findings, heavy, over, page, view_of

BAD = [
    {START: page(LOGIN % (BANK, b"/go"))},
    over("b.test", end=page(LOGIN % (b"N0rthwind Bank", b""))),
]
GOOD = [
    {START: page()},
    {START: page(LOGIN % (b"Forum - Sign in", b"/go"))},
    {START: page(LOGIN % (b"Harvest - Sign in", b"/go"))},  # a word, on a host that borrows nothing
    {START: page(b"<title>Northwind Bank opens a branch</title><p>News")},
    {START: page(b"<title>Northwind Bank</title><form><input name=search></form>")},
    over("www.northwind-bank.example", end=page(LOGIN % (BANK, b"/go"))),
    {START: page(LOGIN % (b"Mail", b""))},
]


@pytest.mark.parametrize("pages", BAD)
def test_is_found(pages: dict[str, FetchedPage]) -> None:
    assert "page_asks_password_for_brand" in heavy(pages)


@pytest.mark.parametrize("pages", GOOD)
def test_is_left_alone(pages: dict[str, FetchedPage]) -> None:
    assert "page_asks_password_for_brand" not in heavy(pages)


def test_the_evidence_is_the_way() -> None:
    found = findings(view_of(START), FakePages(over("b.test", end=page(LOGIN % (BANK, b"/go")))))
    finding = next(each for each in found if each.id == "page_asks_password_for_brand")
    assert finding.detail.startswith("start.test > b.test; title 'Northwind Bank - Sign in'")
    assert finding.where.quote == START
