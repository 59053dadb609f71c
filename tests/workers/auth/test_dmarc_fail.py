"""Mail without proof, where its alleged domain only watches or a list explains it."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from mailcore.message import Envelope
from tests.workers.auth.signing import signed
from tests.workers.auth.verifying import ENVELOPE, FORGED, RECORDS, STRANGER, findings_of, keys, mail

WATCHED = RECORDS.replace("p=reject", "p=none")


def test_mail_without_proof_is_found() -> None:
    assert findings_of(mail(), FORGED, records=WATCHED)["dmarc_fail"] == 1.5


@pytest.mark.parametrize(
    ("policy", "weight"), [("reject", 5.5), ("quarantine", 3.0), ("none", 0.5), ("reject; t=y", 3.0)], ids=str
)
def test_what_came_through_a_list_weighs_as_its_owner_asks(policy: str, weight: float) -> None:
    """It is not refused; but who calls his server a list does not pass unmarked in the name of a strict domain."""
    raw = mail(more="List-Id: Friends <friends.list.example>\r\n")
    envelope = replace(ENVELOPE, sender="x@list.example", client_address=STRANGER, helo="mx.list.example")
    records = RECORDS.replace("p=reject", f"p={policy}") + 'list.example TXT "v=spf1 ip4:198.51.100.9 -all"\n'
    assert findings_of(raw, envelope, records=records)["dmarc_fail"] == weight


SPARED = {
    "own server": (mail(), ENVELOPE, WATCHED),
    "signed and forwarded": (signed(mail()), FORGED, WATCHED + keys()),
    "to be refused": (mail(), FORGED, RECORDS),
    "no record": (mail(), FORGED, RECORDS.replace("_dmarc.", "_other.")),
    "SPF not known": (
        mail(),
        ENVELOPE,
        WATCHED.replace('example.com TXT "v=spf1 ip4:192.0.2.1 -all"', "example.com STATUS timeout"),
    ),
}


@pytest.mark.parametrize(("raw", "envelope", "records"), SPARED.values(), ids=SPARED)
def test_other_mail_is_spared(raw: bytes, envelope: Envelope, records: str) -> None:
    assert "dmarc_fail" not in findings_of(raw, envelope, records=records)
