"""Links that link_domain_is_new_here must find, and (more) that it must leave alone."""

from __future__ import annotations

import pytest
from msgspec import structs

from mailcore.authentication import AuthFacts
from mailcore.brands import Brand, BrandIndex
from mailcore.message import Header
from mailcore.organisation import Acquaintance
from mailcore.view import MailView
from tests.workers.urls.views import found, view_of

NEW = ("new.example", "tracker.example", "big.example")
BRANDS = BrandIndex([Brand(name="Big", domains=("big.example",))])


def seen(*links: str, acquaintance: Acquaintance = Acquaintance.UNKNOWN, new: tuple[str, ...] = NEW) -> MailView:
    view = view_of(*links)
    return structs.replace(view, new_link_domains=new, acquaintance=acquaintance, brands=BRANDS, auth=AuthFacts())


BAD = {
    "a new domain": seen("https://new.example/x"),
    "a host below": seen("https://www.new.example/"),
    "of somebody who writes for the first time": seen("https://new.example/", acquaintance=Acquaintance.FIRST_CONTACT),
    "among others": seen("https://old.example/", "https://new.example/"),
}


@pytest.mark.parametrize("view", BAD.values(), ids=list(BAD))
def test_is_found(view: MailView) -> None:
    assert len(found(view, "link_domain_is_new_here")) == 1


def test_of_a_mailing_list() -> None:
    view = seen("https://new.example/")
    headers = (*view.message.headers, Header("List-Post", "<mailto:talk@lists.example.org>"))
    headers += (Header("List-Id", "<talk.lists.example.org>"), Header("Precedence", "list"))
    discussion = structs.replace(view, message=structs.replace(view.message, headers=headers))
    assert found(discussion, "link_domain_is_new_here") == []


GOOD = {
    "a domain that is known": seen("https://old.example/x"),
    "nothing is new": seen("https://new.example/", new=()),
    "of somebody whom we know": seen("https://new.example/", acquaintance=Acquaintance.KNOWN),
    "a counter of clicks": seen("https://tracker.example/x"),
    "a brand": seen("https://www.big.example/"),
    "an address inside": seen("http://10.0.0.1/", "http://printer.lan/"),
    "no link": seen(),
}


@pytest.mark.parametrize("view", GOOD.values(), ids=list(GOOD))
def test_is_left_alone(view: MailView) -> None:
    assert found(view, "link_domain_is_new_here") == []
