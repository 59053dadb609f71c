"""Signatures of which none holds."""

from __future__ import annotations

import pytest

from mailcore.message import Envelope
from tests.workers.auth.signing import signed
from tests.workers.auth.verifying import ENVELOPE, FORGED, RECORDS, findings_of, keys, mail

BROKEN = signed(mail()).replace(b"Hello", b"Hullo")
LISTED = signed(mail(more="List-Id: <a.example.net>\r\n")).replace(b"Hello", b"Hullo")


@pytest.mark.parametrize("records", [RECORDS + keys(), RECORDS], ids=["altered", "no key"])
def test_broken_signatures_are_found(records: str) -> None:
    assert findings_of(BROKEN, FORGED, records=records)["dkim_all_broken"] == 1.0


SPARED = {
    "whole": (signed(mail()), FORGED, RECORDS + keys()),
    "unsigned": (mail(), FORGED, RECORDS),
    "one of two holds": (signed(BROKEN), FORGED, RECORDS + keys()),
    "proven by SPF": (BROKEN, ENVELOPE, RECORDS + keys()),
    "through a list": (LISTED, FORGED, RECORDS + keys()),
    "key not known": (BROKEN, FORGED, RECORDS + "sel._domainkey.example.com STATUS timeout\n"),
    "domain that only tries": (BROKEN, FORGED, RECORDS + keys().replace("v=DKIM1;", "v=DKIM1; t=y;")),
}


@pytest.mark.parametrize(("raw", "envelope", "records"), SPARED.values(), ids=SPARED)
def test_other_mail_is_spared(raw: bytes, envelope: Envelope, records: str) -> None:
    assert "dkim_all_broken" not in findings_of(raw, envelope, records=records)
