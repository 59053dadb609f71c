"""Canonical forms: RFC examples, line ends of all kinds, and time that grows with the mail and not faster."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable

import pytest

from workers.auth.canonical import BodyForm, Canonicalisation, SignedMessage, relaxed_body, relaxed_field, simple_body

BODIES = {
    # RFC 6376, 3.4.5
    "the RFC's example": (b" C \r\nD \t E\r\n\r\n\r\n", b" C \r\nD \t E\r\n", b" C\r\nD E\r\n"),
    "empty": (b"", b"\r\n", b""),
    "one line end": (b"\r\n", b"\r\n", b""),
    "many line ends": (b"\r\n" * 5, b"\r\n", b""),
    "no line end at the end": (b"a", b"a\r\n", b"a\r\n"),
    "space at the end": (b"a ", b"a \r\n", b"a \r\n"),
    "space alone": (b" ", b" \r\n", b" \r\n"),
    "space before the last line end": (b"a\r\n \t\r\n", b"a\r\n \t\r\n", b"a\r\n"),
    "empty lines inside": (b"a\r\n\r\nb\r\n", b"a\r\n\r\nb\r\n", b"a\r\n\r\nb\r\n"),
    "tabs": (b"\ta\t\tb\r\n", b"\ta\t\tb\r\n", b" a b\r\n"),
    "LF alone": (b"a\nb\n\n\n", b"a\r\nb\r\n", b"a\r\nb\r\n"),
    "LF and CRLF": (b"a\r\nb\nc\r\n\n", b"a\r\nb\r\nc\r\n", b"a\r\nb\r\nc\r\n"),
    "CR alone": (b"a\rb\r\n", b"a\rb\r\n", b"a\rb\r\n"),
    "CR before CRLF": (b"a\r\r\n\r\n", b"a\r\r\n", b"a\r\r\n"),
    "line of CR alone": (b"a\r\n\r\r\n\r\n", b"a\r\n\r\r\n", b"a\r\n\r\r\n"),
    "CR at the end": (b"a\r\n\r", b"a\r\n\r\r\n", b"a\r\n\r\r\n"),
    "space before CR": (b"a \r\r\n", b"a \r\r\n", b"a \r\r\n"),
    "other white space": (b"a\x0b\x0c \r\n", b"a\x0b\x0c \r\n", b"a\x0b\x0c\r\n"),
    "NUL": (b"\0  \0\r\n", b"\0  \0\r\n", b"\0 \0\r\n"),
}


@pytest.mark.parametrize(("body", "simple", "relaxed"), BODIES.values(), ids=BODIES.keys())
def test_bodies(body: bytes, simple: bytes, relaxed: bytes) -> None:
    assert simple_body(body) == simple
    assert relaxed_body(body) == relaxed


FIELDS = {
    "space around": (b"  X \t", b"a:X"),
    "runs": (b" X \t Y", b"a:X Y"),
    "folds": (b" X\r\n\tY\r\n  Z", b"a:X Y Z"),
    "fold to nothing": (b" X\r\n ", b"a:X"),
    "nothing": (b"", b"a:"),
    "CR alone": (b" X\rY", b"a:X\rY"),
}


@pytest.mark.parametrize(("value", "expected"), FIELDS.values(), ids=FIELDS.keys())
def test_fields(value: bytes, expected: bytes) -> None:
    assert relaxed_field(b"a", value) == expected


HEADERS = {
    "byte for byte": (b"A:  x \r\nB : y\r\n\r\nbody", [b"A:  x ", b"B : y"], b"body"),
    "folds kept": (b"A: x\r\n\ty\r\n\r\n", [b"A: x\r\n\ty"], b""),
    "LF becomes CRLF": (b"A: x\n\ty\n\nbody", [b"A: x\r\n\ty"], b"body"),
    "mbox line": (b"From x\nA: x\n\n", [b"A: x"], b""),
    # A server inserts the empty line that is missing; so do mail programs.
    "no empty line": (b"A: x\r\nno field here\r\n", [b"A: x"], b"no field here\r\n"),
    "no header": (b"\r\nbody", [], b"body"),
    "no end": (b"A: x", [b"A: x"], b""),
    "nothing": (b"", [], b""),
}


@pytest.mark.parametrize(("raw", "fields", "body"), HEADERS.values(), ids=HEADERS.keys())
def test_headers_are_taken_as_they_came(raw: bytes, fields: list[bytes], body: bytes) -> None:
    message = SignedMessage(raw)
    found = [message.canonical_field(position, Canonicalisation.SIMPLE) for position in range(len(message.fields))]
    assert found == fields
    form = BodyForm(Canonicalisation.RELAXED, "sha256", None)
    assert message.body_digest(form) == hashlib.sha256(relaxed_body(body)).digest()


def test_fields_are_chosen_from_below_and_each_once() -> None:
    message = SignedMessage(b"A: 1\r\nB: 2\r\na: 3\r\nA: 4\r\n\r\n")
    assert message.selected(["a", "b", "a", "c", "b", "a", "a"], apart_from=-1) == [3, 1, 2, 0]
    assert message.selected(["a", "a", "a"], apart_from=2) == [3, 0]


def test_digests_of_several_lengths_are_of_the_same_body() -> None:
    body = b"0123456789\r\n"
    message = SignedMessage(b"A: x\r\n\r\n" + body)
    forms = [BodyForm(Canonicalisation.SIMPLE, "sha256", length) for length in (4, 0, None, 12, 99, 4)]
    message.digest_bodies(forms)
    assert [message.body_digest(form) for form in forms] == [
        hashlib.sha256(body[:length]).digest() for length in (4, 0, None, 12, 99, 4)
    ]
    assert message.body_size(forms[0]) == 12


HOSTILE: dict[str, Callable[[int], bytes]] = {
    "one run of spaces": lambda size: b" " * size,
    # What dkimpy's regular expression takes five minutes for at 2 MB.
    "runs of 200 KB before a letter": lambda size: (b" " * 200_000 + b"x\r\n") * (size // 200_000),
    "runs of spaces without line ends": lambda size: (b" " * 999 + b"x") * (size // 1_000),
    "spaces and tabs in turn": lambda size: b" \t" * (size // 2),
    "lines of one space": lambda size: b" \r\n" * (size // 3),
    "line ends": lambda size: b"\r\n" * (size // 2),
    "line feeds": lambda size: b"\n" * size,
    "carriage returns": lambda size: b"\r" * size,
    "spaces and carriage returns": lambda size: b" \r" * (size // 2),
}


@pytest.mark.parametrize("hostile", HOSTILE.values(), ids=HOSTILE.keys())
@pytest.mark.parametrize("canonical", [relaxed_body, simple_body])
def test_time_grows_with_the_body_and_not_faster(
    canonical: Callable[[bytes], bytes], hostile: Callable[[int], bytes]
) -> None:
    """Quadratic time would be sixteen times; the bound leaves room for a busy machine."""
    small, large = hostile(500_000), hostile(2_000_000)
    assert _seconds(canonical, large) < 10 * _seconds(canonical, small) + 0.05


def _seconds(function: Callable[[bytes], bytes], body: bytes) -> float:
    """The best of three, in CPU time."""
    best = float("inf")
    for _ in range(3):
        started = time.process_time()
        function(body)
        best = min(best, time.process_time() - started)
    return best
