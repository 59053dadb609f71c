"""Clients without a name of their own in the DNS."""

from __future__ import annotations

import pytest

from tests.workers.auth.signing import signed
from tests.workers.auth.verifying import FORGED, RECORDS, findings_of, keys, mail

POINTER = "9.100.51.198.in-addr.arpa PTR mx.spammer.example\n"
UNCONFIRMED = RECORDS.replace("mx.spammer.example A 198.51.100.9\n", "")


def test_no_name_is_found() -> None:
    assert findings_of(mail(), FORGED, records=RECORDS.replace(POINTER, ""))["client_has_no_name"] == 0.8


def test_a_name_that_leads_elsewhere_is_found() -> None:
    assert findings_of(mail(), FORGED, records=UNCONFIRMED)["client_has_no_name"] == 0.5


SPARED = {
    "own name": (mail(), RECORDS),
    "not known": (mail(), RECORDS.replace("PTR mx.spammer.example", "STATUS timeout")),
    "author proven": (signed(mail()), RECORDS.replace(POINTER, "") + keys()),
}


@pytest.mark.parametrize(("raw", "records"), SPARED.values(), ids=SPARED)
def test_other_clients_are_spared(raw: bytes, records: str) -> None:
    assert "client_has_no_name" not in findings_of(raw, FORGED, records=records)
