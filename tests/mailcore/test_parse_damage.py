"""Damaged and hostile messages: nothing raises, everything is bounded, and the defect says what was found."""

from __future__ import annotations

import base64
import time
import tracemalloc
from collections.abc import Callable

import pytest

from mailcore.defects import Defect
from mailcore.message import Message
from mailcore.parse import parse
from mailcore.settings import ParseLimits
from tests.mail import mail, multipart, text_part

MB = 1_048_576


def message(raw: bytes, **limits: int) -> Message:
    return parse(raw, message_id="m1", limits=ParseLimits(**limits)).message


@pytest.mark.parametrize(
    ("raw", "headers", "text", "defects"),
    [
        pytest.param(b"", 0, "", {Defect.EMPTY_MESSAGE}, id="empty message"),
        pytest.param(b"Subject: x\r\n\r\n", 1, "", set(), id="headers only"),
        pytest.param(b"Subject: x\r\n", 1, "", set(), id="headers only, no blank line"),
        pytest.param(b"Subject: x", 1, "", set(), id="headers only, no line end"),
        pytest.param(b"\r\nbody", 0, "body", {Defect.NO_HEADERS}, id="no headers, a blank line"),
        pytest.param(b"just text\r\nand more", 0, "just text\r\nand more", {Defect.NO_HEADERS}, id="no headers"),
        pytest.param(b"\r\n", 0, "", {Defect.NO_HEADERS}, id="one line end"),
        pytest.param(b"Subject: x\n\nbody\n", 1, "body\n", set(), id="bare line feeds"),
        pytest.param(b"A: 1\r\nB: 2\n\r\nbody", 2, "body", {Defect.MIXED_LINE_ENDS}, id="mixed line ends"),
        pytest.param(b"Subject: x\r\rbody\r", 1, "body\n", {Defect.BARE_CR}, id="carriage returns only"),
        pytest.param(b"A: 1\rB: 2\r\n\r\nbody", 1, "body", {Defect.BARE_CR}, id="carriage return in a value"),
        pytest.param(b"A: 1\r\n\r\na\rb", 1, "a\rb", {Defect.BARE_CR}, id="carriage return in the text"),
        pytest.param(b"A: 1\r\n\r\nbody\r", 1, "body\r", set(), id="cut inside a line end"),
        pytest.param(
            b"A: 1\r\nno colon\r\nB: 2\r\n\r\nx",
            1,
            "no colon\r\nB: 2\r\n\r\nx",
            {Defect.HEADER_WITHOUT_COLON},
            id="line without a colon",
        ),
        pytest.param(b"From me Mon Jan 5\r\nA: 1\r\n\r\nx", 1, "x", {Defect.MBOX_LINE}, id="mbox line"),
        pytest.param(b">From me Mon Jan 5\r\nA: 1\r\n\r\nx", 1, "x", {Defect.MBOX_LINE}, id="quoted mbox line"),
        pytest.param(
            b" folded\r\n more\r\nA: 1\r\n\r\nx", 1, "x", {Defect.CONTINUATION_FIRST}, id="continuation first"
        ),
        pytest.param(b"A : 1\r\n\r\nx", 1, "x", {Defect.BAD_HEADER_NAME}, id="space before the colon"),
        pytest.param(b": 1\r\n 2\r\nA: 1\r\n\r\nx", 1, "x", {Defect.BAD_HEADER_NAME}, id="no name"),
        pytest.param(b"A: 1\r\n \r\nB: 2\r\n\r\nx", 2, "x", set(), id="blank continuation"),
        pytest.param(
            b"\xff\xfe: 1\r\nA: 1\r\n\r\nx", 0, None, {Defect.NO_HEADERS, Defect.WRONG_CHARSET}, id="8-bit name"
        ),
        pytest.param(b"A: \xff\r\n\r\nx", 1, "x", {Defect.EIGHT_BIT_HEADER}, id="8-bit value"),
        pytest.param(
            b"A: =?utf-8?B?\xff\xff?=\r\n\r\nx",
            1,
            "x",
            {Defect.EIGHT_BIT_HEADER},
            id="8-bit in an encoded word",
        ),
        pytest.param(b"A: 1\x002\r\n\r\na\x00b", 1, "ab", {Defect.NUL_BYTE}, id="NUL"),
        pytest.param(b"\x00" * 99, 0, "", {Defect.NO_HEADERS, Defect.NUL_BYTE}, id="nothing but NUL"),
        pytest.param(
            b"Content-Type: text/html\r\nContent-Type: text/plain\r\n\r\nx",
            2,
            "",
            {Defect.DUPLICATE_CONTENT_TYPE},
            id="two content types",
        ),
        pytest.param(
            b"Content-Type: text/plain; charset=a; charset=utf-8\r\n\r\nx",
            1,
            "x",
            {Defect.DUPLICATE_PARAMETER, Defect.UNKNOWN_CHARSET},
            id="two charsets",
        ),
    ],
)
def test_damaged_headers(raw: bytes, headers: int, text: str | None, defects: set[str]) -> None:
    read = message(raw)

    assert len(read.headers) == headers
    assert text is None or read.text == text
    assert set(read.defects) == defects


