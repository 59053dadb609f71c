"""Names of our people with addresses of others, and (more) names that only sound so."""

from __future__ import annotations

import pytest

from tests.workers.content.bec.cases import FIRST_CONTACT, KNOWN, Case, weights
from workers.content.detectors.sender_has_name_of_our_person import sender_has_name_of_our_person

BAD = (
    Case("free mail", "Helena Brandt <x@gmail.com>", "Hello", "See you tomorrow."),
    Case("other domain", "Helena Brandt <x@mail.test>", "Hello", "See you tomorrow."),
    Case("turned round", "BRANDT, Helena <x@mail.test>", "Hello", "See you."),
    Case("no diacritics", "Jose Garcia Nunez <x@mail.test>", "Hello", "See you."),
    Case("homoglyphs", "Hеlеnа Brаndt <x@mail.test>", "Hello", "See you."),  # noqa: RUF001
    Case("office behind", "Helena Brandt, CEO <x@mail.test>", "Hello", "See you."),
    Case("company behind", "Helena Brandt | Brightwater <x@mail.test>", "Hello", "See you."),
    Case("middle initial", "Helena M. Brandt <x@mail.test>", "Hello", "See you."),
    Case("umlaut written out", "Anna-Lena Mueller <x@mail.test>", "Hello", "See you."),
    Case("own address as name", "helena.brandt@brightwater.example <x@mail.test>", "Hello", "See you."),
    Case("robot that is answered at free mail", "Helena Brandt <noreply@mail.test>", "Hi", "Are you there?",
         reply_to="h@gmail.com"),
    Case("forged List-Id", "Helena Brandt <x@mail.test>", "Hi", "Transfer the funds.", headers=(("List-Id",
         "<a.test>"),)),
)  # fmt: skip
GOOD = (
    Case("own address", "Helena Brandt <helena.brandt@brightwater.example>", "Hello", "Pay the invoice today."),
    Case("own private address", "Helena Brandt <H.Brandt71@gmail.com>", "Hello", "Pay the invoice today."),
    Case("another address at our domain", "Helena Brandt <ceo@brightwater.example>", "Hello", "See you."),
    Case("below our domain", "Helena Brandt <helena@eu.brightwater.example>", "Hello", "See you."),
    Case("namesake among partners", "Helena Brandt <h@northwind-traders.example>", "Hello", "See you."),
    Case("further surname", "Helena Brandt Olsen <x@mail.test>", "Hello", "See you."),
    Case("first name alone", "Helena <x@mail.test>", "Hello", "See you."),
    Case("surname alone", "Brandt <x@mail.test>", "Hello", "See you."),
    Case("other first name", "Heike Brandt <x@mail.test>", "Hello", "See you."),
    Case("list that rewrites From", "Helena Brandt via Board <board@lists.test>", "Hello", "See you."),
    Case("shared file", "Helena Brandt (via Drive) <drive-shares-noreply@google.com>", "Shared", "A document."),
    Case("networking site", "Helena Brandt <messages-noreply@linkedin.com>", "Message", "You have a message."),
    Case("no name", "x@mail.test", "Hello", "See you."),
    Case("no From at all", "", "Hello", "See you."),
    Case("name in the subject", "Eve <eve@mail.test>", "Helena Brandt", "Helena Brandt is in the news."),
)  # fmt: skip


@pytest.mark.parametrize("case", BAD, ids=lambda case: case.name)
def test_is_found(case: Case) -> None:
    [weight] = weights(sender_has_name_of_our_person, case)
    assert weight >= 1.5


@pytest.mark.parametrize("case", GOOD, ids=lambda case: case.name)
def test_is_left_alone(case: Case) -> None:
    assert weights(sender_has_name_of_our_person, case) == []


WEIGHTS = {
    "money from free mail is held": (
        Case("m", "Helena Brandt <x@gmail.com>", "Hi", "Please make a payment today."),
        10.0,
    ),
    "money from elsewhere is held": (
        Case("m", "Helena Brandt <x@mail.test>", "Hi", "Please make a payment today."),
        9.0,
    ),
    "a question is marked": (Case("m", "Helena Brandt <x@gmail.com>", "Hi", "Are you available?"), 7.0),
    "greetings are not marked": (Case("m", "Helena Brandt <x@gmail.com>", "Hi", "See you tomorrow."), 4.5),
    "initials weigh less": (Case("m", "H. Brandt <x@mail.test>", "Hi", "See you tomorrow."), 1.5),
    "a namesake who is proven and known": (
        Case("m", "Helena Brandt <x@mail.test>", "Hi", "Please make a payment.", auth="pass", acquaintance=KNOWN),
        0.5,
    ),
    "an impostor at free mail who was answered once": (
        Case("m", "Helena Brandt <x@gmail.com>", "Hi", "Please make a payment.", auth="pass", acquaintance=KNOWN),
        8.0,
    ),
    "a stranger": (Case("m", "Helena Brandt <x@mail.test>", "Hi", "See you.", acquaintance=FIRST_CONTACT), 4.5),
}


@pytest.mark.parametrize(("case", "weight"), WEIGHTS.values(), ids=WEIGHTS.keys())
def test_weight(case: Case, weight: float) -> None:
    assert weights(sender_has_name_of_our_person, case) == [weight]
