"""All links of the hard cases are found, and none where there is none."""

from __future__ import annotations

import can_ada
import pytest

from mailcore.message import Link, LinkOrigin, LinkUse, Message
from mailcore.parse import parse
from tests.links import clean_texts, hard_pages, hard_texts


def read(body: str, kind: str) -> Message:
    head = f"Subject: x\nContent-Type: text/{kind}; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n"
    return parse((head + body).encode(), message_id="m").message


def all_links(message: Message) -> tuple[Link, ...]:
    return (*message.links, *message.other_links)


@pytest.mark.parametrize(("text", "written"), hard_texts.TEXTS.values(), ids=hard_texts.TEXTS)
def test_links_in_text(text: str, written: tuple[str, ...]) -> None:
    links = [link for link in all_links(read(text, "plain")) if link.use is not LinkUse.PASSED]

    assert sorted(link.written for link in links) == sorted(written)


@pytest.mark.parametrize("html", hard_pages.PAGES.values(), ids=hard_pages.PAGES)
def test_links_in_pages(html: str) -> None:
    links = all_links(read(html, "html"))

    assert {link.host for link in links} == {"t.example"}
    assert "/x" in {can_ada.parse(link.href if ":" in link.href else f"https:{link.href}").pathname for link in links}


@pytest.mark.parametrize("text", clean_texts.TEXTS)
def test_no_link_is_made_up(text: str) -> None:
    assert all_links(read(text, "plain")) == ()


def test_the_set_is_as_large_as_it_is_said_to_be() -> None:
    assert len(hard_texts.TEXTS) + len(hard_pages.PAGES) >= 300
    assert len(clean_texts.TEXTS) >= 200


AMP = """\
Subject: x
List-Unsubscribe: <mailto:u@example.com>, <https://list.example/u?to=https://inner.example/>
MIME-Version: 1.0
Content-Type: multipart/alternative; boundary=b

--b
Content-Type: text/x-amp-html

<html amp4email><a href="https://amp.example/x">x</a><form action-xhr="https://form.example/"></form></html>
--b
Content-Type: text/html

<a href="https://page.example/">x</a>
--b--
"""


def test_amp_parts_and_fields_of_lists_have_links_too() -> None:
    message = parse(AMP.encode(), message_id="m").message

    assert [(link.host, link.part) for link in message.links] == [("amp.example", "1"), ("page.example", "2")]
    assert {(link.host, link.use, link.origin) for link in message.other_links} == {
        ("form.example", LinkUse.LOADED, LinkOrigin.HTML),
        ("list.example", LinkUse.CLICKED, LinkOrigin.HEADER),
        ("inner.example", LinkUse.PASSED, LinkOrigin.HEADER),
    }
    assert message.attachments == ("1",)
