"""Seals on what was changed here: our verifier and dkimpy's believe them, and none is made where none may be."""

from __future__ import annotations

import base64
import functools

import dkim
import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding
from hypothesis import given, settings
from hypothesis import strategies as st

from mailcore.authentication import ArcResult, AuthFacts, AuthResult, AuthSource
from tests.mail import mail
from tests.workers.auth.sealing import sealed, sealers
from tests.workers.auth.signing import NOW, SELECTOR, ed25519_key, record, rsa_key, run, signed
from workers.auth.arc import verify_arc
from workers.auth.sealing import Sealer, make_sealer

DOMAIN = "gateway.example"
RESULTS = "mx.gateway.example; dkim=pass header.d=example.com;\n dmarc=pass header.from=example.com"
MAIL = mail()
CHANGED = MAIL.replace(b"ready", b"https://links.example.org/s/x")


@functools.cache
def sealer() -> Sealer:
    return Sealer(DOMAIN, SELECTOR, rsa_key(2_048))


ZONE = sealers("list.example", "forward.example") | {f"{SELECTOR}._domainkey.{DOMAIN}": record(rsa_key(2_048))}


def facts(arc: AuthResult, *, source: AuthSource = AuthSource.VERIFIED) -> AuthFacts:
    return AuthFacts(source=source, arc=arc)


def with_set(raw: bytes, arc: AuthResult, *, subject: str | None = None) -> bytes:
    """The message as it leaves: fields above, folds as an MTA writes them."""
    fields = sealer().seal(raw, results=RESULTS, found=facts(arc), now=NOW, subject=subject)
    assert [name for name, _ in fields] == ["ARC-Authentication-Results", "ARC-Message-Signature", "ARC-Seal"]
    for name, value in fields:
        raw = f"{name}: {value}\r\n".replace("\n ", "\r\n ").encode() + raw
    return raw


def verify(raw: bytes) -> ArcResult:
    return run(verify_arc(raw, now=NOW), ZONE)


def dkimpy_says(raw: bytes) -> str:
    return str(
        dkim.arc_verify(raw, dnsfunc=lambda name, timeout=5: ZONE[name.decode().rstrip(".")].encode())[0], "ascii"
    )


ONE = sealed(MAIL)
SEALED = {
    "first": (CHANGED, AuthResult.NONE),
    "after one": (ONE.replace(b"ready", b"https://links.example.org/s/x"), AuthResult.PASS),
    "after two": (sealed(ONE, 2, domain="forward.example").replace(b"ready", b"x"), AuthResult.PASS),
    "a signed mail": (signed(MAIL).replace(b"ready", b"x"), AuthResult.NONE),
    "no subject": (b"From: a@example.com\r\n\r\nx\r\n", AuthResult.NONE),
    "two of a field": (
        b"Subject: a\r\nTo: x@example.com\r\nFrom: a@example.com\r\nTo: b\r\n\r\nx\r\n",
        AuthResult.NONE,
    ),
    "no end of line": (CHANGED.rstrip(), AuthResult.NONE),
    "empty lines at the end": (CHANGED + b"\r\n\r\n", AuthResult.NONE),
    "bytes that are not ASCII": (CHANGED.replace(b"Subject: ", "Subject: ä ".encode()), AuthResult.NONE),
}


@pytest.mark.parametrize(("raw", "arc"), SEALED.values(), ids=SEALED.keys())
def test_both_verifiers_believe_it(raw: bytes, arc: AuthResult) -> None:
    out = with_set(raw, arc)
    result = verify(out)

    assert (result.result, result.reason) == (AuthResult.PASS, "")
    assert dkimpy_says(out) == "pass"
    assert result.hops[-1].domain == DOMAIN
    assert result.hops[-1].authserv_id == "mx.gateway.example"
    assert "dmarc=pass" in out.decode("utf-8")


def test_it_covers_the_subject_that_is_sent_on() -> None:
    out = with_set(CHANGED, AuthResult.NONE, subject="[SPAM] Minutes of\n the meeting")
    tagged = out.replace(b"\r\nSubject: ", b"\r\nSubject: old\r\nX-Was: ", 1)

    assert verify(tagged).result is AuthResult.FAIL
    head, _, rest = out.partition(b"\r\nSubject: ")
    assert verify(head + b"\r\nSubject: [SPAM] Minutes of the meeting\r\n" + rest.partition(b"\r\n")[2]).result is (
        AuthResult.PASS
    )


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"links.example.org", b"links.example.com"),
        (b"dmarc=pass", b"dmarc=fail"),
        (b"\r\nFrom:", b"\r\nFrom: b\r\nX:"),
    ],
)
def test_what_is_changed_afterwards_breaks_it(old: bytes, new: bytes) -> None:
    out = with_set(CHANGED, AuthResult.NONE)
    assert old in out

    assert verify(out.replace(old, new)).result is AuthResult.FAIL


