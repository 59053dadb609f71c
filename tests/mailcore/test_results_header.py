"""Authentication-Results as it is written: what other readers make of it, and what hostile values do to it."""

from __future__ import annotations

import re

import pytest

from mailcore.authentication import (
    AuthFacts,
    AuthResult,
    AuthSource,
    ClientFacts,
    DkimResult,
    ReverseFacts,
    SpfIdentity,
    SpfOutcome,
    SpfReason,
)
from mailcore.authentication_results import read_authentication_results
from mailcore.parse import parse
from mailcore.results_header import write_authentication_results

P, F = AuthResult.PASS, AuthResult.FAIL

FACTS = AuthFacts(
    source=AuthSource.VERIFIED,
    from_domain="example.com",
    spf=P,
    spf_domain="example.net",
    spf_outcomes=(
        SpfOutcome(result=P, domain="example.net", mechanism="ip4:192.0.2.1"),
        SpfOutcome(
            result=AuthResult.NONE, identity=SpfIdentity.HELO, domain="mx.example.net", reason=SpfReason.NO_RECORD
        ),
    ),
    dkim=(
        DkimResult(
            domain="example.com",
            result=F,
            selector="sel",
            reason="the body was altered",
            key_bits=2048,
            signature="YQ==",
        ),
    ),
    dmarc=F,
    dmarc_policy="reject",
    dmarc_disposition="reject",
    dmarc_reason="SPF passed for another domain only",
    arc=P,
    arc_sealers=("list.example",),
    client=ClientFacts(
        address="2001:db8::1",
        helo="mx.example.net",
        sender="bounce@example.net",
        reverse=ReverseFacts(result=P, names=("mx.example.net",), confirmed=("mx.example.net",)),
    ),
)


def test_every_result_is_written() -> None:
    assert write_authentication_results(FACTS, "mx.example.org").split("; ") == [
        "mx.example.org",
        "spf=pass (ip4:192.0.2.1) smtp.mailfrom=bounce@example.net",
        "spf=none (no SPF record) smtp.helo=mx.example.net",
        'dkim=fail (the body was altered, 2048-bit key) header.d=example.com header.s=sel header.b="YQ=="',
        "arc=pass (sealed by list.example)",
        "dmarc=fail (p=reject, dis=reject, SPF passed for another domain only) header.from=example.com "
        "policy.dmarc=reject",
        "iprev=pass (mx.example.net) policy.iprev=2001:db8::1",
    ]


def test_it_is_read_back() -> None:
    value = write_authentication_results(FACTS, "mx.example.org")
    raw = f"Authentication-Results: {value}\r\nFrom: a@example.com\r\n\r\nbody\r\n".encode()
    facts = read_authentication_results(parse(raw, message_id="test").message, ("mx.example.org",))
    assert (facts.spf, facts.spf_domain, facts.dmarc, facts.dmarc_policy) == (P, "example.net", F, "reject")
    assert [(each.domain, each.result) for each in facts.dkim] == [("example.com", F)]


@pytest.mark.parametrize("source", [source for source in AuthSource if source is not AuthSource.VERIFIED])
def test_what_was_not_verified_here_is_not_written(source: AuthSource) -> None:
    assert write_authentication_results(AuthFacts(source=source, spf=P, dmarc=P), "mx.example.org") == ""


HOSTILE = {
    "ends the field": "a\r\nX-Spam-Flag: NO",
    "ends the result": 'a@x; dmarc=pass header.from="bank.example',
    "a quotation": 'a" ; dkim=pass header.d=bank.example; x="',
    "a comment": "a (b) c",
    "not ASCII": "zoë@bücher.example\x00\u2028",
    "without end": "a" * 100_000,
    "backslashes": "a\\\\\\",
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_values_change_nothing_else(text: str) -> None:
    facts = AuthFacts(
        source=AuthSource.VERIFIED,
        from_domain=text,
        spf=F,
        spf_outcomes=(SpfOutcome(result=F, domain=text, mechanism=text),),
        dkim=tuple(DkimResult(domain=text, result=F, identity=text, selector=text, reason=text) for _ in range(100)),
        dmarc=F,
        dmarc_reason=text,
        arc=F,
        arc_reason=text,
        arc_sealers=(text,),
        client=ClientFacts(address=text, sender=text, helo=text, reverse=ReverseFacts(result=F, confirmed=(text,))),
    )
    value = write_authentication_results(facts, "mx.example.org")
    assert len(value) < 16_000
    assert re.fullmatch(r"[ -~]+", value)
    raw = f"Authentication-Results: {value}\r\nFrom: a@example.com\r\n\r\nbody\r\n".encode()
    read = read_authentication_results(parse(raw, message_id="test").message, ("mx.example.org",))
    # DMARC of another domain than the one in From says nothing.
    assert (read.spf, read.dmarc, read.arc) == (F, AuthResult.NONE, F)
    assert all(each.result is F for each in read.dkim)
