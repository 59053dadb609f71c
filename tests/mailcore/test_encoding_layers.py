"""Encodings inside of encodings."""

from __future__ import annotations

import base64

import pytest

from mailcore.encoding_layers import MOST, encoding_layers
from mailcore.parse import parse

WORDS = "Dear customer, your account has been limited today, please log in"


def b64(text: str, times: int = 1) -> str:
    for _ in range(times):
        text = base64.b64encode(text.encode()).decode()
    return text


def layers(*, text: str = "", html: str = "", subject: str = "x") -> int:
    kind, body = ("html", html) if html else ("plain", text)
    raw = f"Subject: {subject}\nContent-Type: text/{kind}; charset=utf-8\n\n{body}\n"
    return encoding_layers(parse(raw.encode(), message_id="m1").message)


@pytest.mark.parametrize(
    ("found", "mail"),
    [
        pytest.param(1, {"html": "&amp;#80;&amp;#97;&amp;#121;&amp;#80;"}, id="references in references"),
        pytest.param(1, {"text": "&#80;&#97;&#121;&#x50;"}, id="references in plain text"),
        pytest.param(1, {"text": "https://example.com/?u=%70%61%79"}, id="letters that need no percent signs"),
        pytest.param(2, {"text": "https://example.com/?u=%2570%2561%2579"}, id="percent in percent"),
        pytest.param(1, {"text": b64(WORDS)}, id="base64 of words"),
        pytest.param(3, {"text": b64(WORDS, 3)}, id="base64 three times"),
        pytest.param(1, {"subject": f"=?utf-8?b?{b64('=?utf-8?b?UGF5?=')}?="}, id="word in a word"),
        pytest.param(MOST, {"text": "https://example.com/?u=" + f"%{'25' * 8}61" * 3}, id="at most"),
    ],
)
def test_layers(found: int, mail: dict[str, str]) -> None:
    assert layers(**mail) == found


@pytest.mark.parametrize(
    "mail",
    [
        pytest.param({"html": "<p>Fish &amp; chips &#8217; &nbsp;"}, id="references"),
        pytest.param({"html": "Fish &amp;amp; chips&amp;nbsp;&amp;nbsp;&amp;nbsp;"}, id="sloppy newsletters"),
        pytest.param({"text": "https://example.com/?u=https%253A%252F%252Fexample.org%252F"}, id="click counters"),
        pytest.param({"text": "https://example.com/%C3%A4%C3%B6%C3%BC%20x"}, id="umlauts"),
        pytest.param({"text": "A" * 200}, id="a long word"),
        pytest.param({"text": base64.b64encode(bytes(range(256))).decode()}, id="a patch or key"),
        pytest.param({"text": b64('{"email_id":"0123456789abcdef0123456789abcdef"}')}, id="an identifier"),
        pytest.param({"subject": "=?utf-8?q?Gr=C3=BC=C3=9Fe?="}, id="encoded subject"),
        pytest.param({"text": "the code &#65; stands for A"}, id="one reference that is spoken of"),
        pytest.param({"text": ""}, id="nothing"),
    ],
)
def test_honest_encodings(mail: dict[str, str]) -> None:
    assert layers(**mail) == 0
