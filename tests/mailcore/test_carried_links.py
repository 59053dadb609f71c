"""Which addresses of a message are remembered, bounded, and what a list could have of them."""

from __future__ import annotations

import pytest

from mailcore.carried_links import LONGEST_ADDRESS, MOST_ADDRESSES, MOST_CHARACTERS, MOST_KEYS, carried_addresses
from mailcore.carried_links import carried_keys as keys
from mailcore.message import LinkUse
from mailcore.parse import parse


def carried(body: str, *, html: bool = False) -> tuple[str, ...]:
    kind = "html" if html else "plain"
    raw = f"From: <a@b.example>\r\nContent-Type: text/{kind}; charset=utf-8\r\n\r\n{body}\r\n"
    return carried_addresses(parse(raw.encode(), message_id="m-1").message)


CARRIED = {
    "text": ("see https://a.example/x now", ["https://a.example/x"]),
    "twice": ("https://a.example/x https://a.example/x", ["https://a.example/x"]),
    "first of each domain first": (
        "https://a.example/1 https://www.a.example/2 https://b.example/1",
        ["https://a.example/1", "https://b.example/1", "https://www.a.example/2"],
    ),
    "address": ("http://192.0.2.1/x", ["http://192.0.2.1/x"]),
    "inside": ("http://printer.local/x http://localhost/ http://10.0.0.7/ http://127.0.0.1:80/x", []),
    "no link": ("mailto:bob@b.example javascript:alert(1)", []),
    "none": ("", []),
}


@pytest.mark.parametrize(("body", "expected"), CARRIED.values(), ids=list(CARRIED))
def test_addresses(body: str, expected: list[str]) -> None:
    assert list(carried(body)) == expected


def test_hops_and_what_may_be_behind_are_remembered() -> None:
    found = carried(
        "https://www.google.com/url?q=https://evil.example/x and https://go.example/?to=https://bad.example/y"
    )
    assert {"https://evil.example/x", "https://go.example/?to=https://bad.example/y", "https://bad.example/y"} <= {
        *found
    }
    assert any(href.startswith("https://www.google.com/url") for href in found)


def test_pictures_and_defanged_addresses_are_not() -> None:
    body = '<img src="https://a.example/x.png">hxxps://b[.]example/x <a href="https://c.example/">x</a>'
    assert carried(body, html=True) == ("https://c.example/",)
    message = parse(f"Content-Type: text/html\r\n\r\n{body}".encode(), message_id="m").message
    assert {link.use for link in message.other_links} == {LinkUse.LOADED, LinkUse.DEFANGED}


def test_many_links_hide_no_domain() -> None:
    body = " ".join([f"https://a.example/{number}" for number in range(900)] + ["https://evil.example/x"])
    found = carried(body)
    assert found[:2] == ("https://a.example/0", "https://evil.example/x")
    assert len(found) == MOST_ADDRESSES


def test_it_is_bounded() -> None:
    many = carried("\n".join(f"https://h{number}.example/{'a/' * 900}" for number in range(900)))
    assert sum(map(len, many)) <= MOST_CHARACTERS
    assert carried(f"https://a.example/{'x' * LONGEST_ADDRESS}") == ()
    assert len(keys(f"https://h{number}.b{number}.example/a/b/c?d" for number in range(MOST_ADDRESSES))) == MOST_KEYS


def test_keys_are_what_lists_have() -> None:
    found = keys(["https://www.shop.example/a/b?c=1", "https://www.shop.example/a/"])
    assert len(set(found)) == len(found)
    assert {
        "page www.shop.example/a/b?c=1",
        "page shop.example/a/b",
        "host www.shop.example",
        "domain shop.example",
    } <= {*found}
    assert found[0] == "page www.shop.example/a/b?c=1"


@pytest.mark.parametrize("href", ["", "nonsense", "https://", "javascript:x", "https://[::1", "\udcff"])
def test_what_is_no_address_has_none(href: str) -> None:
    assert keys([href]) == ()
