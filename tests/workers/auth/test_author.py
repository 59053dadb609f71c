"""From as it is written: who is meant, and where nobody can tell."""

from __future__ import annotations

import time

import pytest

from mailcore.authentication import AuthorProblem
from mailcore.parse import parse
from workers.auth.author import Author, read_author

Q = AuthorProblem


def author_of(*fields: bytes) -> Author:
    raw = b"".join(b"From: " + field + b"\r\n" for field in fields) + b"Subject: x\r\n\r\nbody\r\n"
    return read_author(parse(raw, message_id="test").message)


CLEAR = {
    "angle brackets": b"Alice <a@example.com>",
    "bare": b"a@example.com",
    "quoted name": b'"Example, Alice" <a@example.com>',
    "name with a comma, not quoted": b"Example, Alice <a@example.com>",
    "name with another address, quoted": b'"a@bank.example" <a@example.com>',
    "name with another address": b"a@bank.example <a@example.com>",
    "encoded name with another address": b"=?utf-8?q?=3Ca=40bank.example=3E?= <a@example.com>",
    "old way of a name": b"a@example.com (Alice)",
    "comment before": b"(Alice) a@example.com",
    "address in a comment": b"(a@bank.example) <a@example.com>",
    "quoted local part": b'"a@bank.example"@example.com',
    "folded": b"Alice\r\n <a@example.com>",
    "capitals and a dot at the end": b"<A@Example.COM.>",
    "comma at the end": b"<a@example.com>,",
    "doubled brackets": b"<<a@example.com>>",
    "space behind a dot": b"<a@example. com>",
    # Broken programs end the field with blanks; nothing stands behind them.
    "blank line at the end": b"<a@example.com>\r\n \r\n ",
    "encoded name before a bare address": b"=?utf-8?q?Zoe?= a@example.com",
    "question marks": b"<a=?b?=@example.com>",
    "name and address in a comment": b"a@example.com (Alice, a@bank.example)",
    "name behind the brackets": b"<a@example.com> Alice (at work)",
    "full-width @ in the name": "a\uff20bank.example <a@example.com>".encode(),
}


@pytest.mark.parametrize("field", CLEAR.values(), ids=CLEAR)
def test_a_single_author(field: bytes) -> None:
    assert author_of(field) == Author(domains=("example.com",))


ODD = {
    "group": (b"Friends: a@example.com;", [Q.GROUP]),
    "route": (b"<@relay.example,@b.example:a@example.com>", [Q.ROUTE]),
    "comment in the address": (b"<a@example.com(bank.example)>", [Q.COMMENT]),
    "comment before the @": (b"a(b)@example.com", [Q.COMMENT]),
    "encoded local part": (b"=?utf-8?q?ceo=40bank=2Eexample?=@example.com", [Q.ENCODED_ADDRESS]),
    "encoded local part in brackets": (b"<=?utf-8?b?Y2VvQGJhbmsuZXhhbXBsZQA=?=@example.com>", [Q.ENCODED_ADDRESS]),
    "address in a comment behind": (b"a@example.com (<ceo@bank.example>)", [Q.ADDRESS_IN_COMMENT]),
    "address in a comment before": (b"(Bank <ceo@bank.example>) <a@example.com>", [Q.ADDRESS_IN_COMMENT]),
    "two addresses of one domain": (b"<a@example.com>, b@example.com", [Q.SEVERAL_ADDRESSES]),
}


@pytest.mark.parametrize(("field", "problems"), ODD.values(), ids=ODD)
def test_an_odd_form_has_still_one_domain(field: bytes, problems: list[AuthorProblem]) -> None:
    author = author_of(field)
    assert author.domains == ("example.com",)
    assert list(author.problems) == problems
    assert not author.is_ambiguous


