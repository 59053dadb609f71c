"""Links to lookalikes of our domains, and (more) to ours and to others."""

from __future__ import annotations

import pytest

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
