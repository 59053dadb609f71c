"""Mail made to be expensive or to break the reader of signatures: bounded, and never an exception."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailcore.authentication import AuthResult, SignatureReason
from mailcore.dns import DnsStatus
from tests.mail import mail
from tests.workers.auth.sealing import sealed, sealers
from tests.workers.auth.signing import NAME, NOW, record, run, signed, zone
from workers.auth.arc import verify_arc
from workers.auth.dkim import verify_dkim
from workers.auth.signature import SignatureLimits

MAIL = mail()
SECONDS = 3.0  # CPU; the worst case here takes a tenth of it on a slow machine


def signatures(count: int) -> bytes:
    """That many good signatures, each of a domain of its own."""
    head = signed(MAIL).partition(b"\r\n")[0]
    return b"".join(head.replace(b"d=example.com", b"d=d%d.example.com" % number) + b"\r\n" for number in range(count))


def test_of_500_signatures_ten_are_verified_and_the_rest_is_named_and_counted() -> None:
    check = verify_dkim(signatures(500) + MAIL, now=NOW)
    assert len(next(check)) == 10
    with pytest.raises(StopIteration) as ended:
        check.send({})
    results = ended.value.value
    assert [each.result for each in results[:10]] == [AuthResult.TEMPERROR] * 10
    assert results[10].domain == "d10.example.com"
    assert {each.result for each in results[10:]} == {AuthResult.POLICY}
    assert (len(results), results[-1].reason) == (111, f"{SignatureReason.TOO_MANY}: 390 more")


def test_the_same_signature_500_times_asks_once() -> None:
    raw = (signed(MAIL).partition(b"\r\n")[0] + b"\r\n") * 500 + MAIL
    results = run(verify_dkim(raw, now=NOW), zone())
    assert [each.result for each in results[:10]] == [AuthResult.PASS] * 10


def test_the_number_of_signatures_is_a_limit() -> None:
    limits = SignatureLimits(signatures=2, named=1)
    results = run(verify_dkim(signatures(5) + MAIL, now=NOW, limits=limits), {})
    assert [each.reason for each in results] == [
        SignatureReason.NO_KEY, SignatureReason.NO_KEY, SignatureReason.TOO_MANY, "too many signatures: 2 more",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "head",
    [b"X: " + b"x" * 600_000 + b"\r\n", b"X: y\r\n" * 5_000],
    ids=["600 KB", "5,000 fields"],
)
def test_headers_that_are_too_large_are_not_verified(head: bytes) -> None:
    (result,) = run(verify_dkim(head + signed(MAIL), now=NOW), zone())
    assert (result.result, result.reason) == (AuthResult.POLICY, SignatureReason.HEADER_TOO_LARGE)
    assert run(verify_arc(head + sealed(MAIL), now=NOW), sealers("list.example")).result is AuthResult.POLICY


def padded_signature(padding: bytes) -> bytes:
    return signed(MAIL).replace(b"; b=", b"; " + padding + b"b=", 1)


LARGE = 400_000
HOSTILE: dict[str, Callable[[], bytes]] = {
    "10 MB of spaces": lambda: signed(MAIL) + b" " * 10_000_000,
    "10 MB of line ends": lambda: signed(MAIL) + b"\r\n" * 5_000_000,
    "10 MB of runs of spaces": lambda: signed(MAIL) + (b" " * 200_000 + b"x\r\n") * 50,
    "10 MB and ten lengths": lambda: (
        b"".join(signed(MAIL, l=str(n), h="from").partition(b"\r\n")[0] + b"\r\n" for n in range(10))
        + MAIL + b"x \r\n" * 2_500_000
    ),
    "signature of many tags": lambda: padded_signature(b"".join(b"a%d=;" % number for number in range(40_000))),
    "signature of semicolons": lambda: padded_signature(b";" * LARGE),
    "signature of spaces": lambda: padded_signature(b" " * LARGE),
    "signature of folds": lambda: padded_signature(b"\r\n " * (LARGE // 3)),
    "b of spaces": lambda: signed(MAIL).replace(b"; b=", b"; b=" + b" \t" * (LARGE // 2), 1),
    "h of colons": lambda: signed(MAIL).replace(b"h=from", b"h=from" + b":" * LARGE, 1),
    "h of one name": lambda: signed(MAIL).replace(b"h=from", b"h=from" + b":x" * (LARGE // 2), 1),
    "header of spaces": lambda: b"X: " + b" \t" * (LARGE // 2) + b"\r\n" + signed(MAIL, h="from:x"),
    "ten signatures over 400 KB": lambda: (
        (signed(MAIL, h="from:x").partition(b"\r\n")[0] + b"\r\n") * 10
        + b"X: " + b"a  " * (LARGE // 3) + b"\r\n" + MAIL
    ),
    "long domain": lambda: signed(MAIL).replace(b"d=example.com", b"d=" + b"a." * (LARGE // 2) + b"com", 1),
    "long identity": lambda: signed(MAIL).replace(b"d=", b"i=" + b"=41" * (LARGE // 3) + b"@example.com; d=", 1),
    "long b": lambda: signed(MAIL).rstrip().replace(b"; b=", b"; b=" + b"AAAA" * (LARGE // 4), 1),
}  # fmt: skip


@pytest.mark.parametrize("hostile", HOSTILE.values(), ids=HOSTILE.keys())
def test_time_is_bounded(hostile: Callable[[], bytes]) -> None:
    raw = hostile()
    started = time.process_time()
    results = run(verify_dkim(raw, now=NOW), zone())
    run(verify_arc(raw, now=NOW), {})
    assert time.process_time() - started < SECONDS
    assert results


def test_sets_with_large_results_are_bounded() -> None:
    raw = MAIL
    for instance in range(1, 11):
        raw = sealed(raw, instance, found="dkim=pass " + "(comment) " * 4_000)
    started = time.process_time()
    assert run(verify_arc(raw, now=NOW), sealers("list.example")).result is AuthResult.PASS
    assert time.process_time() - started < SECONDS


def test_a_record_with_many_keys_is_tried_a_few_times() -> None:
    records = (*(record(n=str(number), h="sha1") for number in range(1_000)), record())
    (result,) = run(verify_dkim(signed(MAIL), now=NOW), {NAME: records})
    assert result.reason == SignatureReason.KEY_FOR_OTHER_ALGORITHM


PIECES = st.sampled_from([
    b"DKIM-Signature:", b"ARC-Seal:", b"ARC-Message-Signature:", b"ARC-Authentication-Results:", b"From:",
    b"v=1;", b"i=1;", b"i=@example.com;", b"a=rsa-sha256;", b"d=example.com;", b"s=sel;", b"h=from;", b"bh=AAAA;",
    b"b=AAAA;", b"cv=none;", b"l=5;", b"t=1;", b"x=2;", b"c=relaxed;", b"=", b";", b"mx.example;",
    b"\r\n", b"\n", b" ", b"\r", b"\0", b"\xff", b":", b"x", b"b",
])  # fmt: skip


@settings(max_examples=400, deadline=None)
@given(st.lists(st.one_of(PIECES, st.binary(max_size=4)), max_size=60).map(b"".join))
def test_nothing_raises(raw: bytes) -> None:
    run(verify_dkim(raw, now=NOW), zone())
    run(verify_arc(raw, now=NOW), zone())


@settings(max_examples=400, deadline=None)
@given(
    st.one_of(
        st.text(max_size=60),
        st.lists(st.sampled_from(["v=DKIM1;", "k=rsa;", "p=", "AAAA", ";", "=", " "])).map("".join),
    )
)
def test_no_record_raises(text: str) -> None:
    latin = text.encode("utf-8", "surrogatepass").decode("latin-1")
    (result,) = run(verify_dkim(signed(MAIL), now=NOW), {NAME: latin})
    assert result.result is not AuthResult.PASS


@pytest.mark.parametrize("status", [status for status in DnsStatus if status is not DnsStatus.OK])
def test_no_answer_passes(status: DnsStatus) -> None:
    (result,) = run(verify_dkim(signed(MAIL), now=NOW), {NAME: status})
    assert result.result in (AuthResult.TEMPERROR, AuthResult.PERMERROR)
