"""Authentication of a brand's own address: what proves a forgery, and what does not."""

from __future__ import annotations

import pytest

from mailcore.authentication import AuthFacts, AuthResult, AuthSource, DkimResult
from tests.mail import mail
from tests.workers.content.branded import judged, view_of

NAME = "brand_domain_is_forged"
BRAND = mail(sender="PayPal <service@paypal.com>")


def facts(spf: str = "none", dkim: str = "none", dmarc: str = "none", arc: str = "none", domain: str = "") -> AuthFacts:
    signed = () if dkim == "none" else (DkimResult(domain=domain, result=AuthResult(dkim)),)
    return AuthFacts(
        source=AuthSource.REPLAYED,
        from_domain="paypal.com",
        spf=AuthResult(spf),
        spf_domain="evil.example.org",
        dkim=signed,
        dmarc=AuthResult(dmarc),
        arc=AuthResult(arc),
    )


@pytest.mark.parametrize(
    "auth",
    [facts(dmarc="fail"), facts(spf="fail"), facts(spf="softfail"), facts(spf="pass", dmarc="fail")],
    ids=["dmarc", "spf", "softfail", "another's spf"],
)
def test_is_forged(auth: AuthFacts) -> None:
    (hit,) = judged(NAME, view_of(BRAND, auth=auth))
    assert "forged" in hit.summary


@pytest.mark.parametrize(
    "auth",
    [
        facts(spf="fail", dkim="fail", dmarc="fail", domain="paypal.com"),
        facts(spf="fail", dmarc="fail", arc="pass"),
    ],
    ids=["broken signature", "sealed by anybody"],
)
def test_what_may_have_been_passed_on_weighs_less(auth: AuthFacts) -> None:
    (hit,) = judged(NAME, view_of(BRAND, auth=auth))
    assert hit.weight == 2.5


@pytest.mark.parametrize(
    ("raw", "auth"),
    [
        (BRAND, AuthFacts()),
        (BRAND, facts(dmarc="pass")),
        (BRAND, facts(spf="fail", dkim="pass", domain="paypal.com")),
        (BRAND, facts(spf="temperror")),
        (BRAND, facts(spf="none")),
        (mail(sender="Bob <bob@example.com>"), facts(dmarc="fail")),
        (mail(sender="Bob <bob@outlook.com>"), facts(dmarc="fail")),
    ],
    ids=["nobody looked", "real", "forwarded", "dns away", "no records", "no brand", "customer of a brand"],
)
def test_is_left_alone(raw: bytes, auth: AuthFacts) -> None:
    assert judged(NAME, view_of(raw, auth=auth)) == []
