"""Forms of From that only tricks still use."""

from __future__ import annotations

import pytest

from tests.workers.auth.verifying import findings_of, mail

FOUND = [
    "Friends: alice@example.com;",
    "<@a.example,@b.example:alice@example.com>",
    "<alice@example.com(bank.example)>",
]
TRICKS = [
    "=?utf-8?q?ceo=40bank=2Eexample?=@example.com",
    "<=?utf-8?b?Y2VvQGJhbmsuZXhhbXBsZQA=?=@example.com>",
    "alice@example.com (<ceo@bank.example>)",
    "(Bank <ceo@bank.example>) alice@example.com",
    "Bank (<ceo@bank.example>): alice@example.com;",
]
SPARED = [
    "alice@example.com (Alice, alice@example.net)",
    "=?utf-8?q?Alice_=3Calice=40example=2Enet=3E?= <alice@example.com>",
    "Alice <alice@example.com>",
    "alice@example.com (Alice)",
    '"A: B" <alice@example.com>',
    "A (B) <alice@example.com>",
    "=?utf-8?q?A=3A_B?= <alice@example.com>",
]


@pytest.mark.parametrize("sender", FOUND)
def test_it_is_found(sender: str) -> None:
    assert findings_of(mail(sender))["from_syntax_is_odd"] == 1.5


@pytest.mark.parametrize("sender", TRICKS)
def test_a_hidden_address_weighs_more(sender: str) -> None:
    assert findings_of(mail(sender))["from_syntax_is_odd"] == 3.0


@pytest.mark.parametrize("sender", SPARED)
def test_usual_forms_are_spared(sender: str) -> None:
    assert "from_syntax_is_odd" not in findings_of(mail(sender))
