"""From fields that leave open who wrote."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from tests.workers.auth.verifying import ENVELOPE, findings_of, mail

FOUND = {
    "two domains": ("<alice@example.com>, <x@example.net>", 5.0),
    "NUL": ("<alice@example.com\x00x@example.net>", 5.0),
    "two at": ("<alice@example.net@example.com>", 5.0),
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
