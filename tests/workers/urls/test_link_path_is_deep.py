"""Links that link_path_is_deep must find, and (more) that it must leave alone."""

from __future__ import annotations

import pytest
from msgspec import structs

from mailcore.brands import Brand, BrandIndex
from mailcore.message import Header
from mailcore.view import Lists, MailView
from tests.workers.urls.lists import through_a_list
from tests.workers.urls.views import found, view_of

LISTS = Lists(click_trackers=frozenset({"tracker.example"}), own={"storage_buckets": frozenset({"bucket.example"})})
TEN = "/".join("abcdefghij")


def mail(*links: str) -> MailView:
    brands = BrandIndex([Brand(name="Big", domains=("big.example",))])
    return structs.replace(view_of(*links), lists=LISTS, brands=brands)


BAD = {
    "kit": "https://florist.example/usage/help/.security/accounts/id_15534/cgi-bin/webscr/login-run/update/confirm/x.html",
    "mailer": "http://x.example/EAGukbc2n6/6Z/I55g7sM66/rred_Bck/32ZkbYn1b/v5/YICuCuz/rexvY/AEwSw/77__r",
    "ten folders": f"https://x.example/{TEN}/",
    "backslashes": f"https:\\\\x.example/{TEN}".replace("/", "\\"),
    "ten folders and a query": f"https://x.example/{TEN}?a=b",
}

GOOD = {
    "nine": "https://x.example/a/b/c/d/e/f/g/h/i",
    "slashes in a row": "https://x.example/a////b////////////c",
    "slashes in the query": f"https://x.example/?to={TEN}",
    "slashes behind the hash": f"https://x.example/#{TEN}",
    "long": "https://email.x.example/c/" + "eJxNTkuKxCAUPE3c" * 30,
    "code": f"https://github.com/{TEN}",
    "code below": f"https://git.kernel.org/{TEN}",
    "bucket": f"https://a.bucket.example/{TEN}",
    "counter of clicks": f"https://tracker.example/{TEN}",
    "brand": f"https://www.big.example/{TEN}",
    "sender's own": f"https://www.example.org/{TEN}",
    "archive of pages": f"https://archive.example/web/20200101/https://old.example/{TEN}",
    "no path": "https://x.example",
    "no slashes": "mailto:a@example.org",
}


@pytest.mark.parametrize("link", BAD.values(), ids=list(BAD))
def test_is_found(link: str) -> None:
    assert len(found(mail(link), "link_path_is_deep")) == 1


@pytest.mark.parametrize("link", GOOD.values(), ids=list(GOOD))
def test_is_left_alone(link: str) -> None:
    assert found(mail(link), "link_path_is_deep") == []


def test_people_who_answer_and_lists_are_left_alone() -> None:
    view = mail(BAD["ten folders"])
    assert found(through_a_list(view), "link_path_is_deep") == []
    answer = (*view.message.headers, Header("In-Reply-To", "<1@example.com>"), Header("Subject", "Re: the files"))
    view = structs.replace(view, message=structs.replace(view.message, headers=answer))
    assert found(view, "link_path_is_deep") == []