def test_a_broken_chain_is_sealed_as_such_and_alone() -> None:
    """RFC 8617, 5.1.2: as if the newest set were the only one."""
    out = with_set(ONE.replace(b"ready", b"x"), AuthResult.FAIL)

    assert b"\r\nARC-Message-Signature: i=2;" in out
    assert b"cv=fail" in out.partition(b"\r\n")[0]
    assert verify(out).reason == "already failed on the way"
    seal, own, results = dkim.rfc822_parse(out)[0][:3]
    text, _, signature = seal[1].partition(b"\r\n b=")
    policy = dkim.CanonicalizationPolicy.from_c_value(b"relaxed/relaxed")
    fields = policy.canonicalize_headers([results, own, (seal[0], text + b"\r\n b=")])
    data = b"".join(name + b":" + value for name, value in fields).removesuffix(b"\r\n")
    rsa_key(2_048).public_key().verify(base64.b64decode(signature), data, padding.PKCS1v15(), hashes.SHA256())


NO_SEAL = {
    "the DNS was away": (CHANGED, facts(AuthResult.TEMPERROR), RESULTS),
    "too long a header": (CHANGED, facts(AuthResult.POLICY), RESULTS),
    "nobody looked": (CHANGED, facts(AuthResult.NONE, source=AuthSource.NONE), RESULTS),
    "nothing to say": (CHANGED, facts(AuthResult.NONE), ""),
    "nobody wrote it": (b"Subject: x\r\n\r\nx", facts(AuthResult.NONE), RESULTS),
    "no header": (b"", facts(AuthResult.NONE), RESULTS),
    "a chain that was not seen": (ONE, facts(AuthResult.NONE), RESULTS),
    "a chain that is not there": (CHANGED, facts(AuthResult.PASS), RESULTS),
    "a chain that has ended": (sealed(ONE, 2, cv="fail"), facts(AuthResult.FAIL), RESULTS),
    "fifty hops": (CHANGED.replace(b"From:", b"ARC-Seal: i=50; cv=pass\r\nFrom:"), facts(AuthResult.PASS), RESULTS),
}


@pytest.mark.parametrize(("raw", "found", "results"), NO_SEAL.values(), ids=NO_SEAL.keys())
def test_no_seal(raw: bytes, found: AuthFacts, results: str) -> None:
    assert sealer().seal(raw, results=results, found=found, now=NOW) == ()


def pem(key: object) -> bytes:
    form = serialization.PrivateFormat.PKCS8
    return key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption())  # type: ignore[attr-defined, no-any-return]


def test_a_key_is_read() -> None:
    made = make_sealer(DOMAIN, SELECTOR, pem(rsa_key(2_048)))

    assert repr(made) == f"Sealer({SELECTOR}._domainkey.{DOMAIN})"
    assert made.seal(CHANGED, results=RESULTS, found=facts(AuthResult.NONE), now=NOW) == sealer().seal(
        CHANGED, results=RESULTS, found=facts(AuthResult.NONE), now=NOW
    )


@pytest.mark.parametrize(
    ("key", "problem"),
    [
        (b"", "PEM"),
        (b"-----BEGIN PRIVATE KEY-----\nx", "PEM"),
        (pem(ed25519_key()), "RSA"),
        (pem(rsa_key()), "1024 bits"),
    ],
    ids=["nothing", "damaged", "Ed25519", "short"],
)
def test_a_key_that_cannot_seal_is_refused(key: bytes, problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        make_sealer(DOMAIN, SELECTOR, key)


@settings(max_examples=40)
@given(st.binary(max_size=200), st.sampled_from(list(AuthResult)))
def test_no_message_makes_it_fail(junk: bytes, arc: AuthResult) -> None:
    for raw in (junk, b"From: a\r\nARC-Seal: i=1; " + junk, ONE + junk, junk + ONE):
        sealer().seal(raw, results=RESULTS, found=facts(arc), now=NOW, subject="\u00e4")
