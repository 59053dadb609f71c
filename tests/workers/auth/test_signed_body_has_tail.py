"""Text behind the end of what was signed."""

from __future__ import annotations

import pytest

from mailcore.message import Envelope
from tests.workers.auth.signing import signed
from tests.workers.auth.verifying import ENVELOPE, FORGED, RECORDS, findings_of, keys, mail

LIMITED = signed(mail(), l="11")
GROWN = LIMITED + b"Buy now\r\n"


def test_a_tail_is_found() -> None:
    assert findings_of(GROWN, FORGED, records=RECORDS + keys())["signed_body_has_tail"] == 3.5


SPARED = {
    "nothing added": (LIMITED, FORGED),
    "no limit": (signed(mail()), FORGED),
    "broken": (GROWN.replace(b"Hello", b"Hullo"), FORGED),
    "sent by the domain's own server": (GROWN, ENVELOPE),
    "signed as a whole too": (signed(GROWN), FORGED),
    "unsigned": (mail(), FORGED),
}


@pytest.mark.parametrize(("raw", "envelope"), SPARED.values(), ids=SPARED)
def test_other_mail_is_spared(raw: bytes, envelope: Envelope) -> None:
    assert "signed_body_has_tail" not in findings_of(raw, envelope, records=RECORDS + keys())
