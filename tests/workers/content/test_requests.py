"""What a letter asks for, in seven languages, and what it does not ask for."""

from __future__ import annotations

import time

import pytest

from mailcore.parse import parse
from tests.mail import mail
from workers.content.requests import CHARACTERS, Letter, Wish, read_letter


def letter(text: str, subject: str = "Hello") -> Letter:
    return read_letter(parse(mail(subject, text), message_id="m1").message)


ASKED = {
    "en money": ("Can you process a wire transfer today?", Wish.MONEY),
    "de money": ("Bitte veranlassen Sie eine \u00dcberweisung.", Wish.MONEY),
    "fr money": ("Merci d'effectuer un virement.", Wish.MONEY),
    "es money": ("Necesito que hagas una transferencia.", Wish.MONEY),
    "it money": ("Deve effettuare un bonifico.", Wish.MONEY),
    "pt money": ("Preciso que fa\u00e7a uma transfer\u00eancia.", Wish.MONEY),
    "nl money": ("Kun je een betaling van 15.750 euro uitvoeren?", Wish.MONEY),
    "en account": ("Our bank details have changed.", Wish.BANK_CHANGE),
    "de account": ("Unsere Bankverbindung hat sich ge\u00e4ndert.", Wish.BANK_CHANGE),
    "fr account": ("Veuillez noter notre nouveau RIB.", Wish.BANK_CHANGE),
    "en payroll": ("I want to change my direct deposit.", Wish.PAYROLL),
    "es payroll": ("Quiero cambiar la cuenta de mi n\u00f3mina.", Wish.PAYROLL),
    "en cards": ("Buy five Apple gift cards.", Wish.GIFT_CARDS),
    "nl cards": ("Kun je cadeaubonnen kopen?", Wish.GIFT_CARDS),
    "en records": ("Send me the W-2 of all employees.", Wish.RECORDS),
    "it records": ("Mi serve l'elenco delle fatture insolute.", Wish.RECORDS),
    "en there": ("Are you at your desk?", Wish.AVAILABLE),
    "fr there": ("\u00cates-vous disponible ?", Wish.AVAILABLE),
    "en number": ("Send me your cell number.", Wish.PHONE),
    "broken over lines": ("Can you process\na wire\ntransfer?", Wish.MONEY),
    "typographic quotes": ("What\u2019s your mobile number", Wish.PHONE),
}
NOT_ASKED = {
    "minutes": "The minutes of the meeting are attached.",
    "lunch": "Lunch at noon on Friday?",
    "receipt": "Thank you for your order of two pumps.",
    "words of two sentences": "We process orders daily. Wires are red and blue.",
    "words of two paragraphs": "We process\n\nwire is cheap",
    "German": "Das Protokoll liegt bei.",
    "French": "Le compte rendu est joint.",
    "nothing": "",
}


@pytest.mark.parametrize(("text", "wish"), ASKED.values(), ids=ASKED.keys())
def test_asked(text: str, wish: Wish) -> None:
    assert wish in letter(text).wishes


@pytest.mark.parametrize("text", NOT_ASKED.values(), ids=NOT_ASKED.keys())
def test_not_asked(text: str) -> None:
    found = letter(text)
    assert (found.costly, found.leading) == (None, None)


def test_quoted_words_are_not_the_writers() -> None:
    found = letter("Thank you!\n\nOn Monday Bob wrote:\n> Please process a wire transfer.\n")
    assert found.costly is None
    assert "wire transfer" in found.quoted


@pytest.mark.parametrize(
    "text", ["make " * 5_000, "new bank " * 5_000, "konto gehalt " * 5_000, "send your " * 5_000, "?" * 50_000]
)
def test_time_is_bounded(text: str) -> None:
    began = time.process_time()
    found = letter(text, subject="x")
    assert len(found.text) <= CHARACTERS
    assert time.process_time() - began < 1.0
