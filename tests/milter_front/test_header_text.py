"""Values that we write into header fields."""

from __future__ import annotations

from email.header import decode_header, make_header

import pytest

from milter_front.header_text import LINE, clean, encode, tag_subject


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("plain", "plain", id="plain"),
        pytest.param(" two  spaces ", "two spaces", id="spaces"),
        pytest.param("a\r\nBcc: b\0c\td", "a Bcc: b c d", id="controls"),
        pytest.param("a\u2028b\x85c", "a b c", id="Unicode line ends"),
        pytest.param("\ud800", "", id="half a character"),
        pytest.param("", "", id="empty"),
    ],
)
def test_clean(text: str, expected: str) -> None:
    assert clean(text) == expected


def test_clean_is_bounded() -> None:
    assert len(clean("x" * 10_000_000)) == 800
    assert clean("x" * 801).endswith("...")
    assert clean("x" * 800) == "x" * 800


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("short", id="short"),
        pytest.param("many words " * 50, id="long"),
        pytest.param("x" * 500, id="no place to fold"),
        pytest.param("Grüße aus Köln, " * 20, id="umlauts"),
        pytest.param("支付寶 " * 60, id="Chinese"),
        pytest.param("looks =?utf-8?q?encoded?= already", id="encoded word as text"),
    ],
)
def test_encode_can_be_read_back(text: str) -> None:
    value = encode(text, name="X-Mailchord-Reason")
    assert value.isascii()
    lines = value.split("\n")
    assert all(line.startswith(" ") for line in lines[1:])
    if " " in text:
        assert all(len(line) <= LINE + 2 for line in lines)
    assert str(make_header(decode_header(value.replace("\n", "")))) == clean(text)


@pytest.mark.parametrize(
    ("raw", "charset", "expected"),
    [
        pytest.param(b" Hi", "", "[SPAM] Hi", id="plain"),
        pytest.param(b"", "", "[SPAM]", id="empty"),
        pytest.param(b" =?utf-8?q?caf=C3=A9?=", "", "[SPAM] =?utf-8?q?caf=C3=A9?=", id="encoded word"),
        pytest.param(" café".encode(), "", "[SPAM] café", id="UTF-8"),
        pytest.param(b" long\n\tfolded", "", "[SPAM] long\n\tfolded", id="fold"),
        pytest.param(b" a\nBcc: b", "", "[SPAM] a Bcc: b", id="loose LF"),
        pytest.param(b" a\r\nBcc: b\rc", "", "[SPAM] a Bcc: b c", id="loose CR"),
        pytest.param(b" caf\xe9", "iso-8859-1", "[SPAM] =?iso-8859-1?Q?caf=E9?=", id="latin-1"),
        pytest.param(b" caf\xe9", "", "[SPAM] =?unknown-8bit?Q?caf=E9?=", id="no charset"),
        pytest.param(b" caf\xe9", "utf-8", "[SPAM] =?unknown-8bit?Q?caf=E9?=", id="wrong charset"),
        pytest.param(b" caf\xe9", "idna", "[SPAM] =?unknown-8bit?Q?caf=E9?=", id="a codec that is no charset"),
        pytest.param(b"[SPAM] Hi", "", None, id="tagged already"),
    ],
)
def test_tag_subject(raw: bytes, charset: str, expected: str | None) -> None:
    assert tag_subject(raw, "[SPAM]", charset=charset) == expected


@pytest.mark.parametrize("charset", ["gb18030", "iso-8859-1", "shift_jis", "big5"])
def test_an_encoded_subject_splits_no_character(charset: str) -> None:
    text = {"iso-8859-1": "é" * 100, "big5": "支" * 50}.get(charset, "付あ" * 40)
    tagged = tag_subject(text.encode(charset), "[SPAM]", charset=charset)
    assert tagged is not None
    words = [word.strip() for word in tagged.removeprefix("[SPAM] ").split("\n")]
    assert len(words) > 1
    assert all(len(word) <= 75 for word in words)
    assert "".join(str(make_header(decode_header(word))) for word in words) == text


def test_a_prefix_in_another_script() -> None:
    tagged = tag_subject(b"Hi", "[НЕЖЕЛАТЕЛЬНО]", charset="")
    assert tagged is not None
    assert tagged.isascii()
    assert str(make_header(decode_header(tagged))) == "[НЕЖЕЛАТЕЛЬНО] Hi"
    assert tag_subject(tagged.encode(), "[НЕЖЕЛАТЕЛЬНО]", charset="") is None


def test_long_subjects_fit_into_a_milter_packet() -> None:
    for raw, charset in ((b"x" * 65_000, ""), ("支".encode() * 21_000, ""), (b"\xe9" * 65_000, "iso-8859-1")):
        tagged = tag_subject(raw, "[SPAM]", charset=charset)
        assert tagged is not None
        assert len(tagged.encode()) < 64_000
