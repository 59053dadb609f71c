"""What DNS lists say, in the table of `mailchord scan`."""

from __future__ import annotations

import io

from rich.console import Console

from mailchord.authentication_table import MOST_LISTINGS, authentication_table
from mailcore.authentication import AuthFacts
from mailcore.dns_lists import ListKind, Subject
from mailcore.list_answers import ListHit


def shown(*hits: ListHit) -> str:
    console = Console(file=io.StringIO(), width=160)
    console.print(authentication_table(AuthFacts(lists=hits)))
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def hit(number: int) -> ListHit:
    return ListHit(
        list=f"list{number}", kind=ListKind.IP, subject=Subject.CLIENT, value="192.0.2.7", means=("spam",), reason="why"
    )


def test_a_listing_has_its_line() -> None:
    line = next(line for line in shown(hit(1)).splitlines() if "list1" in line)
    assert line.split() == ["in", "list1", "192.0.2.7,", "client,", "spam,", "why"]


def test_many_listings_are_counted() -> None:
    text = shown(*map(hit, range(MOST_LISTINGS + 3)))
    assert "and 3 more listings" in text
    assert f"list{MOST_LISTINGS}" not in text


def test_without_listings_nothing_is_said() -> None:
    assert "list" not in shown()
