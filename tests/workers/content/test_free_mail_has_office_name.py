"""Offices that write from free mail and want something, and (more) chairs of clubs and small firms."""

from __future__ import annotations

import pytest

from tests.workers.content.bec.cases import FIRST_CONTACT, KNOWN, Case, weights
from workers.content.detectors.free_mail_has_office_name import free_mail_has_office_name

BAD = (
    Case("CEO", "CEO <a@gmail.com>", "Hi", "Are you available?"),
    Case("director's address", "Carol <director.office@outlook.com>", "Hi", "Make a payment today."),
    Case("PDG", "Le PDG <a@gmail.com>", "Bonjour", "Pouvez-vous faire un virement urgent ?"),
    Case("Geschäftsführer", "Geschäftsführer <a@gmx.de>", "Hallo", "Sind Sie im Büro?"),
    Case("presidente", "Presidente <a@gmail.com>", "Hola", "Necesito que realices una transferencia."),
    Case("stranger", "Principal <a@yahoo.com>", "Hi", "Are you free?", acquaintance=FIRST_CONTACT),
)  # fmt: skip
GOOD = (
    Case("chair of a club", "Chairman Rowing Club <a@gmail.com>", "Regatta", "The regatta is on Sunday."),
    Case("small firm's offer", "Geschäftsführer Huber <a@gmx.de>", "Angebot", "Anbei das Angebot."),
    Case("principal's news", "Principal Oak <a@gmail.com>", "Open day", "The open day is in May."),
    Case("CEO at his own domain", "CEO <ceo@company.test>", "Hi", "Are you available?"),
    Case("known", "President <a@gmail.com>", "Hi", "Are you available?", acquaintance=KNOWN),
    Case("list", "Director <a@gmail.com>", "Hi", "Are you available?",
         headers=(("List-Id", "<a.test>"), ("List-Post", "<mailto:a@a.test>"))),
    Case("newsletter", "Director <a@gmail.com>", "Hi", "Buy gift cards!", headers=(("List-Unsubscribe", "<a>"),)),
    Case("no office", "Eve <eve@gmail.com>", "Hi", "Are you available?"),
    Case("office inside of a word", "Ceolina <ceolina@gmail.com>", "Hi", "Tomorrow at nine."),
    Case("long letter", "Director <a@gmail.com>", "Report", "Are you available? " + "The report of the year. " * 90),
    Case("no From", "", "Hi", "Are you available?"),
)  # fmt: skip


@pytest.mark.parametrize("case", BAD, ids=lambda case: case.name)
def test_is_found(case: Case) -> None:
    [weight] = weights(free_mail_has_office_name, case)
    assert weight >= 2.0


@pytest.mark.parametrize("case", GOOD, ids=lambda case: case.name)
def test_is_left_alone(case: Case) -> None:
    assert weights(free_mail_has_office_name, case) == []
