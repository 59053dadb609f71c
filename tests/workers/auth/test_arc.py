"""ARC chains: what passes, what breaks them, and what each hop says it found."""

from __future__ import annotations

import re

import pytest

from mailcore.authentication import ArcResult, AuthResult, AuthSource, SignatureReason
from mailcore.dns import DnsStatus
from tests.mail import mail
from tests.workers.auth.sealing import FOUND, sealed, sealers
from tests.workers.auth.signing import NOW, bare_record, ed25519_key, record, rsa_key, run, signed, zone
from workers.auth.arc import verify_arc
from workers.auth.canonical import SignedMessage
from workers.auth.dkim import verify_dkim

MAIL = mail()
ONE = sealed(MAIL)
FOOTER = b"-- \r\nTo unsubscribe, write to the list.\r\n"
TWO = sealed(ONE + FOOTER, 2, domain="forward.example")
ZONE = sealers("list.example", "forward.example")


def verify(raw: bytes, records: dict[str, str] | None = None) -> ArcResult:
    return run(verify_arc(raw, now=NOW), ZONE if records is None else records)


PASSING = {
    "one": ONE,
    "two": TWO,
    "simple": sealed(MAIL, c="simple/simple"),
    "whole body within the signed length": sealed(MAIL, l=str(len(MAIL.partition(b"\r\n\r\n")[2]))),
    "folded again": ONE.replace(b"; spf=pass", b";\r\n\tspf=pass"),
    "line feeds alone": TWO.replace(b"\r\n", b"\n"),
    "headers in between": ONE.replace(b"ARC-Message", b"Received: by x\r\nARC-Message"),
    "sets in disorder": b"\r\n".join((*TWO.split(b"\r\n")[1:4], TWO.split(b"\r\n")[0], *TWO.split(b"\r\n")[4:])),
    "Ed25519": sealed(MAIL, key=ed25519_key(), domain="ed.example", a="ed25519-sha256"),
    "tags nobody knows": sealed(MAIL, zz="1", seal=" zz=1;"),
}


@pytest.mark.parametrize("raw", PASSING.values(), ids=PASSING.keys())
def test_passes(raw: bytes) -> None:
    result = verify(raw, ZONE | sealers("ed.example", key=ed25519_key()))
    assert (result.result, result.reason) == (AuthResult.PASS, "")


def without(raw: bytes, name: bytes) -> bytes:
    """The message without its topmost field of that name."""
    changed = re.sub(rb"(?m)^" + name + rb":[^\n]*\n([ \t][^\n]*\n)*", b"", raw, count=1)
    assert changed != raw
    return changed


FAILING = {
    "body altered": ONE.replace(b"ready", b"late"),
    "body longer": ONE + FOOTER,
    "subject altered": ONE.replace(b"Minutes", b"Seconds"),
    "results altered": ONE.replace(b"dmarc=pass", b"dmarc=fail"),
    "results of an older hop altered": TWO.replace(FOUND.encode() + b"\r\nFrom", b"dkim=fail\r\nFrom"),
    "no seal": without(ONE, b"ARC-Seal"),
    "no message signature": without(ONE, b"ARC-Message-Signature"),
    "no results": without(ONE, b"ARC-Authentication-Results"),
    "first set gone": sealed(MAIL, 2),
    "seal twice": ONE.partition(b"\r\n")[0] + b"\r\n" + ONE,
    "another chain's seal above": sealed(ONE),
    "seal claims a chain before the first": sealed(MAIL, cv="pass"),
    "second seal denies the first": sealed(ONE, 2, cv="none"),
    "second seal says the first failed": sealed(ONE, 2, cv="fail"),
    "hidden failure": sealed(sealed(MAIL, cv="fail"), 2),
    "text behind the signed length": sealed(MAIL, l=str(len(MAIL.partition(b"\r\n\r\n")[2]))) + FOOTER,
    "seal signs headers": sealed(MAIL, seal=" h=from;"),
    "seal signs the body": sealed(MAIL, seal=" bh=AAAA;"),
    "message signature signs seals": sealed(MAIL, h="from:arc-seal"),
    "instance 0": ONE.replace(b"i=1;", b"i=0;"),
    "instance 51": ONE.replace(b"i=1;", b"i=51;"),
    "instance in words": ONE.replace(b"i=1;", b"i=one;"),
    "instance behind": ONE.replace(b"i=1; mx.list.example;", b"mx.list.example; i=1;"),
    "malformed seal": ONE.replace(b"ARC-Seal: i=1;", b"ARC-Seal: i=1;;"),
    "message signature expired": sealed(MAIL, x=str(int(NOW) - 1)),
    "SHA-1": sealed(MAIL, a="rsa-sha1"),
    "seal alone": b"ARC-Seal: x\r\n" + MAIL,
    "results alone": b"ARC-Authentication-Results: i=1; mx.example; dmarc=pass\r\n" + MAIL,
    "sixty seals": b"ARC-Seal: i=1; cv=none\r\n" * 60 + MAIL,
}


