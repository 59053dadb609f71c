"""Signed mail with header fields put on top."""

from __future__ import annotations

import pytest

from tests.workers.auth.signing import signed
from tests.workers.auth.verifying import FORGED, RECORDS, findings_of, keys, mail


@pytest.mark.parametrize("field", ["Subject: Win", "To: you@example.org", "From: Alice <alice@example.com>"])
def test_a_field_on_top_is_found(field: str) -> None:
    raw = field.encode() + b"\r\n" + signed(mail())
    assert findings_of(raw, FORGED, records=RECORDS + keys())["signed_header_was_doubled"] == 4.5


SPARED = {
    "as it was": signed(mail()),
    "fields of servers on the way": b"Received: from a by b; x\r\nX-Spam: no\r\n" + signed(mail()),
    "never signed, once": b"Reply-To: alice@example.com\r\n" + signed(mail()),
    "broken": b"Subject: Win\r\n" + signed(mail()).replace(b"Hello", b"Hullo"),
    "unsigned": b"Subject: Win\r\n" + mail(),
}


@pytest.mark.parametrize("raw", SPARED.values(), ids=SPARED)
def test_other_mail_is_spared(raw: bytes) -> None:
    assert "signed_header_was_doubled" not in findings_of(raw, FORGED, records=RECORDS + keys())