def structure(raw: bytes) -> list[tuple[str, str]]:
    return [(part.id, part.content_type) for part in message(raw).parts]


HEAD = b"Content-Type: multipart/mixed; boundary="


@pytest.mark.parametrize(
    ("raw", "texts", "defects"),
    [
        pytest.param(
            HEAD + b"b\r\n\r\n--b\r\n\r\none\r\n--b\r\n\r\ntwo\r\n--b--\r\n", ["one", "two"], set(), id="whole"
        ),
        pytest.param(HEAD + b"b\n\n--b\n\none\n--b--\n", ["one"], set(), id="line feeds"),
        pytest.param(HEAD + b"b\r\n\r\n--b\r\n\r\none\r\n--b--", ["one"], set(), id="no line end at the end"),
        pytest.param(
            HEAD + b"b\r\n\r\npreamble\r\n--b  \r\n\r\none\r\n--b-- \r\nepilogue",
            ["one"],
            set(),
            id="blanks, preamble, epilogue",
        ),
        pytest.param(
            HEAD + b'"a b"\r\n\r\n--a b\r\n\r\none\r\n--a b--\r\n', ["one"], set(), id="boundary with a space"
        ),
        pytest.param(
            HEAD + b"a b\r\n\r\n--a b\r\n\r\none\r\n--a b--\r\n", ["one"], set(), id="the same without quotes"
        ),
        pytest.param(HEAD + b'"b\r\n\r\n--b\r\n\r\none\r\n--b--\r\n', ["one"], set(), id="quote not closed"),
        pytest.param(HEAD + b"b\r\n\r\n--b\r\n\r\none", ["one"], {Defect.NO_CLOSING_BOUNDARY}, id="no end"),
        pytest.param(HEAD + b"b\r\n\r\none\r\n", ["one\r\n"], {Defect.BOUNDARY_NOT_FOUND}, id="no start"),
        pytest.param(HEAD + b"b\r\n\r\n--b--\r\nx", ["--b--\r\nx"], {Defect.BOUNDARY_NOT_FOUND}, id="only the end"),
        pytest.param(
            HEAD + b"b\r\n\r\n--bb\r\n\r\nx", ["--bb\r\n\r\nx"], {Defect.BOUNDARY_NOT_FOUND}, id="only a longer one"
        ),
        pytest.param(HEAD + b"b", [""], {Defect.BOUNDARY_NOT_FOUND}, id="no body"),
        pytest.param(
            b"Content-Type: multipart/mixed\r\n\r\n--b\r\n\r\nx",
            ["--b\r\n\r\nx"],
            {Defect.NO_BOUNDARY},
            id="no boundary",
        ),
        pytest.param(
            HEAD + b'""\r\n\r\n--\r\n\r\none\r\n----\r\n', ["one"], {Defect.EMPTY_BOUNDARY}, id="empty boundary"
        ),
        pytest.param(HEAD + b"b\r\n\r\n--b\r\n--b\r\n\r\none\r\n--b--\r\n", ["", "one"], set(), id="delimiter twice"),
        pytest.param(
            HEAD + b"b\r\n\r\n--b\r\nno header\r\n--b--\r\n", ["no header"], set(), id="part without a header"
        ),
        pytest.param(
            HEAD + b"b:c\r\n\r\n--b:c\r\n\r\none\r\n--b:c\r\n--b:c--\r\n",
            ["one", ""],
            set(),
            id="delimiter that looks like a field",
        ),
        pytest.param(
            HEAD + b"b\r\n\r\n--b\r\n--x: 1\r\n\r\none\r\n--b--\r\n",
            ["one"],
            set(),
            id="field that looks like a delimiter",
        ),
        pytest.param(
            HEAD + b"b\r\n\r\n--b\r\n\r\none\r\n--b--\r\n--b\r\n\r\ntwo",
            ["one", "two"],
            {Defect.PARTS_AFTER_END},
            id="parts after the end",
        ),
        pytest.param(
            HEAD + b"b\r\n\r\n--b\r\n\r\n -- b\r\n--bc\r\n x--b\r\n--b--\r\n",
            [" -- b\r\n--bc\r\n x--b"],
            set(),
            id="not quite delimiters",
        ),
        pytest.param(
            HEAD + b"b; boundary=c\r\n\r\n--b\r\n\r\none\r\n--b--\r\n",
            ["one"],
            {Defect.DUPLICATE_PARAMETER},
            id="two boundaries",
        ),
        pytest.param(
            HEAD + b"b\r\nContent-Transfer-Encoding: base64\r\n\r\n--b\r\n\r\none\r\n--b--\r\n",
            ["one"],
            {Defect.ENCODED_CONTAINER},
            id="encoded, but in the open",
        ),
        pytest.param(
            HEAD + b"b\r\nContent-Transfer-Encoding: base64\r\n\r\n" + base64.b64encode(b"--b\r\n\r\none\r\n--b--"),
            ["--b\r\n\r\none\r\n--b--"],
            {Defect.ENCODED_CONTAINER, Defect.BOUNDARY_NOT_FOUND},
            id="encoded",
        ),
        pytest.param(
            HEAD + b"b" * 9_000 + b"\r\n\r\n--" + b"b" * 9_000 + b"\r\n\r\none",
            ["one"],
            {Defect.NO_CLOSING_BOUNDARY},
            id="boundary of 9,000 letters",
        ),
    ],
)
def test_damaged_multiparts(raw: bytes, texts: list[str], defects: set[str]) -> None:
    read = message(raw)

    assert read.text == "\n".join(texts)
    assert set(read.defects) - {Defect.MIXED_LINE_ENDS} == defects


