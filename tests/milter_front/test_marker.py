"""The marker of released mail: survives transport, is worth nothing elsewhere."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from milter_front.marker import ContentDigest, digest_of, is_valid, make_marker
from tests.mail import mail

KEY = b"k" * 32
TO = ("bob@example.com",)
RAW = mail(subject="The minutes", headers=[("Received", "by a")])
MARKER = make_marker(KEY, digest_of(RAW), recipients=TO, expires_at=1000.0)


def accepts(raw: bytes, *, value: str = MARKER, key: bytes = KEY, to: tuple[str, ...] = TO, now: float = 999.0) -> bool:
    return is_valid(value, key, digest_of(raw), recipients=to, now=now)


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda raw: raw, id="nothing"),
        pytest.param(lambda raw: raw.replace(b"\r\n", b"\n"), id="line ends"),
        pytest.param(lambda raw: raw + b"\r\n\r\n", id="empty lines at the end"),
        pytest.param(lambda raw: raw.rstrip(), id="no line end at the end"),
        pytest.param(lambda raw: raw.replace(b"Subject: The ", b"SUBJECT:  The\r\n\t"), id="fold and case of the name"),
        pytest.param(lambda raw: b"Received: by b\r\nX-Other: 1\r\n" + raw, id="trace fields"),
    ],
)
def test_survives_transport(change: Callable[[bytes], bytes]) -> None:
    assert accepts(change(RAW))


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda raw: raw.replace(b"minutes are", b"minutes  are"), id="body"),
        pytest.param(lambda raw: raw + b"more\r\n", id="longer body"),
        pytest.param(lambda raw: raw.replace(b"the minutes", b"the\r\nminutes"), id="another line"),
        pytest.param(lambda raw: raw.replace(b"Subject: The", b"Subject: Pay the"), id="subject"),
        pytest.param(lambda raw: raw.replace(b"alice@", b"mallory@"), id="sender"),
        pytest.param(lambda raw: b"From: mallory@example.net\r\n" + raw, id="second sender"),
        pytest.param(lambda raw: b"Content-Type: text/html\r\n" + raw, id="another type"),
        pytest.param(lambda raw: raw.replace(b"Date: Mon, 05", b"Date: Tue, 06"), id="date"),
        pytest.param(lambda raw: raw.replace(b"\r\n\r\n", b"\r\nX: y\r\n\r\n\r\n", 1), id="empty line before the body"),
    ],
)
def test_is_worth_nothing_on_another_message(change: Callable[[bytes], bytes]) -> None:
    changed = change(RAW)
    assert changed != RAW
    assert not accepts(changed)


@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param({"key": b"x" * 32}, id="another key"),
        pytest.param({"key": b""}, id="no key"),
        pytest.param({"now": 1000.0}, id="expired"),
        pytest.param({"to": ("carol@example.com",)}, id="another recipient"),
        pytest.param({"to": (*TO, "carol@example.com")}, id="one recipient more"),
        pytest.param({"to": ()}, id="no recipient"),
        pytest.param({"value": MARKER.replace("t=1000", "t=9000")}, id="a later expiry"),
        pytest.param({"value": ""}, id="empty"),
        pytest.param({"value": "yes"}, id="bare"),
        pytest.param({"value": MARKER + "0"}, id="longer"),
        pytest.param({"value": MARKER.replace("v1", "v2")}, id="another version"),
        pytest.param({"value": MARKER.upper()}, id="capitals"),
    ],
)
def test_refuses(wrong: dict[str, object]) -> None:
    assert not accepts(RAW, **wrong)  # type: ignore[arg-type]  # keyword arguments of accepts()


def test_order_and_case_of_recipients_do_not_matter() -> None:
    value = make_marker(KEY, digest_of(RAW), recipients=("a@example.com", "B@Example.com"), expires_at=1000)
    assert accepts(RAW, value=value, to=("b@example.COM", "a@example.com"))


def test_folded_by_the_mta() -> None:
    assert accepts(RAW, value=" " + MARKER.replace("; h=", ";\n\th="))


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
def test_chunks_do_not_matter(size: int) -> None:
    body = b"a\r\n\r\nb \r\n\r\n\r\nc\r\n\r\n"
    whole, pieces = ContentDigest(), ContentDigest()
    whole.body(body)
    for start in range(0, len(body), size):
        pieces.body(body[start : start + size])
    assert whole.digest() == pieces.digest()


@pytest.mark.parametrize(
    "raw", [b"", b"\r\n", b"\r\nbody only\r\n", b"From: x", b"no colon\r\n\r\n", b":\r\n: \r\n\r\n"]
)
def test_odd_messages(raw: bytes) -> None:
    assert len(digest_of(raw)) == 32
