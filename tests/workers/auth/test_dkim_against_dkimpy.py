"""dkimpy as a second opinion: what it signs passes here, what was altered fails in both, canonical forms are equal."""

from __future__ import annotations

import dkim
import pytest
from dkim.canonicalization import Relaxed, Simple
from hypothesis import given, settings
from hypothesis import strategies as st

from mailcore.authentication import AuthResult
from tests.mail import mail
from tests.workers.auth.signing import NAME, PrivateKey, dkimpy_signed, ed25519_key, record, rsa_key, run
from workers.auth.canonical import relaxed_body, relaxed_field, simple_body
from workers.auth.dkim import verify_dkim

LATER = 4e9  # dkimpy signs with the time of its own clock

KEYS = {"rsa 1024": rsa_key(), "rsa 2048": rsa_key(2048), "ed25519": ed25519_key()}
CANONICALISATIONS = ("simple/simple", "simple/relaxed", "relaxed/simple", "relaxed/relaxed")

# Made of what canonical forms care about.
ODD_BYTES = st.lists(
    st.sampled_from([b"\r\n", b"\r\n\r\n", b" ", b"\t", b"  ", b"x", b"\r\n ", b"=20", b"\xc3\xa9", b"word"]),
    max_size=12,
).map(b"".join)


def passes_here(raw: bytes, key: PrivateKey) -> bool:
    results = run(verify_dkim(raw, now=LATER), {NAME: record(key)})
    return [each.result for each in results] == [AuthResult.PASS]


def passes_there(raw: bytes, key: PrivateKey) -> bool:
    return bool(dkim.verify(raw, dnsfunc=lambda name, timeout=5: record(key).encode()))


@pytest.mark.parametrize("key", KEYS.values(), ids=KEYS.keys())
@pytest.mark.parametrize("c", CANONICALISATIONS)
@pytest.mark.parametrize("length", [False, True], ids=["whole", "l="])
def test_what_dkimpy_signs_passes(key: PrivateKey, c: str, *, length: bool) -> None:
    raw = dkimpy_signed(mail(text="One\n\ntwo  three \n\n\n"), key=key, c=c, length=length)
    assert passes_here(raw, key)


@settings(max_examples=60, deadline=None)
@given(text=ODD_BYTES, subject=st.text(" \tabc", max_size=8), c=st.sampled_from(CANONICALISATIONS))
def test_odd_mail_that_dkimpy_signs_passes(text: bytes, subject: str, c: str) -> None:
    raw = dkimpy_signed(mail(headers=[("Subject", f"x{subject}")]).partition(b"\r\n\r\n")[0] + b"\r\n\r\n" + text, c=c)
    assert passes_here(raw, rsa_key())


@settings(max_examples=150, deadline=None)
@given(
    position=st.integers(0, 10_000),
    change=st.sampled_from([b"", b"x", b" ", b"\n", b"\t"]),
    c=st.sampled_from(CANONICALISATIONS),
)
def test_both_say_the_same_of_altered_mail(position: int, change: bytes, c: str) -> None:
    """One byte replaced anywhere: some changes are forgiven, and then by both."""
    raw = dkimpy_signed(mail(), c=c)
    at = position % len(raw)
    altered = raw[:at] + change + raw[at + 1 :]
    there = _verdict_there(altered)
    assert there is None or passes_here(altered, rsa_key()) is there


def _verdict_there(raw: bytes) -> bool | None:
    """None where dkimpy cannot read the damaged header at all."""
    try:
        return passes_there(raw, rsa_key())
    except (dkim.DKIMException, ValueError, IndexError):
        return None


@settings(max_examples=500, deadline=None)
@given(ODD_BYTES)
def test_canonical_bodies_are_equal(body: bytes) -> None:
    assert relaxed_body(body) == Relaxed.canonicalize_body(body)
    assert simple_body(body) == Simple.canonicalize_body(body)


@settings(max_examples=300, deadline=None)
@given(ODD_BYTES)
def test_canonical_fields_are_equal(value: bytes) -> None:
    ((name, expected),) = Relaxed.canonicalize_headers([(b"Subject", value + b"\r\n")])
    assert relaxed_field(b"subject", value) + b"\r\n" == name + b":" + expected
