"""Mail that its alleged domain wants refused; what only looks alike is spared."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from mailcore.message import Envelope
from tests.workers.auth.signing import signed
from tests.workers.auth.verifying import ENVELOPE, FORGED, RECORDS, STRANGER, findings_of, keys, mail

LISTED = mail(more="List-Id: Friends <friends.list.example>\r\n")
FROM_LIST = replace(ENVELOPE, sender="friends-bounces@list.example", client_address=STRANGER, helo="mx.list.example")
OF_LIST = RECORDS + 'list.example TXT "v=spf1 ip4:198.51.100.9 -all"\n'


def test_forged_mail_is_found() -> None:
    assert findings_of(mail(), FORGED)["dmarc_reject"] == 8.0


def test_calling_itself_list_mail_is_not_enough() -> None:
    assert "dmarc_reject" in findings_of(LISTED, FORGED)


def test_several_authors_do_not_get_round_it() -> None:
    assert "dmarc_reject" in findings_of(mail("<x@spammer.example>, <alice@example.com>"), FORGED)


SPARED = {
    "own server": (mail(), ENVELOPE, RECORDS),
    "signed and forwarded": (signed(mail()), FORGED, RECORDS + keys()),
    "only watched": (mail(), FORGED, RECORDS.replace("p=reject", "p=none")),
    "to be set aside": (mail(), FORGED, RECORDS.replace("p=reject", "p=quarantine")),
    "on trial": (mail(), FORGED, RECORDS.replace("p=reject", "p=reject; t=y")),
    "no record": (mail(), FORGED, RECORDS.replace("_dmarc.", "_other.")),
    "policy not known": (
        mail(),
        FORGED,
        RECORDS.replace('_dmarc.example.com TXT "v=DMARC1; p=reject"', "_dmarc.example.com STATUS timeout"),
    ),
    "key not known": (signed(mail()), FORGED, RECORDS + "sel._domainkey.example.com STATUS timeout\n"),
    "list that proves who it is": (LISTED, FROM_LIST, OF_LIST),
    "stored, client not known": (mail(), Envelope(), RECORDS),
    "our own client": (mail(), replace(FORGED, client_address="127.0.0.1"), RECORDS),
}


@pytest.mark.parametrize(("raw", "envelope", "records"), SPARED.values(), ids=SPARED)
def test_honest_mail_is_spared(raw: bytes, envelope: Envelope, records: str) -> None:
    assert "dmarc_reject" not in findings_of(raw, envelope, records=records)
