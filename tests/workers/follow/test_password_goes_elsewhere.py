"""Links that password_goes_elsewhere must find, and (more) that it must leave alone."""

from __future__ import annotations

import pytest

from mailcore.fetched_pages import FetchedPage
from tests.workers.follow.pages import LOGIN, START, heavy, over, page

BAD = [
    {START: page(LOGIN % (b"Mail", b"https://collect.test/in.php"))},
    {START: page(LOGIN % (b"Mail", b"//collect.test"))},
]
GOOD = [
    {START: page(LOGIN % (b"Mail", b""))},
    {START: page(LOGIN % (b"Mail", b"/in.php"))},
    {START: page(LOGIN % (b"Mail", b"https://login.start.test/"))},
    {START: page(LOGIN % (b"Mail", b"https://login.northwind-bank.example/"))},
    {START: page(LOGIN % (b"Mail", b"javascript:go()"))},
    {START: page(b"<form action=https://list.test/subscribe><input name=mail></form>")},
    over("b.test", end=page()),
]


@pytest.mark.parametrize("pages", BAD)
def test_is_found(pages: dict[str, FetchedPage]) -> None:
    assert "password_goes_elsewhere" in heavy(pages)


@pytest.mark.parametrize("pages", GOOD)
def test_is_left_alone(pages: dict[str, FetchedPage]) -> None:
    assert "password_goes_elsewhere" not in heavy(pages)
