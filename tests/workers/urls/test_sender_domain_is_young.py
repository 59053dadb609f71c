"""What is said of senders whose domain was registered a few days ago."""

from __future__ import annotations

import pytest

from mailcore.message import Direction, Envelope
from mailcore.organisation import Acquaintance
from mailcore.view import MailView
from tests.workers.urls.ages import Ages, mail, said

BOB = "Bob <bob@fresh.example>"


def test_the_sender_is_told_once_and_not_his_links() -> None:
    view = mail("https://fresh.example/x", sender="Bob <bob@fresh.example>")
    assert [finding.id for finding in said(view, Ages(fresh=2.0))] == ["sender_domain_is_young"]


@pytest.mark.parametrize(("days", "weight"), [(0.0, 3.0), (6.9, 3.0), (7.0, 1.5), (29.9, 1.5)])
def test_the_younger_the_worse(days: float, weight: float) -> None:
    (finding,) = said(mail("https://old.example/", sender=BOB), Ages(fresh=days))
    assert finding.weight == weight


SPARED = {
    "an older domain": mail("https://old.example/", sender="Bob <bob@aged.example>"),
    "a domain of unknown age": mail("https://old.example/", sender="Bob <bob@other.example>"),
    "a known sender": mail("https://old.example/", sender=BOB, acquaintance=Acquaintance.KNOWN),
    "what we send": mail("https://old.example/", sender=BOB, envelope=Envelope(direction=Direction.OUTBOUND)),
}


@pytest.mark.parametrize("view", SPARED.values(), ids=list(SPARED))
def test_is_spared(view: MailView) -> None:
    assert said(view, Ages(fresh=1.0, aged=400.0)) == []
