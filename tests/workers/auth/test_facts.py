"""The whole pool on one message: what it finds out, what it leaves open, and how it reaches the decision."""

from __future__ import annotations

import time

import pytest
from msgspec.structs import replace

from mailcore.authentication import AuthFacts, AuthResult, AuthSource
from mailcore.decide import decide
from mailcore.identity import Identity
from mailcore.message import Direction, Envelope
from mailcore.policy import Policy
from mailcore.verdict import Action, PoolStatus
from tests.workers.auth.sealing import FOUND, sealed, sealers
from tests.workers.auth.signing import signed
from tests.workers.auth.verifying import (
    CLIENT,
    ENVELOPE,
    FORGED,
    RECORDS,
    STRANGER,
    configured,
    facts_of,
    findings_of,
    keys,
    mail,
    verify,
)

P, F, T, N = AuthResult.PASS, AuthResult.FAIL, AuthResult.TEMPERROR, AuthResult.NONE


def test_mail_from_the_domains_own_server() -> None:
    facts = facts_of(mail())
    assert (facts.source, facts.spf, facts.dmarc, facts.arc) == (AuthSource.VERIFIED, P, P, N)
    assert facts.is_aligned
    assert facts.client is not None
    assert facts.client.reverse is not None
    assert facts.client.reverse.confirmed == ("mx.example.com",)
    assert findings_of(mail()) == {}


def test_signed_mail_that_somebody_forwarded() -> None:
    facts = facts_of(signed(mail()), FORGED, records=RECORDS + keys())
    assert (facts.spf, facts.dmarc, facts.dkim_domains) == (N, P, ("example.com",))
    assert findings_of(signed(mail()), FORGED, records=RECORDS + keys()) == {}


def test_altered_mail_fails() -> None:
    raw = signed(mail()).replace(b"Hello", b"Hullo")
    facts = facts_of(raw, FORGED, records=RECORDS + keys())
    assert (facts.dmarc, facts.dmarc_policy, facts.dmarc_disposition) == (F, "reject", "reject")
    assert facts.dkim[0].result is F


def test_a_body_cut_off_is_no_fail() -> None:
    raw = signed(mail()).replace(b"Hello", b"Hullo")
    facts = facts_of(raw, FORGED, records=RECORDS + keys(), truncated=True)
    assert (facts.dmarc, facts.dkim[0].result) == (T, T)
    report = verify(raw, FORGED, records=RECORDS + keys(), truncated=True)
    assert report.reason == "it was cut, or the DNS did not answer, for DKIM, DMARC"
    assert report.findings == ()


def test_a_forged_header_fails_though_the_body_is_cut_off() -> None:
    """Or a forger only had to write more than is read, and a signature of nobody."""
    raw = signed(mail()).replace(b"Subject: ", b"Subject: Urgent ", 1)
    facts = facts_of(raw, FORGED, records=RECORDS + keys(), truncated=True)
    assert (facts.dmarc, facts.dkim[0].result, facts.missing) == (F, F, ())
    chain = facts_of(
        sealed(mail()).replace(b"Subject: ", b"Subject: Urgent ", 1),
        FORGED,
        truncated=True,
        records=RECORDS + keys(**sealers("list.example")),
    )
    assert (chain.dmarc, chain.arc) == (F, F)


def test_forged_mail_is_refused_by_the_shipped_policy() -> None:
    report = verify(mail(), FORGED)
    verdict = decide([report], ["auth"], Policy(), message_id="m", recipients=("bob@example.org",))
    assert verdict.action is Action.REJECT
    assert verdict.auth == report.auth


@pytest.mark.parametrize(
    "record", ["v=DMARC1; p=none", "v=DMARC1; p=reject; t=y", "v=DMARC1; p=reject; pct=0", "v=DMARC1; p=quarantine"]
)
def test_milder_policies_refuse_nothing(record: str) -> None:
    records = RECORDS.replace("v=DMARC1; p=reject", record)
    verdict = decide([verify(mail(), FORGED, records=records)], ["auth"], Policy(), message_id="m")
    assert verdict.action in (Action.ACCEPT, Action.TAG)