AMBIGUOUS = {
    "two domains": (b"<a@example.com>, <b@bank.example>", ("example.com", "bank.example"), Q.SEVERAL_DOMAINS),
    "two brackets": (b"<a@example.com> <b@bank.example>", ("example.com", "bank.example"), Q.SEVERAL_DOMAINS),
    "bare address and brackets": (
        b"a@example.com, <b@bank.example>",
        ("example.com", "bank.example"),
        Q.SEVERAL_DOMAINS,
    ),
    "two names with a space": (b"<a@example.com bank.example>", ("example.com", "bank.example"), Q.SEVERAL_DOMAINS),
    "NUL": (b"<a@bank.example\x00b@example.com>", ("bank.example", "example.com"), Q.CONTROL_CHARACTERS),
    "two at": (b"<a@bank.example@example.com>", ("bank.example", "example.com"), Q.SEVERAL_AT),
    "no end of a quotation": (b'"a <a@example.com>', ("example.com",), Q.UNREADABLE),
    "no end of a comment": (b"(a <a@example.com>", ("example.com",), Q.UNREADABLE),
    "no end of the brackets": (b"Alice <a@example.com", ("example.com",), Q.UNREADABLE),
    "encoded address": (b"=?utf-8?q?=3Ca=40bank.example=3E?=", ("bank.example",), Q.NO_ADDRESS),
    "no address": (b"Mail Delivery System", (), Q.NO_ADDRESS),
    "empty": (b"", (), Q.NO_ADDRESS),
    "empty group": (b"undisclosed-recipients:;", (), Q.NO_ADDRESS),
    "address literal": (b"a@[192.0.2.1]", (), Q.WRONG_DOMAIN),
    "label that is none": (b"<a@m+1.bank.example>", ("bank.example",), Q.WRONG_DOMAIN),
    "labels that are none": (b"<a@" + b"m+1." * 99 + b"bank.example>", ("bank.example",), Q.WRONG_DOMAIN),
    "last label but one that is none": (b"<a@b.m+1.example>", (), Q.WRONG_DOMAIN),
    "one label": (b"root@localhost", (), Q.WRONG_DOMAIN),
    "address behind the brackets": (
        b"Bank <a@bank.example>: b@example.com;",
        ("bank.example", "example.com"),
        Q.SEVERAL_DOMAINS,
    ),
    "address behind brackets and a blank": (
        b"<a@bank.example> b@example.com",
        ("bank.example", "example.com"),
        Q.SEVERAL_DOMAINS,
    ),
    "full-width @": ("<ceo\uff20bank.example@example.com>".encode(), ("example.com",), Q.SEVERAL_AT),
    "blank line in the name": (b'"Bank\r\n \r\n " <a@example.com>', ("example.com",), Q.BLANK_FOLD),
    "blank line before the address": (b"Bank\n\t\n <a@example.com>", ("example.com",), Q.BLANK_FOLD),
    "encoded domain": (b"<a@=?utf-8?q?example=2Ecom?=>", (), Q.WRONG_DOMAIN),
    "without end": (b"a@example.com " + b"x" * 10_000 + b" <b@bank.example>", (), Q.UNREADABLE),
}


@pytest.mark.parametrize(("field", "domains", "problem"), AMBIGUOUS.values(), ids=AMBIGUOUS)
def test_nobody_can_tell_the_author(field: bytes, domains: tuple[str, ...], problem: AuthorProblem) -> None:
    author = author_of(field)
    assert author.is_ambiguous
    assert problem in author.problems
    assert set(domains) <= set(author.domains)


def test_no_from_and_several() -> None:
    assert author_of() == Author(problems=(Q.NO_FIELD,))
    assert author_of(b"a@example.com", b"b@example.com") == Author(
        domains=("example.com",), problems=(Q.SEVERAL_FIELDS,)
    )
    assert author_of(b"a@example.com", b"b@bank.example").domains == ("example.com", "bank.example")


def test_domains_are_a_labels() -> None:
    author = author_of("Zoë <a@bücher.example>".encode())
    assert author == Author(domains=("xn--bcher-kva.example",))


PIECES = [b'"\\"', b"(", b"<a@b", b"[a", b"a@b ", b"@", b"<", b"a@b,", b"<a@b>", b"a:", b"\\", b"<a@b>c@d ", b"=?a?q?"]


@pytest.mark.parametrize("field", [*PIECES, b"(<a@", b"\r\n "])
def test_hostile_fields_cost_little(field: bytes) -> None:
    begun = time.process_time()
    author_of(field * (60_000 // len(field)))
    assert time.process_time() - begun < 0.5
