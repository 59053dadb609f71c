"""Addresses in header fields, among them those that are written to deceive."""

from __future__ import annotations

import pytest

from mailcore.addresses import read_addresses, written_addresses


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        pytest.param("", [], id="empty"),
        pytest.param("undisclosed-recipients:;", [], id="a group without members"),
        pytest.param("Nobody", [], id="only a name"),
        pytest.param("bob@example.com", [("", "bob@example.com")], id="only an address"),
        pytest.param("Bob <Bob@Example.COM>", [("Bob", "bob@example.com")], id="name and address"),
        pytest.param('"Bob, Ltd" <bob@example.com>', [("Bob, Ltd", "bob@example.com")], id="quoted comma"),
        pytest.param("Doe, John <doe@example.com>", [("Doe, John", "doe@example.com")], id="decoded comma"),
        pytest.param("<>", [("", "")], id="null"),
        pytest.param(
            "bob@example.com <eve@example.net>", [("bob@example.com", "eve@example.net")], id="address as name"
        ),
        pytest.param("a@example.com, b@example.net", [("", "a@example.com"), ("", "b@example.net")], id="two bare"),
        pytest.param(
            "A <a@example.com>, B <b@example.net>", [("A", "a@example.com"), ("B", "b@example.net")], id="two"
        ),
        pytest.param(
            'A <a@example.com>, "C, D" <b@example.net>',
            [("A", "a@example.com"), ("C, D", "b@example.net")],
            id="quoted second",
        ),
        pytest.param(
            "A <a@example.com>, b@example.net, C <c@example.org>",
            [("A", "a@example.com"), ("", "b@example.net"), ("C", "c@example.org")],
            id="bare between",
        ),
        pytest.param(
            "a@example.com, Bank <ceo@example.net>",
            [("", "a@example.com"), ("Bank", "ceo@example.net")],
            id="bare before the first bracket",
        ),
        pytest.param(
            'a@example.com (x), b@example.org , "Bank, Ltd" <ceo@example.net>',
            [("", "a@example.com"), ("", "b@example.org"), ("Bank, Ltd", "ceo@example.net")],
            id="two bare, then a quoted comma",
        ),
        pytest.param(
            "All: a@example.com, Bank <ceo@example.net>;",
            [("", "a@example.com"), ("Bank", "ceo@example.net")],
            id="bare in a group",
        ),
        pytest.param(
            '"a@example.com" <c@example.net>', [("a@example.com", "c@example.net")], id="quoted address as name"
        ),
        pytest.param(
            '"a@example.com, Bank" <c@example.net>',
            [("a@example.com, Bank", "c@example.net")],
            id="quoted address and comma as name",
        ),
        pytest.param(
            "Sales (a@example.com), Ltd <c@example.net>",
            [("Sales (a@example.com), Ltd", "c@example.net")],
            id="address inside of a name with a comma",
        ),
        pytest.param(
            'A <a@example.com>, b@example.net, "C, D" <c@example.org>',
            [("A", "a@example.com"), ("", "b@example.net"), ("C, D", "c@example.org")],
            id="bare between, then a quoted comma",
        ),
        pytest.param(
            "A <a@example.com> b@example.net", [("A", "a@example.com"), ("", "b@example.net")], id="bare at the end"
        ),
    ],
)
def test_addresses_of_a_field(value: str, expected: list[tuple[str, str]]) -> None:
    assert [(address.name, address.address) for address in read_addresses(value)] == expected


def test_host_and_registered_domain() -> None:
    (address,) = read_addresses("Shop <news@mail.shop.example.co.uk.>")
    assert (address.host, address.domain) == ("mail.shop.example.co.uk", "example.co.uk")


@pytest.mark.parametrize(
    "value",
    [
        "<" * 100_000,
        "a@" * 100_000,
        '"' * 100_000,
        "<a@b>" * 50_000,
        '"' + '\\"' * 50_000 + "<a@b>",
        "a@b," * 50_000 + "<a@b>",
    ],
    ids=["angles", "ats", "quotes", "many", "escapes", "commas"],
)
def test_hostile_values_are_bounded(value: str) -> None:
    assert len(read_addresses(value)) <= 200


def test_addresses_written_in_a_name() -> None:
    assert [address.domain for address in written_addresses("Support (help@bank.example.com)")] == ["example.com"]
    assert written_addresses("no @ address here @example") == ()
