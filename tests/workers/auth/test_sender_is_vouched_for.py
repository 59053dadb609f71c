"""Senders that lists vouch for, by nothing that anybody can make up."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from mailcore.message import Envelope
from mailcore.settings import Settings
from tests.workers.auth.listing import ZONE, listing
from tests.workers.auth.signing import signed
from tests.workers.auth.verifying import CLIENT, ENVELOPE, FORGED, findings_of, keys, mail

GOOD_CLIENT = ZONE + "1.2.0.192.wl.example.org A 127.0.5.2\n"
GOOD_AUTHOR = ZONE + keys() + "example.com.wl.example.org A 127.0.5.2\n"


def test_a_good_client() -> None:
    assert findings_of(mail(), ENVELOPE, records=GOOD_CLIENT, settings=listing())["sender_is_vouched_for"] == -2.0


def test_a_good_author_who_proves_it() -> None:
    found = findings_of(signed(mail()), FORGED, records=GOOD_AUTHOR, settings=listing())
    assert found["sender_is_vouched_for"] == -2.0


def test_no_list_takes_off_more_than_the_bound() -> None:
    records = ZONE + "1.2.0.192.wl.example.org A 127.0.5.3\nexample.com.wl.example.org A 127.0.5.2\n"
    assert findings_of(mail(), ENVELOPE, records=records, settings=listing())["sender_is_vouched_for"] == -4.0


RECEIVED = (
    f"Received: from mx.example.com (mx.example.com [{CLIENT}]) by mx.example.org; Mon, 5 Jan 2026 10:00:00 +0000\r\n"
)
SPARED: dict[str, tuple[bytes, Envelope, str, Settings]] = {
    "not listed": (mail(), ENVELOPE, ZONE, listing()),
    "another client": (mail(), FORGED, GOOD_CLIENT, listing()),
    "a client that only Received names": (mail(more=RECEIVED), Envelope(), GOOD_CLIENT, listing()),
    "a Received that a stranger wrote": (mail(more=RECEIVED), FORGED, GOOD_CLIENT, listing()),
    "an author who proves nothing": (mail(), FORGED, GOOD_AUTHOR, listing()),
    "an author whose signature is broken": (signed(mail()) + b"altered", FORGED, GOOD_AUTHOR, listing()),
    "one author of two": (mail("a@example.com, b@spammer.example"), ENVELOPE, GOOD_AUTHOR, listing()),
    "HELO": (
        mail(),
        replace(FORGED, helo="mx.example.com", sender="x@spammer.example"),
        ZONE + "mx.example.com.wl.example.org A 127.0.5.2\n",
        listing(),
    ),
    "too many questions": (mail(), ENVELOPE, ZONE + "1.2.0.192.wl.example.org A 127.255.255.255\n", listing()),
    "no answer": (mail(), ENVELOPE, ZONE + "1.2.0.192.wl.example.org STATUS timeout\n", listing()),
    "a list that vouches for everybody": (
        mail(),
        ENVELOPE,
        GOOD_CLIENT + "1.0.0.127.wl.example.org A 127.0.5.2\n",
        listing(),
    ),
}


@pytest.mark.parametrize(("raw", "envelope", "records", "settings"), SPARED.values(), ids=SPARED)
def test_nobody_else_is_vouched_for(raw: bytes, envelope: Envelope, records: str, settings: Settings) -> None:
    assert "sender_is_vouched_for" not in findings_of(raw, envelope, records=records, settings=settings)
