"""DKIM signatures: what passes, what does not and why, and what is told of signatures besides."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from mailcore.authentication import AuthFacts, AuthResult, AuthSource, DkimResult, SignatureReason
from mailcore.dns import DnsStatus
from tests.mail import mail
from tests.workers.auth.signing import (
    DOMAIN,
    NAME,
    NOW,
    bare_record,
    ed25519_key,
    record,
    rsa_key,
    run,
    signed,
    zone,
)
from workers.auth.canonical import SignedMessage
from workers.auth.dkim import verify_dkim
from workers.auth.signature import SignatureLimits

MAIL = mail()
REFUSED = (AuthResult.FAIL, AuthResult.PERMERROR, AuthResult.POLICY)


def verify(raw: bytes, records: dict[str, str] | None = None, limits: SignatureLimits | None = None) -> DkimResult:
    """The result of the only signature."""
    (result,) = run(verify_dkim(raw, now=NOW, limits=limits), zone() if records is None else records)
    return result


@dataclass
class Passing:
    raw: bytes
    records: dict[str, str] = field(default_factory=zone)


PASSING = {
    "relaxed": Passing(signed(MAIL)),
    "simple": Passing(signed(MAIL, c="simple/simple")),
    "header relaxed alone": Passing(signed(MAIL, c="relaxed")),
    "body relaxed alone": Passing(signed(MAIL, c="simple/relaxed")),
    "nothing said of canonicalisation": Passing(signed(MAIL, c="")),
    "ed25519": Passing(signed(MAIL, key=ed25519_key()), zone(ed25519_key())),
    "2048 bit": Passing(signed(MAIL, key=rsa_key(2048)), zone(rsa_key(2048))),
    "bare PKCS 1 key": Passing(signed(MAIL), {NAME: bare_record(rsa_key().public_key().public_numbers().n)}),
    "key record of nothing but the key": Passing(signed(MAIL), zone(v="", k="")),
    "key of the right hash": Passing(signed(MAIL), zone(h="sha1:sha256")),
    "key for mail": Passing(signed(MAIL), zone(s="other:email")),
    "key with notes": Passing(signed(MAIL), zone(n="ask postmaster")),
    "padding of the key left out": Passing(signed(MAIL), {NAME: record().rstrip("=")}),
    "identity below the domain": Passing(signed(MAIL, i="alice@news.example.com")),
    "identity in hexadecimal": Passing(signed(MAIL, i="alice=40example.com")),
    "other case": Passing(signed(MAIL, d="Example.COM")),
    "expires later": Passing(signed(MAIL, x=str(int(NOW) + 60))),
    "signed by a clock a little ahead": Passing(signed(MAIL, t=str(int(NOW) + 60))),
    "header that is not there": Passing(signed(MAIL, h="from:to:subject:x-nothing")),
    "oversigned": Passing(signed(MAIL, h="from:from:to:to:subject:subject")),
    "white space in h": Passing(signed(MAIL, h="from : to : subject")),
    "tag that nobody knows": Passing(signed(MAIL, zz="yes")),
    "way to the key among others": Passing(signed(MAIL, q="http:dns/txt")),
    "whole body by length": Passing(signed(MAIL, l=str(len(MAIL.partition(b"\r\n\r\n")[2])))),
    "domain in U-labels": Passing(
        signed(MAIL, d="bücher.example", i="@bücher.example"), {"sel._domainkey.xn--bcher-kva.example": record()}
    ),
    "selector of two labels": Passing(signed(MAIL, s="a.b"), {f"a.b._domainkey.{DOMAIN}": record()}),
    # An editor, a mail store or `cat` keep LF alone.
    "line feeds alone": Passing(signed(MAIL).replace(b"\r\n", b"\n")),
    "line feeds alone, simple": Passing(signed(MAIL, c="simple/simple").replace(b"\r\n", b"\n")),
    "mbox line before": Passing(b"From alice Mon Jan  5 10:00:00 2026\n" + signed(MAIL)),
    # Servers on the way may fold, and add white space at the ends of lines.
    "folded again": Passing(signed(MAIL).replace(b"Subject: Minutes of", b"subject :  Minutes\r\n\tof")),
    "white space at line ends": Passing(signed(MAIL).replace(b"ready.\r\n", b"ready. \t \r\n")),
    "empty lines at the end": Passing(signed(MAIL, c="simple/simple") + b"\r\n\r\n"),
    "header added above": Passing(b"X-Spam: no\r\n" + signed(MAIL)),
    "empty body": Passing(signed(MAIL.partition(b"\r\n\r\n")[0] + b"\r\n\r\n", c="simple/simple")),
    "no body": Passing(signed(MAIL.partition(b"\r\n\r\n")[0] + b"\r\n")),
    "CR without LF": Passing(signed(MAIL + b"one\rtwo \r \r\nthree\r\n")),
}


@pytest.mark.parametrize("case", PASSING.values(), ids=PASSING.keys())
def test_passes(case: Passing) -> None:
    result = verify(case.raw, case.records)
    assert (result.result, result.reason) == (AuthResult.PASS, "")


def changed(old: bytes, new: bytes, c: str = "relaxed/relaxed") -> bytes:
    raw = signed(MAIL, c=c)
    assert raw.count(old) == 1
    return raw.replace(old, new)


R = SignatureReason
NOT_PASSING: dict[str, tuple[bytes, dict[str, str], SignatureReason]] = {
    "body altered": (changed(b"are ready", b"are late"), zone(), R.BODY_ALTERED),
    "body longer": (signed(MAIL) + b"Buy now\r\n", zone(), R.BODY_ALTERED),
    "body gone": (signed(MAIL).partition(b"\r\n\r\n")[0] + b"\r\n\r\n", zone(), R.BODY_ALTERED),
    "white space, simple": (changed(b"are ready", b"are  ready", c="simple/simple"), zone(), R.BODY_ALTERED),
    "body shorter than signed": (signed(MAIL, l="100000"), zone(), R.BODY_SHORTER),
    "subject altered": (changed(b"Minutes", b"Seconds"), zone(), R.MISMATCH),
    "name's case, simple": (changed(b"Subject:", b"subject:", c="simple/simple"), zone(), R.MISMATCH),
    "header taken away": (changed(b"MIME-Version: 1.0\r\n", b""), zone(), R.MISMATCH),
    "header below": (changed(b"Subject: ", b"To: eve@example.org\r\nSubject: "), zone(), R.MISMATCH),
    "second From, oversigned": (
        b"From: eve@example.org\r\n" + signed(MAIL, h="from:from:to:subject"), zone(), R.MISMATCH,
    ),
    "other key": (signed(MAIL), zone(rsa_key(2048)), R.MISMATCH),
    "signature tag altered": (changed(b"d=example.com; ", b"d=example.com; z=1; "), zone(), R.MISMATCH),
    "SHA-1": (signed(MAIL, hash_name="sha1"), zone(), R.SHA1),
    "unknown algorithm": (signed(MAIL, a="rsa-md5"), zone(), R.WRONG_ALGORITHM),
    "unknown version": (signed(MAIL, v="2"), zone(), R.WRONG_VERSION),
    "unknown canonicalisation": (changed(b"c=relaxed/relaxed", b"c=nowsp"), zone(), R.WRONG_CANONICALISATION),
    "unknown way to the key": (signed(MAIL, q="dns/srv"), zone(), R.WRONG_QUERY),
    "identity elsewhere": (signed(MAIL, i="@example.org"), zone(), R.FOREIGN_IDENTITY),
    "identity that only ends alike": (signed(MAIL, i="@badexample.com"), zone(), R.FOREIGN_IDENTITY),
    "identity above": (signed(MAIL, d="news.example.com", i="@example.com"), zone(), R.FOREIGN_IDENTITY),
    "identity below a strict domain": (signed(MAIL, i="@a.example.com"), zone(t="s"), R.FOREIGN_IDENTITY),
    "From not signed": (signed(MAIL, h="to:subject"), zone(), R.FROM_UNSIGNED),
    "expired": (signed(MAIL, x=str(int(NOW) - 1)), zone(), R.EXPIRED),
    "from the future": (signed(MAIL, t=str(int(NOW) + 86_400)), zone(), R.IN_THE_FUTURE),
    "expired before signed": (signed(MAIL, t="2000", x="1000"), zone(), R.MALFORMED),
    "no key": (signed(MAIL), {}, R.NO_KEY),
    "key revoked": (signed(MAIL), zone(p=""), R.KEY_REVOKED),
    "key of 300 bit": (signed(MAIL), {NAME: bare_record(2**300 - 1)}, R.KEY_TOO_SHORT),
    "key of 512 bit": (signed(MAIL), {NAME: bare_record(2**512 - 1)}, R.KEY_TOO_SHORT),
    "key of 1023 bit": (signed(MAIL), {NAME: bare_record(2**1023 - 1)}, R.KEY_TOO_SHORT),
    "key of 16 kbit": (signed(MAIL), {NAME: bare_record(2**16_384 - 1)}, R.KEY_TOO_LONG),
    "key of a long exponent": (signed(MAIL), {NAME: bare_record(2**2048 - 1, 2**2000 + 1)}, R.KEY_MALFORMED),
    "key for Ed25519": (signed(MAIL), zone(ed25519_key()), R.KEY_FOR_OTHER_ALGORITHM),
    "key of unknown kind": (signed(MAIL), zone(k="dsa"), R.KEY_FOR_OTHER_ALGORITHM),
    "key for SHA-1 alone": (signed(MAIL), zone(h="sha1"), R.KEY_FOR_OTHER_ALGORITHM),
    "key for chat": (signed(MAIL), zone(s="chat"), R.KEY_FOR_OTHER_SERVICE),
    "key of another version": (signed(MAIL), zone(v="DKIM2"), R.KEY_MALFORMED),
    "key record with its version late": (signed(MAIL), {NAME: f"k=rsa; {record(k='')}"}, R.KEY_MALFORMED),
    "key that is no base64": (signed(MAIL), zone(p="äö!"), R.KEY_MALFORMED),
    "key that is no key": (signed(MAIL), zone(p="aGVsbG8="), R.KEY_MALFORMED),
    "key without p": (signed(MAIL), {NAME: "v=DKIM1; k=rsa"}, R.KEY_MALFORMED),
    "another record by a wildcard": (signed(MAIL), {NAME: "v=spf1 -all"}, R.KEY_MALFORMED),
    "record of 64 KB": (signed(MAIL), zone(n="x" * 65_000), R.KEY_MALFORMED),
    "top-level domain": (signed(MAIL, d="com"), zone(), R.WRONG_DOMAIN),
    "empty label": (signed(MAIL, d="example..com"), zone(), R.WRONG_DOMAIN),
    "label of 64 letters": (signed(MAIL, s="s" * 64), zone(), R.WRONG_DOMAIN),
    "name of 254 letters": (signed(MAIL, s=".".join(["s" * 57] * 4)), zone(), R.WRONG_DOMAIN),
    "space in the selector": (signed(MAIL, s="a b"), zone(), R.WRONG_DOMAIN),
    "U-label that is none": (signed(MAIL, d="\u2028.example"), zone(), R.WRONG_DOMAIN),
}  # fmt: skip


@pytest.mark.parametrize(("raw", "records", "reason"), NOT_PASSING.values(), ids=NOT_PASSING.keys())
def test_does_not_pass(raw: bytes, records: dict[str, str], reason: SignatureReason) -> None:
    result = verify(raw, records)
    assert result.reason == reason
    assert result.result in REFUSED


MALFORMED = {
    "nothing": "",
    "no tags": "hello",
    "tag without value": "v=1; a; b=c",
    "tag without name": "v=1; =x; b=c",
    "name with a hyphen": "v=1; a-b=x; b=c",
    "empty place": "v=1;; a=rsa-sha256; b=c",
    "tag twice": "v=1; v=1; b=c",
    "tags missing": "v=1; a=rsa-sha256; b=c; d=example.com",
    "b that is no base64": f"v=1; a=rsa-sha256; d={DOMAIN}; s=sel; h=from; bh=AA==; b=!!!!",
    "bh that is no base64": f"v=1; a=rsa-sha256; d={DOMAIN}; s=sel; h=from; bh=A; b=AA==",
    "empty domain": "v=1; a=rsa-sha256; d=; s=sel; h=from; bh=AA==; b=AA==",
    "time in words": f"v=1; a=rsa-sha256; d={DOMAIN}; s=sel; h=from; bh=AA==; b=AA==; t=now",
    "negative length": f"v=1; a=rsa-sha256; d={DOMAIN}; s=sel; h=from; bh=AA==; b=AA==; l=-1",
    "length of 77 digits": f"v=1; a=rsa-sha256; d={DOMAIN}; s=sel; h=from; bh=AA==; b=AA==; l={'9' * 77}",
    "bytes that are no text": "v=1; a=rsa-sha256; d=ex\udcff.com; s=sel; h=from; bh=AA==; b=AA==",
}


@pytest.mark.parametrize("value", MALFORMED.values(), ids=MALFORMED.keys())
def test_what_is_malformed_is_a_permanent_error_and_asks_nothing(value: str) -> None:
    raw = b"DKIM-Signature: " + value.encode("utf-8", "surrogateescape") + b"\r\n" + MAIL
    check = verify_dkim(raw, now=NOW)
    with pytest.raises(StopIteration) as ended:
        next(check)
    (result,) = ended.value.value
    assert (result.result, result.reason) == (AuthResult.PERMERROR, SignatureReason.MALFORMED)


@pytest.mark.parametrize("status", [DnsStatus.TIMEOUT, DnsStatus.SERVER_FAILED, DnsStatus.MALFORMED])
def test_where_the_dns_does_not_answer_nothing_is_known(status: DnsStatus) -> None:
    (result,) = run(verify_dkim(signed(MAIL), now=NOW), {NAME: status})
    assert (result.result, result.reason) == (AuthResult.TEMPERROR, SignatureReason.NO_ANSWER)


@pytest.mark.parametrize("status", [DnsStatus.NO_DATA, DnsStatus.NO_SUCH_NAME])
def test_a_key_that_does_not_exist_is_a_permanent_error(status: DnsStatus) -> None:
    (result,) = run(verify_dkim(signed(MAIL), now=NOW), {NAME: status})
    assert (result.result, result.reason) == (AuthResult.PERMERROR, SignatureReason.NO_KEY)


def test_mail_without_signature_has_no_result_and_asks_nothing() -> None:
    with pytest.raises(StopIteration) as ended:
        next(verify_dkim(MAIL, now=NOW))
    assert ended.value.value == ()


def test_of_several_records_each_may_be_the_key() -> None:
    records = ("v=spf1 -all", record(rsa_key(2048)), record())
    (result,) = run(verify_dkim(signed(MAIL), now=NOW), {NAME: records})
    assert result.result is AuthResult.PASS


def test_signatures_are_judged_each_for_itself_and_their_keys_asked_together() -> None:
    raw = signed(signed(MAIL, key=ed25519_key(), s="ed"), hash_name="sha1")
    raw = signed(raw, d="example.org", s="gone")
    check = verify_dkim(raw, now=NOW)
    questions = next(check)
    assert [question.name for question in questions] == ["gone._domainkey.example.org", "ed._domainkey.example.com"]
    results = run(verify_dkim(raw, now=NOW), {"ed._domainkey.example.com": record(ed25519_key())})
    assert [(each.domain, each.result) for each in results] == [
        ("example.org", AuthResult.PERMERROR),
        (DOMAIN, AuthResult.PERMERROR),
        (DOMAIN, AuthResult.PASS),
    ]


def test_what_is_told_of_a_signature() -> None:
    raw = signed(MAIL, i="alice@example.com", t=str(int(NOW)), x=str(int(NOW) + 60), h="from:subject")
    (result,) = run(verify_dkim(raw, now=NOW), zone(t="y"), secure=True)
    assert result.result is AuthResult.PASS
    assert (result.domain, result.selector, result.identity) == (DOMAIN, "sel", "alice@example.com")
    assert (result.algorithm, result.key_bits) == ("rsa-sha256", 1_024)
    assert (result.signed_at, result.expires_at) == (int(NOW), int(NOW) + 60)
    assert (result.is_testing, result.is_secure, result.unsigned_tail_bytes) == (True, True, 0)
    assert raw.find(f"b={result.signature}".encode()) > 0
    assert result.unsigned_headers == (
        "to", "date", "message-id", "mime-version", "content-type", "content-transfer-encoding",
    )  # fmt: skip


def test_text_behind_the_signed_length_is_counted() -> None:
    body = MAIL.partition(b"\r\n\r\n")[2]
    result = verify(signed(MAIL, l=str(len(body))) + b"Buy now\r\n")
    assert result.result is AuthResult.PASS
    assert result.unsigned_tail_bytes == len(b"Buy now\r\n")


@pytest.mark.parametrize("name", ["From", "Subject", "To", "Reply-To", "Content-Type"])
def test_a_header_added_to_a_signed_mail_is_named(name: str) -> None:
    """Replayed mail: the signature holds, for RFC 6376 signs the lowest of several fields."""
    result = verify(f"{name}: eve@example.org\r\n".encode() + signed(MAIL))
    assert result.result is AuthResult.PASS
    assert result.unsigned_headers == (name.lower(),)


@pytest.mark.parametrize(
    ("suffix", "host"), [("co.uk", "shop.co.uk"), ("github.io", "someone.github.io")], ids=["registry", "private"]
)
def test_a_signature_of_a_public_suffix_vouches_for_nobody_below_it(suffix: str, host: str) -> None:
    raw = signed(mail(sender=f"Shop <info@{host}>"), d=suffix)
    result = verify(raw, {f"sel._domainkey.{suffix}": record()})
    assert result.result is AuthResult.PASS
    assert not AuthFacts(source=AuthSource.VERIFIED, from_domain=host, dkim=(result,)).is_aligned


def test_headers_that_are_all_signed_are_not_named() -> None:
    assert verify(signed(MAIL)).unsigned_headers == ()


def test_a_signature_does_not_sign_itself() -> None:
    """DKIM-Signature in h= means those that were there before (RFC 6376, 5.4)."""
    first = signed(MAIL, s="one")
    raw = signed(first, h="from:to:subject:dkim-signature")
    results = run(verify_dkim(raw, now=NOW), zone() | {f"one._domainkey.{DOMAIN}": record()})
    assert [each.result for each in results] == [AuthResult.PASS, AuthResult.PASS]


def test_keys_that_are_too_large_are_not_computed_with() -> None:
    limits = SignatureLimits(largest_rsa_key=1_024)
    result = verify(signed(MAIL, key=rsa_key(2048)), zone(rsa_key(2048)), limits)
    assert (result.result, result.reason) == (AuthResult.POLICY, SignatureReason.KEY_TOO_LONG)


def test_archives_may_be_read_with_sha1() -> None:
    limits = SignatureLimits(accepts_sha1=True)
    assert verify(signed(MAIL, hash_name="sha1"), limits=limits).result is AuthResult.PASS


def test_a_message_taken_apart_once_serves_several_checks() -> None:
    message = SignedMessage(signed(MAIL))
    one, other = (run(verify_dkim(message, now=NOW), zone()) for _ in range(2))
    assert one == other
    assert one[0].result is AuthResult.PASS
