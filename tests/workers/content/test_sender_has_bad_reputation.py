"""Senders with a history of bad mail, and more of those without."""

from __future__ import annotations

import pytest

from mailcore.authentication import AuthFacts
from mailcore.reputation import Role
from tests.workers.content import reputed
from tests.workers.content.reputed import FORGED, NOBODY_LOOKED, PROVEN, Scores, hits, weights
from workers.content.detectors.sender_has_bad_reputation import sender_has_bad_reputation


@pytest.mark.parametrize(
    ("known", "auth", "weight"),
    [
        pytest.param({Role.DOMAIN: reputed.BAD}, PROVEN, 1.08, id="domain"),
        pytest.param({Role.ADDRESS: reputed.BAD}, PROVEN, 1.08, id="address"),
        pytest.param({Role.PAIR: reputed.BAD}, PROVEN, 1.08, id="to this recipient"),
        pytest.param({Role.DKIM: reputed.BAD}, PROVEN, 1.08, id="signer"),
        pytest.param({Role.ENVELOPE: reputed.BAD}, PROVEN, 1.08, id="envelope"),
        pytest.param({Role.DOMAIN: reputed.WORST}, PROVEN, 3.0, id="as bad as can be"),
        pytest.param({Role.DOMAIN: reputed.BARELY_BAD}, PROVEN, 0.91, id="barely"),
        pytest.param({Role.DOMAIN: reputed.BAD}, NOBODY_LOOKED, 1.08, id="nobody borrows a bad name"),
        pytest.param({Role.DOMAIN: reputed.BEST, Role.ENVELOPE: reputed.BAD}, FORGED, 1.08, id="a borrowed good name"),
        pytest.param({Role.ADDRESS: reputed.BAD, Role.DOMAIN: reputed.BEST}, PROVEN, 1.08, id="stolen account"),
    ],
)
def test_is_found(known: Scores, auth: AuthFacts, weight: float) -> None:
    assert weights(sender_has_bad_reputation, known, auth) == [pytest.approx(weight, abs=0.006)]


@pytest.mark.parametrize(
    ("known", "auth"),
    [
        pytest.param({}, PROVEN, id="stranger"),
        pytest.param({Role.DOMAIN: reputed.NOT_BAD_ENOUGH}, PROVEN, id="not bad enough"),
        pytest.param({Role.DOMAIN: reputed.NOT_SURE_OF_BAD}, PROVEN, id="one or two messages"),
        pytest.param({Role.DOMAIN: reputed.EVEN}, PROVEN, id="good and bad mail"),
        pytest.param(
            {Role.DOMAIN: reputed.GOOD, Role.DKIM: reputed.WORST}, PROVEN, id="good customer of a bad service"
        ),
        pytest.param({Role.DOMAIN: reputed.EVEN, Role.ENVELOPE: reputed.WORST}, PROVEN, id="even customer of one"),
        pytest.param({Role.ADDRESS: reputed.GOOD, Role.DOMAIN: reputed.WORST}, PROVEN, id="good one of a bad house"),
        pytest.param({Role.DKIM: reputed.WORST}, FORGED, id="signature that does not hold"),
        pytest.param({Role.DKIM: reputed.WORST}, NOBODY_LOOKED, id="signature that nobody looked at"),
        pytest.param(
            {Role.IP: reputed.WORST, Role.NETWORK: reputed.WORST}, PROVEN, id="its server is another's business"
        ),
        pytest.param({Role.DOMAIN: reputed.BEST}, PROVEN, id="good"),
    ],
)
def test_is_left_alone(known: Scores, auth: AuthFacts) -> None:
    assert weights(sender_has_bad_reputation, known, auth) == []


def test_evidence_stands_in_from() -> None:
    [hit] = hits(sender_has_bad_reputation, {Role.DOMAIN: reputed.BAD})
    assert (hit.where.header, hit.where.quote) == ("From", "Bob <bob@partner.example>")
    assert "domain partner.example: score -0.60" in hit.detail
