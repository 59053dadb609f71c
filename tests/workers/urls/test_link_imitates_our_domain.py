"""Links to lookalikes of our domains, and (more) to ours and to others."""

from __future__ import annotations

import pytest

from mailcore.view import Lists
from tests.workers.content.bec.cases import Case, weights
from workers.urls.detectors.link_imitates_our_domain import link_imitates_our_domain

BAD = (
    Case("digit", "E <e@mail.test>", "Hi", "See https://br1ghtwater.example/login"),
    Case("in front", "E <e@mail.test>", "Hi", "See https://brightwater.example.sign-in.test/login"),
    Case("partner misspelt", "E <e@mail.test>", "Hi", "See https://www.alpenbanc.example/"),
    Case("word added", "E <e@mail.test>", "Hi", "See https://brightwater-portal.com/"),
    Case("behind five others", "E <e@mail.test>", "Hi",
         " ".join(f"https://site{n}.test/" for n in "abcdef") + " https://br1ghtwater.example/"),
)  # fmt: skip
GOOD = (
    Case("ours", "E <e@mail.test>", "Hi", "See https://www.brightwater.example/login"),
    Case("partner's", "E <e@mail.test>", "Hi", "See https://alpenbank.example/"),
    Case("somebody else's", "E <e@mail.test>", "Hi", "See https://www.example.org/brightwater.example"),
    Case("our name as a tenant", "E <e@mail.test>", "Hi", "See https://brightwater.helpdesk.test/"),
    Case("our name under another ending", "E <e@mail.test>", "Hi", "See https://www.brightwater.fi/"),
    Case("our page at a hosting service", "E <e@mail.test>", "Hi", "See https://brightwater.github.io/"),
    Case("our page translated", "E <e@mail.test>", "Hi", "See https://brightwater-example.translate.goog/"),
    Case("our name as an argument", "E <e@mail.test>", "Hi", "See https://search.test/?q=brightwater.example"),
    Case("no link", "E <e@mail.test>", "Hi", "Go to br1ghtwater dot example."),
)  # fmt: skip


@pytest.mark.parametrize("case", BAD, ids=lambda case: case.name)
def test_is_found(case: Case) -> None:
    [weight] = weights(link_imitates_our_domain, case)
    assert weight >= 2.0


@pytest.mark.parametrize("case", GOOD, ids=lambda case: case.name)
def test_is_left_alone(case: Case) -> None:
    assert weights(link_imitates_our_domain, case) == []


LISTS = Lists(risky_tlds=frozenset({"top"}), own={"cheap_tlds": frozenset({"blog"})})
ENDINGS = {"brightwater.top": [2.0], "www.alpenbank.blog": [1.0], "brightwater.fi": [], "brightwater.example": []}


@pytest.mark.parametrize("host", ENDINGS)
def test_another_ending_counts_where_it_is_cheap(host: str) -> None:
    view = Case("ending", "E <e@mail.test>", "Hi", f"See https://{host}/login").view(LISTS)
    found = [hit.weight for hit in link_imitates_our_domain.run(view)]
    assert found == ENDINGS[host]


def test_the_worst_imitation_weighs() -> None:
    words = "See https://brightwater.blog/ and https://br1ghtwater.example/"
    view = Case("two", "E <e@mail.test>", "Hi", words).view(LISTS)
    assert [hit.weight for hit in link_imitates_our_domain.run(view)] == [5.0, 0.0]
