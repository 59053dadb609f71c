"""Mail that its alleged domain warns of."""

from __future__ import annotations

import pytest

from mailcore.message import Envelope
from tests.workers.auth.signing import signed
from tests.workers.auth.verifying import ENVELOPE, FORGED, RECORDS, findings_of, keys, mail

ASIDE = RECORDS.replace("p=reject", "p=quarantine")


@pytest.mark.parametrize(
    "records", [ASIDE, RECORDS.replace("p=reject", "p=reject; t=y")], ids=["asked for", "on trial"]
)
def test_forged_mail_is_found(records: str) -> None:
    assert findings_of(mail(), FORGED, records=records)["dmarc_quarantine"] == 5.5


SPARED = {
    "own server": (mail(), ENVELOPE, ASIDE),
    "signed and forwarded": (signed(mail()), FORGED, ASIDE + keys()),
    "to be refused": (mail(), FORGED, RECORDS),
    "only watched": (mail(), FORGED, RECORDS.replace("p=reject", "p=none")),
    "key not known": (signed(mail()), FORGED, ASIDE + "sel._domainkey.example.com STATUS timeout\n"),
}


@pytest.mark.parametrize(("raw", "envelope", "records"), SPARED.values(), ids=SPARED)
def test_other_mail_is_spared(raw: bytes, envelope: Envelope, records: str) -> None:
    assert "dmarc_quarantine" not in findings_of(raw, envelope, records=records)
