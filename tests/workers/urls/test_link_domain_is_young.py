"""What is said of domains of links that were registered a few days ago; and whom nobody asks about."""

from __future__ import annotations

import pytest

from mailcore.domain_age_settings import DomainAge
from mailcore.message import Direction, Envelope
from mailcore.organisation import Acquaintance
from mailcore.view import MailView
from tests.workers.urls.ages import Ages, mail, said
from tests.workers.urls.lists import through_a_list


@pytest.mark.parametrize(
    ("days", "weight"), [(0.0, 3.0), (0.5, 3.0), (6.9, 3.0), (7.0, 1.5), (29.9, 1.5), (-1.0, 3.0)], ids=str
)
def test_the_younger_the_worse(days: float, weight: float) -> None:
    (finding,) = said(mail("https://www.new.example/x"), Ages(new=days))
    assert (finding.id, finding.weight) == ("link_domain_is_young", weight)


@pytest.mark.parametrize("days", [30.0, 31.0, 9_000.0])
def test_older_ones_are_not_told(days: float) -> None:
    assert said(mail("https://www.new.example/x"), Ages(new=days, example=days)) == []


def test_one_weighs_however_many_there_are() -> None:
    found = said(mail("https://a.example/", "https://b.example/"), Ages(a=20.0, b=2.0))
    assert [finding.weight for finding in found] == [3.0, 0.0]


NOT_ASKED = {
    "seen here before": mail("https://new.example/", new_link_domains=()),
    "a sender whom we know": mail("https://old.example/", new_link_domains=(), acquaintance=Acquaintance.KNOWN),
    "history too short to say": mail("https://x.example/", new_link_domains=(), acquaintance=Acquaintance.UNKNOWN),
    "what we send": mail("https://new.example/", envelope=Envelope(direction=Direction.OUTBOUND)),
    "a counter of clicks": mail("https://a.tracker.example/"),
    "a site builder": mail("https://builder.example/"),
    "a brand": mail("https://www.big.example/"),
    "our own": mail("https://www.our.example/"),
    "a partner": mail("https://partner.example/"),
    "below a hosting service": mail("https://mine.github.io/"),
    "an address": mail("https://192.0.2.1/"),
    "inside": mail("https://printer/"),
}


@pytest.mark.parametrize("view", NOT_ASKED.values(), ids=list(NOT_ASKED))
def test_who_is_not_asked_about(view: MailView) -> None:
    ages = Ages()
    assert said(view, ages) == []
    assert [domain for domain in ages.asked if domain != "example.org"] == []


def test_without_history_all_that_are_on_no_list_where_that_is_wanted() -> None:
    view = mail("https://x.example/", new_link_domains=(), acquaintance=Acquaintance.UNKNOWN)
    ages = Ages(x=1.0)
    assert len(said(view, ages, DomainAge(unseen_only=False))) == 1
    assert ages.asked == ["example.org", "x.example"]


def test_no_more_than_so_many_are_asked_about() -> None:
    ages = Ages()
    said(mail(*(f"https://d{number}.example/" for number in range(9))), ages)
    assert ages.asked == ["example.org", "d0.example", "d1.example"]
    ages = Ages()
    said(mail("https://a.example/", "https://b.example/"), ages, DomainAge(never=("a.example", "example.org")))
    assert ages.asked == ["b.example"]


def test_lists_of_people_are_spared() -> None:
    view = through_a_list(mail("https://new.example/"))
    assert said(view, Ages(new=1.0)) == []
