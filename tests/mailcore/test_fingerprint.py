"""A retried delivery has the same fingerprint; everything else has another one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailcore.fingerprint import Fingerprint
from mailcore.message import Direction, Envelope

HEADERS = (
    (b"Received", b" from mx.example.net by mx.example.org; Mon, 05 Jan 2026 10:00:00 +0000"),
    (b"DKIM-Signature", b" v=1; d=example.com; b=abc"),
    (b"From", b" alice@example.com"),
    (b"Subject", b" Minutes"),
)
ENVELOPE = Envelope(sender="alice@example.com", recipients=("bob@example.net", "carol@example.net"))


def fingerprint(
    headers: tuple[tuple[bytes, bytes], ...] = HEADERS,
    body: bytes = b"Hello\r\n",
    envelope: Envelope = ENVELOPE,
) -> str:
    made = Fingerprint()
    for name, value in headers:
        made.header(name, value)
    made.body(body)
    return made.digest(envelope)


@pytest.mark.parametrize(
    "trace",
    [
        b"Received",
        b"RECEIVED",
        b"X-Received",
        b"Return-Path",
        b"Delivered-To",
        b"X-Original-To",
        b"Authentication-Results",
        b"Received-SPF",
        b"ARC-Seal",
        b"ARC-Message-Signature",
        b"arc-authentication-results",
    ],
)
def test_trace_headers_do_not_count(trace: bytes) -> None:
    assert fingerprint(((trace, b" of the second attempt"), *HEADERS[1:])) == fingerprint(HEADERS[1:])


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param(HEADERS[2:], id="without its DKIM signature"),
        pytest.param((HEADERS[0], (b"DKIM-Signature", b" v=1; d=example.com; b=xyz"), *HEADERS[2:]), id="signed anew"),
        pytest.param((*HEADERS[:3], (b"Subject", b" minutes")), id="another value"),
        pytest.param((*HEADERS[:3], (b"Subjects", b" Minutes")), id="another name"),
        pytest.param((*HEADERS, (b"Subject", b" Minutes")), id="a header twice"),
        pytest.param((HEADERS[0], HEADERS[1], HEADERS[3], HEADERS[2]), id="another order"),
        pytest.param((*HEADERS[:3], (b"X-Received-By", b" x"), HEADERS[3]), id="a name that only begins like trace"),
        pytest.param((*HEADERS[:3], (b"Su", b"bject: Minutes")), id="name and value cut elsewhere"),
    ],
)
def test_every_other_header_counts(headers: tuple[tuple[bytes, bytes], ...]) -> None:
    assert fingerprint(headers) != fingerprint()


@pytest.mark.parametrize(
    "envelope",
    [
        pytest.param(Envelope(recipients=ENVELOPE.recipients), id="no sender"),
        pytest.param(Envelope(sender="mallory@example.com", recipients=ENVELOPE.recipients), id="another sender"),
        pytest.param(Envelope(sender=ENVELOPE.sender, recipients=("bob@example.net",)), id="one recipient less"),
        pytest.param(Envelope(sender="", recipients=(ENVELOPE.sender, *ENVELOPE.recipients)), id="sender as recipient"),
        pytest.param(Envelope(sender=ENVELOPE.sender, recipients=("bob@example.netcarol@example.net",)), id="joined"),
    ],
)
def test_the_envelope_counts(envelope: Envelope) -> None:
    assert fingerprint(envelope=envelope) != fingerprint()


@pytest.mark.parametrize(
    "envelope",
    [
        pytest.param(Envelope(sender=ENVELOPE.sender, recipients=ENVELOPE.recipients[::-1]), id="order of recipients"),
        pytest.param(Envelope(sender=ENVELOPE.sender, recipients=ENVELOPE.recipients * 2), id="recipients named twice"),
        pytest.param(
            Envelope(
                sender=ENVELOPE.sender,
                recipients=ENVELOPE.recipients,
                client_address="192.0.2.7",
                helo="other.example",
                queue_id="4XYZ",
                received_at=7.0,
                direction=Direction.OUTBOUND,
            ),
            id="another machine of the sender's, another queue id",
        ),
    ],
)
def test_what_changes_from_attempt_to_attempt_does_not_count(envelope: Envelope) -> None:
    assert fingerprint(envelope=envelope) == fingerprint()


def test_white_space_around_a_value_does_not_count() -> None:
    assert fingerprint(tuple((name, value.strip()) for name, value in HEADERS)) == fingerprint()


def test_the_body_counts() -> None:
    assert fingerprint(body=b"Hello!\r\n") != fingerprint()
    assert fingerprint((), b"Subject: x") != fingerprint(((b"Subject", b"x"),), b"")


def test_undecodable_addresses_are_taken_as_they_are() -> None:
    odd = Envelope(sender="\udce9@example.com", recipients=("\ud800",))

    assert fingerprint(envelope=odd) == fingerprint(envelope=odd) != fingerprint()


@given(st.lists(st.binary(max_size=40), max_size=8))
def test_chunks_do_not_matter(chunks: list[bytes]) -> None:
    made = Fingerprint()
    for chunk in chunks:
        made.body(chunk)

    assert made.digest(ENVELOPE) == made.digest(ENVELOPE) == fingerprint((), b"".join(chunks))


@given(st.lists(st.tuples(st.binary(max_size=12), st.binary(max_size=12)), max_size=4))
def test_any_bytes_are_headers(headers: list[tuple[bytes, bytes]]) -> None:
    assert len(fingerprint(tuple(headers))) == 64
