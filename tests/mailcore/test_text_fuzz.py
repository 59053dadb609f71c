"""Whatever a text holds: reading it raises nothing, gives text that can be encoded, and takes linear time."""

# ruff: noqa: RUF001  # letters that look like others are what this is about

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mailcore.encoding_layers import encoding_layers
from mailcore.html import read_html
from mailcore.language import language_of
from mailcore.lookalike import edit_distance, skeleton, unleet
from mailcore.message import HtmlFacts, Message
from mailcore.obfuscation import obfuscation, plain_letters
from mailcore.quotation import split_quotation
from mailcore.settings import ParseLimits
from mailcore.styles import read_style
from workers.content.normalise import normalise, normalise_prose

SECONDS = 6.0  # for 200,000 characters, on a machine that does other things; a quiet one needs a fifth of one

fuzz = settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])

PIECES = [
    *("a", "A", "1", " ", "\n", "\t", "p4yp4l", "V I A", "a.b.c.d", "раураl", "привет", "ΑΒ", "中", "\u0301", "\u0336"),
    *(
        "\u200b",
        "\u202e",
        "\u202c",
        "\ufe0f",
        "\U000e0061",
        "𝐀",
        "🅰",
        "🇩",
        "Ꭺ",
        "ﷺ",
        "\ud800",
        "\0",
        "$",
        "@",
        "!",
        "|",
    ),
    *(
        "> ",
        "On 1.1.2024 10:00 x wrote:",
        "-----Original Message-----",
        "From: x",
        "To: y",
        "Sent: z",
        "&#65;",
        "&amp;",
    ),
    *("=?utf-8?q?a?=", "%2561", "QUJDREVGR0hJSktM", "rn", "vv", "cl"),
]
MARKUP = [
    *("<p>", "</p>", "<div", ">", "<style>", "</style>", "<template>", "</template>", "<font color=white>", "text"),
    *('<p style="', '"', "color:#fff;", "background:#fff", "display:none", "@media x{", "{", "}", ".x", "#y", ",", ";"),
    *(' class="x"', ' id="y"', " hidden", "/*", "*/", "<!--", "-->", "url(", "rgb(1,2,3)", "!important", "left:-999px"),
    *('<a href="javascript:x">', "<table bgcolor=#fff>", "position:absolute", "overflow:hidden;height:0", "\0", "&#0;"),
]
texts = st.one_of(st.text(), st.lists(st.sampled_from(PIECES), max_size=60).map("".join))
pages = st.one_of(st.text(), st.lists(st.sampled_from(MARKUP), max_size=80).map("".join))


@fuzz
@given(texts)
def test_texts(text: str) -> None:
    normalise(text).decode()
    normalise_prose(text).decode()
    plain_letters(text)
    obfuscation(text)
    unleet(text)
    language_of(text)
    encoding_layers(Message(id="m1", text=text, html_text=text, html=HtmlFacts(hidden_text=text)))


@fuzz
@given(texts)
def test_quotation_loses_nothing(text: str) -> None:
    own, quoted = split_quotation(text)

    assert sorted("\n".join(filter(None, (own, quoted))).split()) == sorted(text.split())


@fuzz
@given(texts, texts)
def test_lookalikes(one: str, other: str) -> None:
    assert skeleton(skeleton(one)) == skeleton(one)
    assert skeleton(one) == skeleton(one.swapcase()) or not one.isascii()
    assert edit_distance(one, other, most=2) == edit_distance(other, one, most=2) <= 3


@fuzz
@given(pages)
def test_pages(html: str) -> None:
    reading = read_html(html, limits=ParseLimits())

    reading.text.encode("utf-8", "replace")
    assert set(reading.facts.hiding) <= {"display", "visibility", "opacity", "size", "clipped", "off-screen"} | {
        "colour",
        "attribute",
        "template",
        "style-sheet",
    }


@fuzz
@given(pages)
def test_styles(style: str) -> None:
    read_style(style)


LONG = {
    "words": "hello world ",
    "leet": "p4yp4l ",
    "no space": "a1a",
    "letters apart": "a ",
    "dots": "a.",
    "Russian": "привет ",
    "lookalikes": "а",
    "mixed": "раураl ",
    "stacked marks": "a" + "\u0336" * 50,
    "overrides": "\u202eab\u202c",
    "tags": "\U000e0061",
    "flags": "🇩🇪",
    "quoted": "> a\n",
    "attributions": "On 1.1.2024 10:00 x wrote:\n",
    "headers": "From: x\n",
    "dividers": "-----Original Message-----\n",
    "references": "&#65;",
}


@pytest.mark.parametrize("piece", LONG.values(), ids=LONG)
@pytest.mark.parametrize("read", [normalise_prose, obfuscation, skeleton, unleet, language_of, split_quotation])
def test_long_texts_take_linear_time(piece: str, read: Callable[[str], object]) -> None:
    text = (piece * (200_000 // len(piece) + 1))[:200_000]
    began = time.process_time()

    read(text)

    assert time.process_time() - began < SECONDS


def test_ten_million_characters() -> None:
    began = time.process_time()

    normalise_prose("some words of a mail " * 480_000 + "your p4yp4l раураl")
    split_quotation("words\n> quoted\n" * 700_000)
    language_of("words " * 1_700_000)

    assert time.process_time() - began < 5 * SECONDS
