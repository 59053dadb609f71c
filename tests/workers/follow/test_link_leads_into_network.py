"""Links that link_leads_into_network must find, and (more) that it must leave alone."""

from __future__ import annotations

import pytest

from mailcore.fetched_pages import FetchedPage
from tests.workers.follow.pages import INSIDE, START, heavy, over, page

BAD = [
    over("router.test", end=INSIDE),
    over("a.test", "router.test", end=INSIDE),
]
GOOD = [
    {START: INSIDE},
    {START: page()},
    over("b.test", end=page()),
    over("b.test", end=FetchedPage(url="", problem="no answer within 4.0 s")),
]


@pytest.mark.parametrize("pages", BAD)
def test_is_found(pages: dict[str, FetchedPage]) -> None:
    assert "link_leads_into_network" in heavy(pages)


@pytest.mark.parametrize("pages", GOOD)
def test_is_left_alone(pages: dict[str, FetchedPage]) -> None:
    assert "link_leads_into_network" not in heavy(pages)