def test_a_boundary_that_begins_another_is_told_apart() -> None:
    inner = multipart("alternative", [text_part("one"), text_part("two")], boundary="outer-inner")
    raw = multipart("mixed", [inner, text_part("three")], boundary="outer")

    assert message(raw).text == "one\ntwo\nthree"
    assert message(raw).defects == ()


def test_the_outer_delimiter_ends_an_open_inner_multipart() -> None:
    raw = HEAD + b"o\r\n\r\n--o\r\n" + HEAD + b"i\r\n\r\n--i\r\n\r\none\r\n--o\r\n\r\ntwo\r\n--o--\r\n"

    assert structure(raw) == [
        ("", "multipart/mixed"),
        ("1", "multipart/mixed"),
        ("1.1", "text/plain"),
        ("2", "text/plain"),
    ]
    assert message(raw).part("1").defects == (Defect.NO_CLOSING_BOUNDARY,)


def test_the_same_boundary_inside_is_the_outer_one() -> None:
    raw = HEAD + b"b\r\n\r\n--b\r\n" + HEAD + b"b\r\n\r\n--b\r\n\r\none\r\n--b--\r\n"

    assert structure(raw) == [("", "multipart/mixed"), ("1", "multipart/mixed"), ("2", "text/plain")]


def test_an_encoded_message_is_an_attachment() -> None:
    raw = b"Content-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n\r\n" + base64.b64encode(mail())

    read = parse(raw, message_id="m")

    assert read.message.attachments == ("1",)
    assert read.decoded("1") == mail()
    assert read.message.defects == (Defect.ENCODED_CONTAINER,)


def nested(levels: int) -> bytes:
    opening = b"".join(HEAD + b"b%d\r\n\r\n--b%d\r\n" % (level, level) for level in range(levels))
    return opening + b"\r\nhttp://deep.example/"


def test_2000_nested_multiparts() -> None:
    read = message(nested(2_000))

    assert len(read.parts) == 33
    assert Defect.TOO_DEEP in read.defects
    assert [link.host for link in read.links] == ["deep.example"]  # what is not opened is read as text


def test_3000_nested_messages() -> None:
    read = message(b"Content-Type: message/rfc822\r\n\r\n" * 3_000 + b"x")

    assert len(read.parts) == 33
    assert Defect.TOO_DEEP in read.defects


def test_10000_parts() -> None:
    read = message(multipart("mixed", [b"\r\nx"] * 10_000, boundary="b"))

    assert len(read.parts) == 1_000
    assert Defect.TOO_MANY_PARTS in read.defects


