"""Servers that may not send for the domain of the envelope sender."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from mailcore.message import Envelope
from tests.workers.auth.signing import signed
from tests.workers.auth.verifying import ENVELOPE, RECORDS, STRANGER, findings_of, keys, mail

ABROAD = replace(ENVELOPE, client_address=STRANGER)
NO_DMARC = RECORDS.replace("_dmarc.", "_other.")


@pytest.mark.parametrize(("ending", "weight"), [("-all", 2.5), ("~all", 1.0)])
def test_a_server_that_may_not_is_found(ending: str, weight: float) -> None:
    found = findings_of(mail(), ABROAD, records=NO_DMARC.replace("-all", ending))
    assert found["spf_fail"] == weight


SPARED = {
    "own server": (mail(), ENVELOPE, NO_DMARC),
    "signed and forwarded": (signed(mail()), ABROAD, NO_DMARC + keys()),
    "neutral": (mail(), ABROAD, NO_DMARC.replace("-all", "?all")),
    "no record": (mail(), ABROAD, NO_DMARC.replace("v=spf1", "v=spf9")),
    "wrong record": (mail(), ABROAD, NO_DMARC.replace("-all", "-nonsense")),
    "not known": (mail(), ABROAD, "example.com STATUS timeout\n"),
    "our own client": (mail(), replace(ENVELOPE, client_address="127.0.0.1"), NO_DMARC),
}


@pytest.mark.parametrize(("raw", "envelope", "records"), SPARED.values(), ids=SPARED)
def test_other_mail_is_spared(raw: bytes, envelope: Envelope, records: str) -> None:
    assert "spf_fail" not in findings_of(raw, envelope, records=records)