LIST = replace(ENVELOPE, sender="list-bounces@list.example", client_address=STRANGER, helo="mx.list.example")
LIST_RECORDS = RECORDS + keys(**sealers("list.example"))
FORWARDED = sealed(mail(subject="[list] Hi"))


def test_a_trusted_seal_lets_forwarded_mail_pass() -> None:
    facts = facts_of(FORWARDED, LIST, records=LIST_RECORDS, settings=configured(sealers=("list.example",)))
    assert (facts.arc, facts.dmarc, facts.dmarc_disposition) == (P, P, "")
    assert "list.example" in facts.dmarc_override
    assert facts.is_aligned


NOT_TRUSTED = {
    "nobody": ((), FORWARDED),
    "somebody else": (("other.example", "notlist.example"), FORWARDED),
    "a broken seal": (("list.example",), FORWARDED.replace(b"Hello", b"Hullo")),
    "no pass there": (("list.example",), sealed(mail(), found="dmarc=fail header.from=example.com")),
    "a pass for another domain": (
        ("list.example",),
        sealed(mail(), found=FOUND.replace("header.from=example.com", "header.from=example.net")),
    ),
    "only the sealer before": (("list.example",), sealed(FORWARDED, 2, domain="evil.example", found="arc=pass")),
    "several authors": (("list.example",), sealed(mail("<alice@example.com>, <x@example.net>"))),
}


@pytest.mark.parametrize(("trusted", "raw"), NOT_TRUSTED.values(), ids=NOT_TRUSTED)
def test_other_seals_change_nothing(trusted: tuple[str, ...], raw: bytes) -> None:
    records = RECORDS + keys(**sealers("list.example", "evil.example"))
    facts = facts_of(raw, LIST, records=records, settings=configured(sealers=trusted))
    assert (facts.dmarc, facts.dmarc_override) == (F, "")


def test_seals_of_several_trusted_servers() -> None:
    raw = sealed(FORWARDED, 2, domain="next.example", found="arc=pass; dmarc=fail header.from=example.com")
    records = RECORDS + keys(**sealers("list.example", "next.example"))
    facts = facts_of(raw, LIST, records=records, settings=configured(sealers=("list.example", "next.example")))
    assert (facts.dmarc, facts.dmarc_override[:18]) == (P, "arc: list.example ")


@pytest.mark.parametrize(
    "sender",
    [
        "<alice@example.com>, <x@example.net>",
        "<x@example.net>, <alice@example.com>",
        "<a@example.com\x00x@example.net>",
    ],
)
def test_several_authors_never_pass(sender: str) -> None:
    facts = facts_of(signed(mail(sender)), records=RECORDS + keys())
    assert (facts.dmarc, facts.dmarc_policy, facts.dmarc_disposition) == (F, "reject", "reject")
    assert facts.dmarc_reason
    assert not facts.is_aligned


def test_two_from_fields_never_pass() -> None:
    raw = b"From: Boss <boss@bank.example>\r\n" + signed(mail())
    facts = facts_of(raw, records=RECORDS + keys())
    assert (facts.dmarc, facts.is_aligned) == (F, False)


@pytest.mark.parametrize("sender", [None, "Mail Delivery System", "root@localhost"])
def test_without_an_author_nothing_passes(sender: str | None) -> None:
    assert facts_of(mail(sender)).dmarc is AuthResult.PERMERROR


def test_what_the_dns_does_not_answer_is_named_and_never_a_fail() -> None:
    names = ("example.com", "_dmarc.example.com", "sel._domainkey.example.com", "1.2.0.192.in-addr.arpa")
    report = verify(signed(mail()), records="".join(f"{name} STATUS timeout\n" for name in names))
    assert report.status is PoolStatus.PARTIAL
    assert report.reason == "the DNS did not answer for SPF, the client's names, DKIM, DMARC"
    assert report.auth is not None
    assert (report.auth.spf, report.auth.dmarc, report.auth.dkim[0].result) == (T, T, T)
    assert report.findings == ()
    assert decide([report], ["auth"], Policy(), message_id="m").action is Action.ACCEPT