@pytest.mark.parametrize("raw", FAILING.values(), ids=FAILING.keys())
def test_fails(raw: bytes) -> None:
    result = verify(raw)
    assert result.result is AuthResult.FAIL
    assert result.reason


KEYS = {
    "no key": {},
    "revoked": sealers("list.example") | {"sel._domainkey.list.example": record(p="")},
    "other key": sealers("list.example", key=rsa_key(2048)),
    "key for SHA-1 alone": {"sel._domainkey.list.example": record(h="sha1")},
    "key of 512 bit": {"sel._domainkey.list.example": bare_record(2**512 - 1)},
}


@pytest.mark.parametrize("records", KEYS.values(), ids=KEYS.keys())
def test_fails_by_its_key(records: dict[str, str]) -> None:
    assert verify(ONE, records).result is AuthResult.FAIL


def test_without_the_dns_nothing_is_known() -> None:
    unknown: dict[str, str | tuple[str, ...] | DnsStatus] = {"sel._domainkey.list.example": DnsStatus.TIMEOUT}
    result = run(verify_arc(ONE, now=NOW), unknown)
    assert (result.result, result.reason) == (AuthResult.TEMPERROR, SignatureReason.NO_ANSWER)
    # What fails anyway does not become better by waiting.
    broken = sealed(ONE + FOOTER, 2, domain="forward.example").replace(b"ready", b"late")
    assert run(verify_arc(broken, now=NOW), sealers("forward.example") | unknown).result is AuthResult.FAIL


def test_mail_without_a_chain_has_none_and_asks_nothing() -> None:
    with pytest.raises(StopIteration) as ended:
        next(verify_arc(MAIL, now=NOW))
    assert ended.value.value == ArcResult(result=AuthResult.NONE)


def test_all_keys_are_asked_together() -> None:
    questions = next(verify_arc(TWO, now=NOW))
    assert sorted(question.name for question in questions) == sorted(ZONE)


def test_hops_say_who_sealed_and_what_was_found() -> None:
    result = verify(TWO)
    assert result.sealers == ("list.example", "forward.example")
    first, second = result.hops
    assert (first.instance, first.authserv_id, first.selector) == (1, "mx.list.example", "sel")
    assert (first.claims.source, first.claims.from_domain) == (AuthSource.SEALED, "example.com")
    assert (first.claims.dmarc, first.claims.spf, first.claims.spf_domain) == (
        AuthResult.PASS, AuthResult.PASS, "example.com",
    )  # fmt: skip
    assert first.claims.dkim_domains == ("example.com",)
    assert (second.instance, second.domain) == (2, "forward.example")


@pytest.mark.parametrize(
    "raw", [ONE, sealed(ONE, 2), TWO, sealed(TWO, 3)],
    ids=["one", "unaltered since the first", "altered before the last", "altered between"],
)  # fmt: skip
def test_servers_on_the_way_may_change_the_message(raw: bytes) -> None:
    assert verify(raw).result is AuthResult.PASS


def test_a_broken_chain_still_names_its_sealers() -> None:
    assert verify(sealed(ONE, 2, cv="fail")).sealers == ("list.example", "list.example")


def test_fifty_hops_pass() -> None:
    raw = MAIL
    for instance in range(1, 51):
        raw = sealed(raw, instance)
    result = verify(raw)
    assert (result.result, len(result.hops)) == (AuthResult.PASS, 50)
    assert verify(sealed(raw, 51)).result is AuthResult.FAIL


def test_dkim_and_arc_share_a_message() -> None:
    message = SignedMessage(sealed(signed(MAIL)))
    (signature,) = run(verify_dkim(message, now=NOW), zone())
    assert signature.result is AuthResult.PASS
    assert run(verify_arc(message, now=NOW), ZONE).result is AuthResult.PASS
