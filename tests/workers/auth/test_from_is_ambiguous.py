"""From fields that leave open who wrote."""

from __future__ import annotations

import time

import pytest
from msgspec.structs import replace

from mailcore.authentication import AuthorProblem, AuthResult
from tests.workers.auth.signing import signed
from tests.workers.auth.verifying import ENVELOPE, RECORDS, facts_of, findings_of, keys, mail
from workers.auth.hidden_author import has_hidden_from

FOUND = {
    "two domains": ("<alice@example.com>, <x@example.net>", 5.0),
    "NUL": ("<alice@example.com\x00x@example.net>", 5.0),
    "two at": ("<alice@example.net@example.com>", 5.0),
    "address behind the brackets": ("Bank <alice@example.com>: x@example.net;", 5.0),
    "full-width @": ("<ceo\uff20bank.example@example.com>", 5.0),
    "blank line inside": ('"Alice\r\n \r\n " <alice@example.com>', 2.0),
    "no end of a quotation": ('"Alice <alice@example.com>', 2.0),
    "no field": (None, 2.0),
    "no address": ("Alice", 2.0),
    "a domain that is none": ("Alice <alice@localhost>", 2.0),
}


@pytest.mark.parametrize(("sender", "weight"), FOUND.values(), ids=FOUND)
def test_it_is_found(sender: str | None, weight: float) -> None:
    assert findings_of(mail(sender))["from_is_ambiguous"] == weight


def test_two_fields_are_found() -> None:
    assert findings_of(b"From: <alice@example.com>\r\n" + mail())["from_is_ambiguous"] == 2.0
    assert findings_of(b"From: <x@example.net>\r\n" + mail())["from_is_ambiguous"] == 5.0


# Before the honest From, or in place of it: programs disagree on whether there is such a field.
HIDDEN = {
    "space before the first line": b" From: <ceo@bank.example>\r\n",
    "behind another such line": b" X: y\r\n\tfrom : <ceo@bank.example>\r\n",
    "CR alone": b"X: y\rFrom: <ceo@bank.example>\r\n",
    "CR alone behind an address": b"From: <alice@example.com>\rFrom: <ceo@bank.example>\r\n",
    "NUL in the name": b"X: y\r\nFrom\x00: <ceo@bank.example>\r\n",
    "control character before the name": b"X: y\r\n\x01From: <ceo@bank.example>\r\n",
    "no-break space": "X: y\r\nFrom\u00a0: <ceo@bank.example>\r\n".encode(),
    "byte order mark": "\ufeffFrom: <ceo@bank.example>\r\n".encode(),
    "name and colon on two lines": b"From\r\n : <ceo@bank.example>\r\n",
}


@pytest.mark.parametrize("line", HIDDEN.values(), ids=HIDDEN)
def test_a_field_that_only_some_programs_see_is_found(line: bytes) -> None:
    facts = facts_of(line + signed(mail()), records=RECORDS + keys())
    assert AuthorProblem.HIDDEN_FIELD in facts.author_problems
    assert facts.dmarc is not AuthResult.PASS
    assert findings_of(line + signed(mail()), records=RECORDS + keys())["from_is_ambiguous"] == 5.0


NOT_HIDDEN = {
    "names of a signature": b"DKIM-Signature: v=1; h=date:\r\n\tfrom:to:subject; b=YQ==\r\n",
    "names of a signature, folded with CR": b"DKIM-Signature: v=1; h=date:\r\tfrom:to; b=YQ==\r\n",
    "folded subject": b"X-Subject: the letter\r\n From: the hills\r\n",
    "mbox": b"From alice@example.com Mon Jan  5 10:00:00 2026\r\n",
    "other fields of that kind": b"Resent-From: <x@example.net>\r\nX-From: <x@example.net>\r\n",
    "8-bit text": "X: Frühling, from: here\r\n".encode("latin-1"),
}


@pytest.mark.parametrize("line", NOT_HIDDEN.values(), ids=NOT_HIDDEN)
def test_honest_headers_hide_nothing(line: bytes) -> None:
    raw = line + mail(body="\r\n\r\nFrom: somebody whom I quote\r\n From: x\r\n")
    assert "from_is_ambiguous" not in findings_of(raw)


def test_a_file_with_another_kind_of_line_ends_hides_nothing() -> None:
    assert not has_hidden_from(mail().replace(b"\r\n", b"\r"))
    assert not has_hidden_from(b"X: y\r" + mail().replace(b"\r\n", b"\r"))


@pytest.mark.parametrize("piece", [b" ", b"\r", b"\x01", b"from", b" from", b"\rfrom ", b"f\x00", b" \n", b"from\n "])
def test_looking_for_hidden_fields_is_linear(piece: bytes) -> None:
    def seconds(count: int) -> float:
        raw = piece * (count // len(piece))
        begun = time.process_time()
        for _ in range(3):
            has_hidden_from(raw)
        return time.process_time() - begun

    small, large = seconds(20_000), seconds(400_000)
    assert large < 60 * small + 0.05


SPARED = {
    "plain": "alice@example.com",
    "name with a comma": "Example, Alice <alice@example.com>",
    "name that is an address": '"alice@example.com" <alice@example.com>',
    "encoded name": "=?utf-8?q?Zo=C3=AB?= <alice@example.com>",
    "two of one domain": "<alice@example.com>, <bob@example.com>",
    "old way of a name": "alice@example.com (Alice)",
}


@pytest.mark.parametrize("sender", SPARED.values(), ids=SPARED)
def test_honest_fields_are_spared(sender: str) -> None:
    assert "from_is_ambiguous" not in findings_of(mail(sender))


def test_delivery_reports_without_an_address_are_spared() -> None:
    bounce = replace(ENVELOPE, sender="")
    assert "from_is_ambiguous" not in findings_of(mail("Mail Delivery System"), bounce)