OWN = {
    "logged in": replace(ENVELOPE, authenticated_user="bob"),
    "local": replace(ENVELOPE, client_address="127.0.0.1"),
    "outbound": replace(ENVELOPE, direction=Direction.OUTBOUND),
}


@pytest.mark.parametrize("envelope", OWN.values(), ids=OWN)
def test_mail_of_our_own_clients_is_not_checked(envelope: Envelope) -> None:
    facts = facts_of(mail(), envelope)
    assert not facts.is_known
    assert facts.skipped == "the mail comes from a client of our own"


def test_recorded_results_are_left_alone() -> None:
    recorded = AuthFacts(source=AuthSource.REPLAYED, dmarc=P)
    assert verify(mail(), FORGED, auth=recorded).auth is None


def test_behind_a_relay_the_client_is_the_one_that_it_names() -> None:
    relay = replace(ENVELOPE, client_address="203.0.113.5", helo="relay.example.org")
    field = (
        f"Received: from mx.example.com (mx.example.com [{CLIENT}]) by relay.example.org (Postfix) with ESMTPS id 1\r\n"
    )
    raw = field.encode() + mail()
    assert facts_of(raw, relay).spf is F
    facts = facts_of(raw, relay, settings=configured(relays=("203.0.113.0/24",)))
    assert (facts.spf, facts.dmarc) == (P, P)
    assert facts.client is not None
    assert (facts.client.address, facts.client.relays) == (CLIENT, 1)


def test_a_stored_message_is_checked_by_what_it_tells() -> None:
    field = f"Return-Path: <alice@example.com>\r\nReceived: from mx.example.com (x [{CLIENT}]) by mx.example.org; x\r\n"
    facts = facts_of(field.encode() + mail(), Envelope())
    assert (facts.spf, facts.dmarc) == (P, P)
    assert facts.client is not None
    assert facts.client.inferred == ("client_address", "helo", "sender")


def test_a_stored_message_without_traces_fails_nothing() -> None:
    facts = facts_of(mail(), Envelope())
    assert (facts.spf, facts.dmarc, facts.dmarc_policy) == (N, T, "reject")
    assert verify(mail(), Envelope()).findings == ()


def test_a_server_of_ours_before_us_knows_spf_where_the_client_is_not_found() -> None:
    known = AuthFacts(source=AuthSource.TRUSTED_HEADER, spf=P, spf_domain="example.com")
    relay = replace(ENVELOPE, client_address="203.0.113.5")
    facts = facts_of(mail(), relay, settings=configured(relays=("203.0.113.0/24",)), auth=known)
    assert (facts.spf, facts.dmarc) == (P, P)


def test_bimi_is_a_fact() -> None:
    assert not facts_of(mail()).has_bimi
    assert facts_of(
        mail(), records=RECORDS + 'default._bimi.example.com TXT "v=BIMI1; l=https://example.com/a"\n'
    ).has_bimi
    assert not facts_of(mail(), records=RECORDS + 'default._bimi.example.com TXT "v=BIMI2; l="\n').has_bimi


def test_what_was_verified_stands_in_place_of_what_was_known() -> None:
    report = verify(mail(), FORGED)
    before = Identity(auth=AuthFacts(source=AuthSource.TRUSTED_HEADER, dmarc=P))
    verdict = decide([report], ["auth"], Policy(), message_id="m", identity=before)
    assert verdict.auth.dmarc is F
    skipped = verify(mail(), OWN["local"])
    assert decide([skipped], ["auth"], Policy(), message_id="m", identity=before).auth == before.auth
    assert decide([skipped], ["auth"], Policy(), message_id="m").auth.skipped


def test_five_hundred_signatures_and_a_body_of_spaces_are_bound() -> None:
    raw = b"".join([b"DKIM-Signature: v=1; a=rsa-sha256; d=example.com; s=sel; h=from; bh=YQ==; b=YQ==\r\n"] * 500)
    begun = time.process_time()
    verify(raw + mail(body=" " * 10_000_000 + "\r\n"), FORGED, records=RECORDS + keys())
    assert time.process_time() - begun < 3.0
