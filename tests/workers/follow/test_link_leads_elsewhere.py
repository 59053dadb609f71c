"""Links that link_leads_elsewhere must find, and (more) that it must leave alone."""

from __future__ import annotations

import pytest

from mailcore.fetched_pages import FetchedPage
from tests.workers.follow.pages import INSIDE, START, heavy, over, page

BAD = [
    over("a.test", "b.test", "c.test", end=page()),
    over("a.test", "b.test", "c.test", end=INSIDE),
]
GOOD = [
    {START: page()},
    over("b.test", end=page()),
    over("b.test", "c.test", end=page()),
    over("counter.example", "b.test", "c.test", end=page()),
    over("www.start.test", "a.start.test", "b.start.test", end=page()),
]


@pytest.mark.parametrize("pages", BAD)
def test_is_found(pages: dict[str, FetchedPage]) -> None:
    assert "link_leads_elsewhere" in heavy(pages)


@pytest.mark.parametrize("pages", GOOD)
def test_is_left_alone(pages: dict[str, FetchedPage]) -> None:
    assert "link_leads_elsewhere" not in heavy(pages)
