"""Which pairs a message is remembered by, and what a history says about a sender."""

from __future__ import annotations

import pytest

from mailcore.acquaintance import DAY, MAX_DOMAINS, History, acquaintance, inbound_pairs, outbound_pairs
from mailcore.identity import Identity
from mailcore.message import Direction
from mailcore.organisation import Acquaintance
from mailcore.settings import Correspondents

FREE = frozenset({"gmail.com"})
BOB = Identity(from_addresses=("bob@partner.example",), envelope_sender="bob@partner.example")
NOW = 1_800_000_000.0
OLD, YESTERDAY, JUST_NOW = NOW - 100 * DAY, NOW - 1.5 * DAY, NOW - 600


def sender(address: str, **facts: object) -> Identity:
    return Identity(from_addresses=(address,), envelope_sender=address, **facts)  # type: ignore[arg-type]


def test_sender_is_remembered_by_address_and_domain() -> None:
    one = inbound_pairs(BOB, ("anna@our.example",), FREE)
    other = inbound_pairs(sender("eve@mail.partner.example"), ("otto@OUR.example",), FREE)
    assert len(one) == len(other) == 2
    assert one[1] == other[1], "the same domain with the same domain of ours"
    assert one[0] != other[0]


def test_domain_of_free_mail_says_nothing() -> None:
    assert len(inbound_pairs(sender("bob@gmail.com"), ("anna@our.example",), FREE)) == 1


def test_other_organisations_behind_the_same_gateway_have_their_own_acquaintances() -> None:
    one = inbound_pairs(BOB, ("anna@our.example",), FREE)
    assert not set(one) & set(inbound_pairs(BOB, ("anna@tenant.example",), FREE))


def test_answer_to_mail_of_ours_comes_from_somebody_we_know() -> None:
    ours = sender("anna@our.example", direction=Direction.OUTBOUND)
    assert outbound_pairs(ours, ("Bob@Partner.example",), FREE) == inbound_pairs(BOB, ("anna@our.example",), FREE)


def test_nothing_is_kept_in_the_clear() -> None:
    assert not any(b"bob" in pair or b"partner" in pair for pair in inbound_pairs(BOB, ("anna@our.example",), FREE))


NOBODY_IN_PARTICULAR = {
    "list": sender("bob@partner.example", is_list=True),
    "bounce": sender("bob@partner.example", is_bounce=True),
    "null sender": Identity(from_addresses=("bob@partner.example",)),
    "no From": Identity(envelope_sender="bob@partner.example"),
    "outbound": sender("anna@our.example", direction=Direction.OUTBOUND),
    "internal": sender("anna@our.example", direction=Direction.INTERNAL),
    "no domain": sender("bob"),
}


@pytest.mark.parametrize("identity", NOBODY_IN_PARTICULAR.values(), ids=NOBODY_IN_PARTICULAR.keys())
def test_no_inbound_pairs(identity: Identity) -> None:
    assert inbound_pairs(identity, ("anna@our.example",), FREE) == ()


OURS = sender("anna@our.example", direction=Direction.OUTBOUND)
NOT_WRITTEN_TO = {
    "inbound": (BOB, ("eve@else.example",)),
    "internal": (sender("anna@our.example", direction=Direction.INTERNAL), ("otto@our.example",)),
    "our own domain": (OURS, ("otto@our.example",)),
    "circular": (OURS, tuple(f"a{number}@x{number}.example" for number in range(51))),
    "recipient without a domain": (OURS, ("root",)),
}


@pytest.mark.parametrize(("identity", "recipients"), NOT_WRITTEN_TO.values(), ids=NOT_WRITTEN_TO.keys())
def test_no_outbound_pairs(identity: Identity, recipients: tuple[str, ...]) -> None:
    assert outbound_pairs(identity, recipients, FREE) == ()


def test_number_of_pairs_is_bounded() -> None:
    recipients = tuple(f"a@our{number}.example" for number in range(100))
    assert len(inbound_pairs(BOB, recipients, FREE)) == 2 * MAX_DOMAINS


UNKNOWN, FIRST, KNOWN = Acquaintance
HISTORIES = {
    "no store": (History(), UNKNOWN),
    "fresh installation": (History(first_seen=(None, None), since=YESTERDAY, messages=5_000), UNKNOWN),
    "few messages": (History(first_seen=(None, None), since=OLD, messages=199), UNKNOWN),
    "stranger": (History(first_seen=(None, None), since=OLD, messages=200), FIRST),
    "wrote for the first time today": (History(first_seen=(JUST_NOW, JUST_NOW), since=OLD, messages=200), FIRST),
    "today, and the store is young": (History(first_seen=(JUST_NOW, None), since=YESTERDAY, messages=9), UNKNOWN),
    "known address": (History(first_seen=(OLD, OLD), since=OLD, messages=200), KNOWN),
    "known since yesterday": (History(first_seen=(YESTERDAY,), since=OLD, messages=200), KNOWN),
    "new address of a known domain": (History(first_seen=(None, OLD), since=OLD, messages=200), KNOWN),
    "known in a young store": (History(first_seen=(YESTERDAY,), since=YESTERDAY, messages=3), KNOWN),
}


@pytest.mark.parametrize(("history", "expected"), HISTORIES.values(), ids=HISTORIES.keys())
def test_acquaintance(history: History, expected: Acquaintance) -> None:
    assert acquaintance(history, NOW, Correspondents()) is expected