def test_messages_count_as_parts() -> None:
    assert Defect.TOO_MANY_PARTS in message(b"Content-Type: message/rfc822\r\n\r\n" * 9, parts=5).defects


def test_100000_headers() -> None:
    read = message(b"".join(b"X-%d: v\r\n" % number for number in range(100_000)) + b"\r\nbody")

    assert len(read.headers) == 2_000
    assert read.text == "body"
    assert read.defects == (Defect.TOO_MANY_HEADERS,)


PADDING = b"".join(b"X-%d: v\r\n" % number for number in range(2_100))


def test_what_says_how_to_read_a_mail_is_read_behind_thousands_of_headers() -> None:
    own = (
        b"From: Alice <alice@example.com>\r\nSUBJECT : two\r\n lines\r\nX-From: b@example.com\r\n"
        b"Content-Type: text/html;\r\n charset=utf-8\r\n"
    )
    read = message(PADDING + own + b"\r\n<p>body</p>\r\nSubject: of the body\r\n")

    assert read.header("from") == "Alice <alice@example.com>"
    assert read.header_values("subject") == ("two lines",)
    assert read.header("x-from") == ""
    assert read.html_text.startswith("body")
    assert Defect.TOO_MANY_HEADERS in read.parts[0].defects


def test_content_type_of_a_part_is_read_behind_thousands_of_headers() -> None:
    part = PADDING + b"Content-Type: text/html\r\n\r\n<p>body</p>"
    empty = PADDING + b"Content-Type: text/html"
    read = message(multipart("mixed", [part, empty, b"Content-Type: text/plain\r\n\r\nlast"], boundary="b"))

    assert [part.content_type for part in read.parts[1:]] == ["text/html", "text/html", "text/plain"]
    assert (read.html_text.strip(), read.text) == ("body", "last")


def test_fields_behind_the_limit_are_bounded() -> None:
    read = message(PADDING + b"From: a@example.com\r\n" * 1_000 + b"To: " + b"b" * MB + b"\r\n\r\nbody")

    assert 1 < len(read.header_values("from")) < 10
    assert len(read.header("to")) <= 65_536
    assert read.text == "body"


def test_headers_of_parts_are_counted_together() -> None:
    part = b"".join(b"X-%d: v\r\n" % number for number in range(300)) + b"\r\nx"
    read = message(multipart("mixed", [part] * 20, boundary="b"))

    assert sum(len(part.headers) for part in read.parts) <= 2_000
    assert Defect.TOO_MANY_HEADERS in read.defects


