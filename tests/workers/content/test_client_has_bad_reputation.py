"""Servers with a history of bad mail, and more of those without."""

from __future__ import annotations

import pytest

from mailcore.reputation import Role
from tests.workers.content import reputed
from tests.workers.content.reputed import NOBODY_LOOKED, Scores, hits, weights
from workers.content.detectors.client_has_bad_reputation import client_has_bad_reputation

IP, NETWORK = Role.IP, Role.NETWORK


@pytest.mark.parametrize(
    ("known", "weight"),
    [
        pytest.param({IP: reputed.BAD}, 0.9, id="bad server"),
        pytest.param({IP: reputed.BARELY_BAD}, 0.76, id="barely"),
        pytest.param({IP: reputed.WORST}, 2.5, id="as bad as can be"),
        pytest.param({NETWORK: reputed.WORST}, 1.25, id="a new one of bad neighbours"),
        pytest.param({IP: reputed.BAD, NETWORK: reputed.WORST}, 0.9, id="its own history goes first"),
        pytest.param({IP: (-0.3, 0.3), NETWORK: reputed.WORST}, 1.25, id="little is known of itself"),
    ],
)
def test_is_found(known: Scores, weight: float) -> None:
    assert weights(client_has_bad_reputation, known, NOBODY_LOOKED) == [pytest.approx(weight, abs=0.006)]


@pytest.mark.parametrize(
    "known",
    [
        pytest.param({}, id="stranger"),
        pytest.param({IP: reputed.NOT_BAD_ENOUGH}, id="not bad enough"),
        pytest.param({IP: reputed.NOT_SURE_OF_BAD}, id="one or two messages"),
        pytest.param({IP: reputed.EVEN}, id="a big provider: good and bad mail"),
        pytest.param({IP: reputed.GOOD, NETWORK: reputed.WORST}, id="a good server among bad ones"),
        pytest.param({IP: reputed.EVEN, NETWORK: reputed.WORST}, id="an even one among bad ones"),
        pytest.param({NETWORK: reputed.NOT_BAD_ENOUGH}, id="neighbours are not that bad"),
        pytest.param({Role.DOMAIN: reputed.WORST, Role.ENVELOPE: reputed.WORST}, id="its sender is another's business"),
    ],
)
def test_is_left_alone(known: Scores) -> None:
    assert weights(client_has_bad_reputation, known, NOBODY_LOOKED) == []


def test_analyst_reads_who_and_why() -> None:
    [hit] = hits(client_has_bad_reputation, {IP: reputed.BAD})
    assert hit.detail == ("ip partner.example: score -0.60, confidence 0.60, about 40 messages, first seen 12 days ago")
