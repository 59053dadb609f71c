"""Mail of senders with a history, for the detectors that look at it."""

from __future__ import annotations

from collections.abc import Mapping

from mailcore.authentication import AuthFacts, AuthResult, AuthSource, DkimResult
from mailcore.detector import Detector, Hit
from mailcore.message import Envelope, Header, Message
from mailcore.reputation import Reputation, Role, Standing, Subject
from mailcore.view import MailView

PROVEN = AuthFacts(
    source=AuthSource.VERIFIED,
    from_domain="partner.example",
    dmarc=AuthResult.PASS,
    spf=AuthResult.PASS,
    spf_domain="partner.example",
    dkim=(DkimResult(domain="partner.example", result=AuthResult.PASS),),
)
FORGED = AuthFacts(source=AuthSource.VERIFIED, from_domain="partner.example", dmarc=AuthResult.FAIL)
NOBODY_LOOKED = AuthFacts()

# Score and confidence just past, and just short of, where a finding begins; and as far as they go.
BAD, BARELY_BAD, WORST = (-0.6, 0.6), (-0.55, 0.55), (-1.0, 1.0)
NOT_BAD_ENOUGH, NOT_SURE_OF_BAD = (-0.54, 0.9), (-0.9, 0.54)
GOOD, BARELY_GOOD, BEST = (0.9, 0.9), (0.7, 0.55), (1.0, 1.0)
NOT_GOOD_ENOUGH, NOT_SURE_OF_GOOD = (0.69, 0.9), (0.9, 0.54)
EVEN = (0.0, 0.9)

Scores = Mapping[Role, tuple[float, float]]


def hits(detector: Detector, known: Scores, auth: AuthFacts = PROVEN) -> list[Hit]:
    """What the detector finds where those of these roles have these scores and confidences."""
    standings = tuple(
        (
            Subject(role, "partner.example"),
            Standing(score=score, confidence=confidence, volume=40.2, first_seen_days=12.3),
        )
        for role, (score, confidence) in known.items()
    )
    view = MailView(
        envelope=Envelope(),
        message=Message(id="m1", headers=(Header("From", "Bob <bob@partner.example>"),)),
        auth=auth,
        reputation=Reputation(is_known=True, standings=standings),
    )
    return list(detector.run(view))


def weights(detector: Detector, known: Scores, auth: AuthFacts = PROVEN) -> list[float | None]:
    return [hit.weight for hit in hits(detector, known, auth)]
