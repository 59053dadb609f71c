"""Which domains of links are remembered, and which of them are new."""

from __future__ import annotations

import pytest

from mailcore.acquaintance import DAY, History
from mailcore.link_history import MOST_DOMAINS, domain_keys, link_domains, new_domains, own_domains
from mailcore.links import make_link
from mailcore.message import LinkOrigin, Message
from mailcore.settings import Correspondents

NOW = 1_800_000_000.0
SETTINGS = Correspondents()
DOMAINS = ("a.example", "b.example", "c.example")


def message(*hrefs: str) -> Message:
    links = (make_link(href, origin=LinkOrigin.TEXT) for href in hrefs)
    return Message(id="m", links=tuple(filter(None, links)))


def history(*first_seen: float | None, days: float = 100.0, messages: int = 1_000) -> History:
    return History(first_seen=first_seen, since=NOW - days * DAY, messages=messages)


def test_each_domain_once_and_few_of_them() -> None:
    found = link_domains(
        message("https://www.a.example/", "https://a.example/x", "http://192.0.2.1/", "http://intranet/")
    )
    assert found == ("a.example",)
    many = message(*(f"https://h{number}.example/" for number in range(100)))
    assert len(link_domains(many)) == MOST_DOMAINS
    assert link_domains(message()) == ()


NEW = {
    "seen last week, today, never": (history(NOW - 7 * DAY, NOW - 3_600, None), ("b.example", "c.example")),
    "all are known": (history(*[NOW - 2 * DAY] * 3), ()),
    "the history is young": (history(None, None, None, days=3.0), ()),
    "the history is small": (history(None, None, None, messages=20), ()),
    "the store is away": (History(), ()),
}


@pytest.mark.parametrize(("known", "expected"), NEW.values(), ids=list(NEW))
def test_which_are_new(known: History, expected: tuple[str, ...]) -> None:
    assert new_domains(DOMAINS, known, NOW, SETTINGS) == expected


def test_the_store_learns_no_names() -> None:
    keys = domain_keys(DOMAINS)
    assert len(set(keys)) == len(DOMAINS)
    assert {len(key) for key in keys} == {8}


def test_domains_of_senders() -> None:
    assert own_domains(("anna@news.example.co.uk", "bob@localhost", "broken")) == {"example.co.uk"}