@pytest.mark.parametrize(
    "value", [b"x" * MB, b"x\r\n " * (MB // 4), b"=?utf-8?Q?a?= " * (MB // 14)], ids=["long", "folded", "encoded"]
)
def test_a_header_of_one_megabyte(value: bytes) -> None:
    read = message(b"Subject: " + value + b"\r\nTo: a@example.com\r\n\r\nbody")

    assert len(read.subject) <= 65_536
    assert read.header("to") == "a@example.com"
    assert read.text == "body"
    assert read.defects == (Defect.HEADER_TOO_LONG,)


def test_50000_links_in_text() -> None:
    read = message(b"Subject: x\r\n\r\n" + b"".join(b"http://h%d.example/x\r\n" % number for number in range(50_000)))

    assert len(read.links) == 2_000
    assert Defect.TOO_MANY_LINKS in read.defects


def test_50000_links_in_html() -> None:
    links = "".join(f"<a href='http://h{number}.example/x'>y</a>" for number in range(50_000))
    read = message(mail(text=None, html=links))

    assert len(read.links) == 2_000
    assert Defect.TOO_MANY_LINKS in read.defects


def test_harmless_links_hide_none_behind_them() -> None:
    links = "".join(f"<a href='http://shop.example/{number}'>y</a>" for number in range(3_000))
    read = message(mail(text=None, html=f"{links}<a href='http://evil.example/'>y</a>"))

    assert (len(read.links), read.links[-1].host) == (1_001, "evil.example")
    assert Defect.TOO_MANY_LINKS in read.defects


def test_text_is_bounded_over_all_parts() -> None:
    read = message(multipart("mixed", [text_part("x" * 60)] * 3, boundary="b"), text_bytes=100)

    assert len(read.text) == 102  # and two line ends between the parts
    assert read.defects == (Defect.TEXT_CUT,)
    assert read.parts[2].size == 60


def test_html_past_the_limit_is_searched_for_urls() -> None:
    html = "<p>shown</p>" + " " * 150 + "<p>unseen <a href='http://a.example/'>x</a></p>"

    read = message(mail(text=None, html=html), html_bytes=150)

    assert read.html_text == "shown"
    assert [link.host for link in read.links] == ["a.example"]
    assert read.defects == (Defect.HTML_CUT,)


BASE64 = b"Content-Type: a/b\r\nContent-Transfer-Encoding: base64\r\n\r\n"
SECTIONS = b"".join(b";f*%d*=%%41" % number for number in range(4_000))
WORDS = b"=?utf-8?Q?a?= =?koi8-r?B?YQ?= " * 2_000
HTML_PART = b"--b\r\nContent-Type: text/html\r\n\r\n" + b"<p><b>x" * 8_000 + b"\r\n"
TYPE_PART = b"--b\r\nContent-Type: text/plain" + b";a=b" * 10_000 + b"\r\n\r\nx\r\n"
VALUE_PART = b"--b\r\nContent-Type: text/plain; charset=a" + b" " * 60_000 + b"b\r\n\r\nx\r\n"

# Made when they are needed: together they are half a gigabyte.
HOSTILE: dict[str, Callable[[], bytes]] = {
    "lines that look like delimiters": lambda: HEAD + b"b\r\n\r\n" + b"\n--x" * (4 * MB),
    "delimiters of deep multiparts": lambda: nested(30) + b"\n--bx" * (2 * MB),
    "parameters": lambda: HEAD + b"b\r\n\r\n" + TYPE_PART * 500,
    "semicolons": lambda: b"Content-Type: text/plain" + b"; " * 30_000 + b"\r\n\r\nx",
    "escapes": lambda: b'Content-Type: text/plain;a="' + b'\\"' * 30_000 + b"\r\n\r\nx",
    "blanks": lambda: b"Content-Type: text/plain; a" + b" " * 60_000 + b"\r\n\r\nx",
    "blanks in a value": lambda: HEAD + b"b\r\n\r\n" + (VALUE_PART * 15),
    "values without end": lambda: b"Content-Type: text/html\r\n\r\n<a " + (b"=y" * 4_000 + b" ") * 1_900 + b">x",
    "RFC 2231 sections": lambda: b"A: 1\r\nContent-Disposition: x" + SECTIONS + b"\r\n\r\nx",
    "encoded words not closed": lambda: (b"Subject: " + b"=?a?Q?" * 10_000 + b"\r\n") * 60 + b"\r\nx",
    "encoded words of two charsets": lambda: (b"Subject: " + WORDS + b"\r\n") * 60 + b"\r\nx",
    "padding": lambda: BASE64 + b"A=" * (4 * MB),
    "parts of HTML": lambda: HEAD + b"b\r\n\r\n" + HTML_PART * 200,
    "parts without end": lambda: HEAD + b"b\r\n\r\n" + b"--b\r\nA: 1\r\n" * 1_000 + b"A: b\r\n c" + b"x\r\n " * MB,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_messages_take_linear_time(name: str) -> None:
    raw = HOSTILE[name]()
    began = time.process_time()
    parse(raw, message_id="m")

    assert time.process_time() - began < 3.0  # at most 1 s on a quiet machine


LARGE: dict[str, Callable[[], bytes]] = {
    "base64": lambda: BASE64 + base64.encodebytes(b"x" * (44 * MB)),
    "damaged base64": lambda: BASE64 + b"eHh4!eHh4eHh4\r\n" * (4 * MB),
    "quoted-printable": lambda: b"Content-Transfer-Encoding: quoted-printable\r\n\r\n" + b"=41=42=\r\n" * (6 * MB),
    "text": lambda: b"Subject: x\r\n\r\n" + b"hello world\r\n" * (5 * MB),
    "HTML": lambda: b"Content-Type: text/html\r\n\r\n" + b"<p>http://x.example/ <a href=x>" * (2 * MB),
    "binary": lambda: b"Content-Type: a/b\r\nContent-Transfer-Encoding: y\r\n\r\n" + b"\x00\x01\n-x" * (12 * MB),
}


@pytest.mark.parametrize("name", LARGE)
def test_a_message_of_60_megabytes_is_not_copied(name: str) -> None:
    raw = LARGE[name]()
    tracemalloc.start()
    parse(raw, message_id="m")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert peak < 1.5 * len(raw)
