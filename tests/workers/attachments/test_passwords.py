"""Words of a mail that may be passwords: which are tried, in which order, and how many."""

from __future__ import annotations

import pytest

from mailcore.message import Envelope, Header, Message
from mailcore.view import MailView
from workers.attachments.passwords import MOST, Password, Passwords, candidates


def words(text: str, *, subject: str = "", configured: tuple[str, ...] = ()) -> list[str]:
    headers = (Header("Subject", subject),) if subject else ()
    view = MailView(envelope=Envelope(), message=Message(id="m", text=text, headers=headers))
    return [password.word for password in candidates(view, configured=configured)]


TRIED: dict[str, tuple[str, str]] = {
    "announced": ("The password is Sommer", "Sommer"),
    "at the end of a sentence": ("Password: Sommer.", "Sommer"),
    "a stop that belongs to it": ("Password: Sommer.", "Sommer."),
    "in quotes": ('Password: "Sommer"', "Sommer"),
    "a number": ("Senha PDF: 123", "123"),
    "behind a bracket": ("[PDF Password]:62734", "62734"),
    "in braces": ("SU CONTRASENA PERSONAL  {0808}", "0808"),
    "in stars": ("Kode: **a1b2**", "a1b2"),
    "a date": ("geboren am 01.02.1980", "01.02.1980"),
}


@pytest.mark.parametrize(("text", "word"), TRIED.values(), ids=TRIED)
def test_is_tried(text: str, word: str) -> None:
    assert word in words(text)


NOT_TRIED: dict[str, str] = {
    "nothing": "",
    "words": "Please find the report attached.",
    "it comes another way": "The password is sent separately.",
    "it follows": "The password follows by telephone.",
    "one letter": "a 1 b",
    "only marks": "*** --- {}",
}


@pytest.mark.parametrize("text", NOT_TRIED.values(), ids=NOT_TRIED)
def test_is_not_tried(text: str) -> None:
    assert words(text) == []


def test_those_of_pictures_come_last_and_are_read_once() -> None:
    asked: list[None] = []

    def later() -> str:
        asked.append(None)
        return "Password: Winter 77"

    passwords = Passwords((Password("Sommer", "text"), Password("77", "text")), later=later)
    assert asked == []
    assert [password.word for password in passwords][:3] == ["Sommer", "77", "Winter"]
    assert [password.word for password in passwords].count("77") == 1
    assert len(asked) == 1


def test_announced_ones_come_first_and_configured_ones_before_guesses() -> None:
    found = words("Order 4711. Password: Sommer", configured=("infected",))
    assert found == ["Sommer", "infected", "4711.", "4711"]


def test_their_number_is_bounded() -> None:
    assert len(words(" ".join(f"w{number}" for number in range(500)))) == MOST
