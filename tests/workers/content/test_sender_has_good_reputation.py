"""Senders whose mail was good for long, and many more who get nothing for it."""

from __future__ import annotations

import pytest

from mailcore.authentication import AuthFacts, AuthorProblem, AuthResult, AuthSource
from mailcore.reputation import Role
from tests.workers.content import reputed
from tests.workers.content.reputed import FORGED, NOBODY_LOOKED, PROVEN, Scores, weights
from workers.content.detectors.sender_has_good_reputation import sender_has_good_reputation

AMBIGUOUS = AuthFacts(
    source=AuthSource.VERIFIED,
    from_domain="partner.example",
    dmarc=AuthResult.PASS,
    author_problems=(AuthorProblem.SEVERAL_FIELDS.value,),
)
NO_ANSWER = AuthFacts(source=AuthSource.VERIFIED, from_domain="partner.example", dmarc=AuthResult.TEMPERROR)
FOREIGN_SPF = AuthFacts(
    source=AuthSource.VERIFIED, from_domain="partner.example", spf=AuthResult.PASS, spf_domain="evil.example"
)


@pytest.mark.parametrize(
    ("known", "weight"),
    [
        pytest.param({Role.DOMAIN: reputed.GOOD}, -1.22, id="domain"),
        pytest.param({Role.ADDRESS: reputed.GOOD}, -1.22, id="address"),
        pytest.param({Role.PAIR: reputed.GOOD}, -1.22, id="to this recipient"),
        pytest.param({Role.DOMAIN: reputed.BARELY_GOOD}, -0.58, id="barely"),
        pytest.param({Role.DOMAIN: reputed.BEST}, -1.5, id="as good as can be"),
        pytest.param({Role.DOMAIN: reputed.BEST, Role.DKIM: reputed.WORST}, -1.5, id="customer of a bad service"),
    ],
)
def test_is_found(known: Scores, weight: float) -> None:
    assert weights(sender_has_good_reputation, known) == [pytest.approx(weight, abs=0.011)]


@pytest.mark.parametrize(
    ("known", "auth"),
    [
        pytest.param({}, PROVEN, id="stranger"),
        pytest.param({Role.DOMAIN: reputed.BEST}, FORGED, id="forged"),
        pytest.param({Role.DOMAIN: reputed.BEST}, NOBODY_LOOKED, id="nobody looked"),
        pytest.param({Role.DOMAIN: reputed.BEST}, NO_ANSWER, id="the DNS did not answer"),
        pytest.param({Role.DOMAIN: reputed.BEST}, AMBIGUOUS, id="nobody knows which From is shown"),
        pytest.param({Role.DOMAIN: reputed.BEST}, FOREIGN_SPF, id="another domain is proven"),
        pytest.param({Role.ADDRESS: reputed.BEST, Role.PAIR: reputed.BEST}, FORGED, id="forged acquaintance"),
        pytest.param({Role.DOMAIN: reputed.NOT_GOOD_ENOUGH}, PROVEN, id="not good enough"),
        pytest.param({Role.DOMAIN: reputed.NOT_SURE_OF_GOOD}, PROVEN, id="not for long enough"),
        pytest.param({Role.IP: reputed.BEST, Role.NETWORK: reputed.BEST}, PROVEN, id="a good server"),
        pytest.param({Role.DKIM: reputed.BEST, Role.ENVELOPE: reputed.BEST}, PROVEN, id="a good service"),
        pytest.param({Role.ADDRESS: reputed.BAD, Role.DOMAIN: reputed.BEST}, PROVEN, id="stolen account"),
        pytest.param({Role.ADDRESS: reputed.EVEN, Role.DOMAIN: reputed.BEST}, PROVEN, id="an account like any other"),
    ],
)
def test_is_left_alone(known: Scores, auth: AuthFacts) -> None:
    assert weights(sender_has_good_reputation, known, auth) == []
