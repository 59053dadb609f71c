"""Names in HELO that are none."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from tests.workers.auth.verifying import FORGED, RECORDS, findings_of, mail

FOUND = {
    "ours": ("example.org", 3.0),
    "address": ("198.51.100.9", 0.8),
    "another's address": ("[203.0.113.1]", 0.8),
    "one label": ("friend", 0.8),
}
SPARED = ["mx.spammer.example", "[198.51.100.9]", "no-such-name.example.net", ""]


@pytest.mark.parametrize(("helo", "weight"), FOUND.values(), ids=FOUND)
def test_it_is_found(helo: str, weight: float) -> None:
    assert findings_of(mail(), replace(FORGED, helo=helo))["helo_is_wrong"] == weight


@pytest.mark.parametrize("helo", SPARED)
def test_usual_names_are_spared(helo: str) -> None:
    assert "helo_is_wrong" not in findings_of(mail(), replace(FORGED, helo=helo))


def test_a_server_of_ours_outside_our_networks_is_spared() -> None:
    records = RECORDS + "example.org A 198.51.100.9\n"
    assert "helo_is_wrong" not in findings_of(mail(), replace(FORGED, helo="example.org"), records=records)
