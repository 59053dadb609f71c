"""What a person sees of HTML, where its links lead, and that hostile HTML costs milliseconds."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from mailcore import html as html_module
from mailcore.defects import Defect
from mailcore.html import read_html, read_html_linearly
from mailcore.markup import shown_markup
from mailcore.settings import ParseLimits

LIMITS = ParseLimits()


@pytest.mark.parametrize(
    ("html", "text"),
    [
        pytest.param("<p>one<p>two", "one\n\ntwo", id="paragraphs"),
        pytest.param("V<b>i</b>a<span>g</span>ra", "Viagra", id="inline elements do not break words"),
        pytest.param("one<br>two<div>three</div>", "one\ntwo\n\nthree", id="line breaks"),
        pytest.param("<table><tr><td>a</td><td>b</td></tr></table>", "a\n\nb", id="cells are apart"),
        pytest.param("&pound;5&nbsp;off &#x1F600;", "£5 off 😀", id="character references"),
        pytest.param("<title>t</title><style>p{}</style><script>x()</script>shown", "shown", id="no code, no title"),
        pytest.param("<!-- note -->shown<template>later</template>", "shown", id="no comments, no templates"),
        pytest.param("<noscript>for mail programs</noscript>", "for mail programs", id="noscript is shown"),
        pytest.param("a\0b", "ab", id="NUL"),
        pytest.param("plain & simple < 5", "plain & simple < 5", id="no markup"),
        pytest.param("", "", id="nothing"),
        pytest.param("<", "<", id="one angle"),
        pytest.param("<p><b>cut of", "cut of", id="unclosed"),
    ],
)
def test_visible_text(html: str, text: str) -> None:
    assert read_html(html, limits=LIMITS).text == text


@pytest.mark.parametrize(
    ("html", "hidden", "shown"),
    [
        pytest.param('<p style="display:none">a</p>b', "a", "b", id="display none"),
        pytest.param('<p style="DISPLAY : None !important">a</p>b', "a", "b", id="in capitals"),
        pytest.param('<p style="color:red;visibility: hidden">a</p>b', "a", "b", id="visibility"),
        pytest.param('<span style="font-size:0px;color:#fff">a</span>b', "a", "b", id="size 0"),
        pytest.param('<span style="font-size: 1px">a</span>b', "a", "b", id="size 1"),
        pytest.param('<span style="opacity:0">a</span>b', "a", "b", id="opacity"),
        pytest.param("<p hidden>a</p>b", "a", "b", id="attribute hidden"),
        pytest.param("<div hidden>a<p hidden>b</p></div>c", "ab", "c", id="nested"),
        pytest.param('<p style="display:none;display:block">a</p>b', "", "a\n\nb", id="the last display counts"),
        pytest.param('<p hidden style="display:block">a</p>b', "", "a\n\nb", id="display beats the attribute"),
        # Newsletters close the gaps between pictures in this way.
        pytest.param('<div style="font-size:0"><p style="font-size:14px">a</p></div>', "", "a", id="child with a size"),
        pytest.param(
            '<p style="visibility:hidden">a<b style="visibility:visible">b</b></p>',
            "",
            "ab",
            id="child that is visible",
        ),
        pytest.param('<p style="text-decoration:none;border:none">a</p>', "", "a", id="other nones"),
        pytest.param('<p style="overflow:hidden">a</p>', "", "a", id="overflow"),
        pytest.param('<p style="font-size:10px;opacity:0.9">a</p>', "", "a", id="small, but there"),
        pytest.param('<p style="mso-display:none;nodisplay:none">a</p>', "", "a", id="other properties"),
        pytest.param('<p class="hidden">a</p>', "", "a", id="a class says nothing"),
    ],
)
def test_hidden_text(html: str, hidden: str, shown: str) -> None:
    reading = read_html(html, limits=LIMITS)

    assert reading.facts.hidden_text == hidden
    assert reading.text == shown


@pytest.mark.parametrize(
    ("html", "links"),
    [
        pytest.param('<a href="http://a.example/">x <b>y</b>\n z</a>', [("http://a.example/", "x y z")], id="anchor"),
        pytest.param(
            "<A HREF='http://a.example/?x=1&amp;y=2'>x</A>",
            [("http://a.example/?x=1&y=2", "x")],
            id="reference in the href",
        ),
        pytest.param(
            '<a href="http://a.example/"><img src="cid:1" alt="Log in"></a>',
            [("http://a.example/", "Log in")],
            id="picture",
        ),
        pytest.param('<map><area href="http://a.example/"></map>', [("http://a.example/", "")], id="image map"),
        pytest.param(
            '<form action="http://a.example/"><button formaction="http://b.example/">',
            [("http://a.example/", ""), ("http://b.example/", "")],
            id="form",
        ),
        pytest.param('<iframe src="http://a.example/"></iframe>', [("http://a.example/", "")], id="frame"),
        pytest.param(
            '<meta http-equiv=refresh content="0; URL=http://a.example/x">', [("http://a.example/x", "")], id="refresh"
        ),
        pytest.param('<svg><a xlink:href="http://a.example/">x</a></svg>', [("http://a.example/", "x")], id="SVG"),
        pytest.param(
            '<base href="http://a.example/"><a href="login">x</a>', [("http://a.example/login", "x")], id="base"
        ),
        pytest.param(
            '<a href="http://a.example/" style="display:none">x</a>', [("http://a.example/", "x")], id="hidden"
        ),
        pytest.param(
            '<!--[if mso]><v:rect href="http://a.example/"/><![endif]-->',
            [("http://a.example/", "")],
            id="for Outlook only",
        ),
        pytest.param(
            '<div><template shadowrootmode="open"><a href="http://a.example/">x</a></template></div>',
            [("http://a.example/", "x")],
            id="shadow root",
        ),
        pytest.param('<a href="http://a.example/">x</a>' * 9, [("http://a.example/", "x")], id="each once"),
        pytest.param(
            '<a href="http://a.example/">' + "x" * 900, [("http://a.example/", "x" * 200)], id="long text is cut"
        ),
        pytest.param('<img src="http://a.example/x.png">', [], id="a picture is no link"),
        pytest.param('<a>x</a><a href="">x</a><a href="#top">x</a><a name="x">', [], id="no target"),
        pytest.param('<!-- <a href="http://a.example/"> -->', [], id="comment"),
        pytest.param('<meta http-equiv="content-type" content="text/html; charset=utf-8">', [], id="other meta"),
        pytest.param('<meta http-equiv="refresh" content="30">', [], id="refresh of itself"),
        pytest.param("http://a.example/", [], id="text"),
    ],
)
def test_links(html: str, links: list[tuple[str, str]]) -> None:
    assert list(read_html(html, limits=LIMITS).links) == links


def test_facts() -> None:
    facts = read_html(
        "<form action='https://a.example/'><input type=Password><input type=text></form><script>x()</script>"
        "<img src='https://a.example/x.png'><img src='cid:1'><img src='//a.example/y'><img>",
        limits=LIMITS,
    ).facts

    assert facts.form_actions == ("https://a.example/",)
    assert (facts.password_fields, facts.scripts, facts.external_images) == (1, 1, 2)


CELLS = "<td></td>" * 8
ROWS: dict[str, tuple[str, int, int]] = {
    "rows of many cells": (f"<table>{f'<tr>{CELLS}</tr>' * 3}</table>", 0, 3),
    "rows of boxes": ("<div>" + "<i></i>" * 21 + "</div>", 0, 1),
    "rows of few cells": ("<table>" + "<tr><td>a<td>b<td>c</tr>" * 50 + "</table>", 0, 1),
    "text": ("<p>a</p>b<p>c</p>", 0, 0),
    "pictures in the page": ("<img src=' DATA:image/png;base64,AAAA'><img src='data:image/svg+xml,x'>", 2, 0),
    "pictures elsewhere": (
        "<img src='cid:1'><img src='https://a.example/data:image/x.png'><img src='data:text/plain,x'>",
        0,
        0,
    ),
}


@pytest.mark.parametrize(("html", "pictures", "rows"), ROWS.values(), ids=ROWS)
def test_what_may_be_drawn(html: str, pictures: int, rows: int) -> None:
    facts = read_html(html, limits=LIMITS).facts

    assert (facts.inline_pictures, facts.long_rows) == (pictures, rows)


def test_html_past_the_limit_is_searched_for_urls_only() -> None:
    html = "<p>shown</p>" + " " * 200 + "<p>unseen <a href='http://a.example/?a&amp;b'>x</a> http://b.example/</p>"

    reading = read_html(html, limits=ParseLimits(html_bytes=100))

    assert reading.text == "shown"
    assert reading.links == (("http://a.example/?a&b", ""), ("http://b.example/", ""))
    assert reading.defects == (Defect.HTML_CUT,)


PHISH = "<p>verify <a href='http://a.example/'>here</a></p>"
PADDING = "x" * 30_000
SHORT = ParseLimits(html_bytes=20_000)


@pytest.mark.parametrize(
    "padding",
    [
        pytest.param(f"<!-- {PADDING} -->", id="comment"),
        pytest.param(f"<!-- {PADDING} --!>", id="comment that ends in a wrong way"),
        pytest.param("<!-- x -->" * 500 + f"<!--{PADDING}-->", id="comments"),
        pytest.param(f"<SCRIPT>'<!--'{PADDING}</SCRIPT >", id="script"),
        pytest.param(f"<img src='data:image/png;base64,{PADDING}'>", id="picture"),
        pytest.param(f'<img alt="a>b" src = "data:image/png;base64,{PADDING}"/>', id="picture in double quotes"),
        pytest.param(f"<img src=data:image/png;base64,{PADDING}>", id="picture without quotes"),
        pytest.param(f"<p title='{PADDING}'>", id="any attribute"),
        pytest.param(f"<![{PADDING}]>", id="declaration"),
        pytest.param(f"<!--[if mso]>{PADDING}<![endif]-->", id="conditional comment"),
    ],
)
def test_what_is_not_shown_hides_nothing_behind_it(padding: str) -> None:
    reading = read_html(padding + PHISH, limits=SHORT)

    assert reading.text == "verify here"
    assert reading.links == (("http://a.example/", "here"),)
    assert reading.defects == ()


def test_a_long_style_sheet_hides_nothing_behind_it() -> None:
    reading = read_html(f"<style>{'p{} ' * 100_000}</style>{PHISH}", limits=ParseLimits(html_bytes=300_000))

    assert (reading.text, reading.defects) == ("verify here", ())


@pytest.mark.parametrize(
    "html",
    [
        pytest.param("<!-->{}<p title='-->'>", id="empty comment"),
        pytest.param("<p title='<!--'>{}<p title='-->'>", id="comment in an attribute"),
        pytest.param("<title><!--</title>{}<p title='-->'>", id="comment in a title"),
        pytest.param("</ <!-- >{}<p title='-->'>", id="comment in a bogus comment"),
        pytest.param("<p title='<script>'>{}<p title='</script>'>", id="script in an attribute"),
        pytest.param("<p =<!-->{}<p title='-->'>", id="comment as a name"),
        pytest.param("<svg><script>{}</script>", id="script in SVG"),
        pytest.param("5 < 6 <3 {}", id="no tags"),
    ],
)
def test_what_is_shown_is_not_taken_for_a_comment(html: str) -> None:
    reading = read_html(html.format(PHISH) + f"<!--{PADDING}-->", limits=SHORT)

    assert "verify here" in reading.text


@pytest.mark.parametrize("begin", ["<plaintext>", "<svg></svg><PlainText x='>'>"])
def test_plain_text_in_html_is_shown_as_it_stands(begin: str) -> None:
    reading = read_html(begin + "<!-- x --><script>y</script>" * 10_000, limits=SHORT)

    assert reading.text.startswith("<!-- x --><script>y</script>")
    assert reading.defects == (Defect.HTML_CUT,)
    assert reading.size <= SHORT.html_bytes


def test_links_for_outlook_are_read_of_long_html() -> None:
    html = f"<!--[if mso]><a href='http://b.example/'><![endif]--><!--{PADDING}-->"

    assert read_html(html, limits=SHORT).links == (("http://b.example/", ""),)


def test_padding_that_is_shown_is_a_defect() -> None:
    assert read_html("<br>" * 10_000 + PHISH, limits=SHORT).defects == (Defect.HTML_CUT,)


@pytest.mark.parametrize(
    "piece",
    ["<!---->", "<a x='", '<a b="', "<style>", "<!", "</", "<a =", "<a ", "<script></script>", "<", "x= '", "<!--"],
)
def test_long_html_takes_linear_time(piece: str) -> None:
    start = time.perf_counter()
    shown_markup(piece * (8_000_000 // len(piece)), 2_000_000)

    assert time.perf_counter() - start < 4


def test_text_past_the_limit_is_cut() -> None:
    reading = read_html("<p>" + "word " * 100, limits=ParseLimits(text_bytes=20))

    assert len(reading.text) == 20
    assert reading.defects == (Defect.TEXT_CUT,)


def test_links_past_the_limit_are_left_and_one_more_tells() -> None:
    html = "".join(f"<a href='http://h{number}.example/'>x</a>" for number in range(50))

    assert len(read_html(html, limits=ParseLimits(links=10)).links) == 11


def test_html_that_the_parser_refuses_is_read_without_a_tree(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise RuntimeError("too hard")

    monkeypatch.setattr("turbohtml.parse", refuse)

    reading = read_html("<p>a &amp; b</p><a href='http://a.example/'>x</a>", limits=LIMITS)

    assert reading.text == "a & b\nx"
    assert reading.links == (("http://a.example/", ""),)
    assert reading.defects == (Defect.HTML_UNREADABLE,)


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<!-- c --><p>one</p><script>x</script>two<style>y</style>", "one\ntwo"),
        ("<SCRIPT>x</SCRIPT>two", "two"),
        ("a<br>b", "a\nb"),
        ("<a <b>x", "x"),
        ("", ""),
    ],
)
def test_linear_reading(html: str, text: str) -> None:
    assert read_html_linearly(html, limits=LIMITS).text == text


HOSTILE = {
    "nested div": "<div>" * 200_000,
    "nested anchors": "<a href=http://e.example/>" * 40_000,
    "nested anchors with text": "<table><tr><td><a href=http://e.example/>x" * 40_000,
    "50,000 attributes": "<a " + " ".join(f"a{number}=1" for number in range(50_000)) + ">x</a>",
    "formatting elements": "<b><i><u><s><em><strong><font>" * 2_500,
    "formatting and paragraphs": "<b><i><u><p>" * 7_500,
    "adoption agency": ("<b>" * 500 + "<aside>" * 500) * 100,
    "unfinished tags": "<a " * 100_000,
    "angles": "<" * 1_000_000,
    "ampersands": "&" * 1_000_000,
    "named references": "&notin" * 150_000,
    "comments": "<!--" * 250_000,
    "Outlook comments": "<!--[if // href=" * 100_000,
    "CDATA": "<![CDATA[" * 100_000,
    "tables": "<table>" * 100_000,
    "foster parents": "<table>" + "x<b>" * 200_000,
    "wide table": "<table><tr><td>" + "x " * 2000 + "<td>y" + "<tr><td>a<td>b" * 100_000,
    "foreign content": "<svg><desc><math><mtext>" * 30_000,
    "quotes": "<a href='" * 100_000,
    "paragraphs": "<p>" * 600_000,
    "hidden paragraphs": "<p hidden>" * 150_000,
    "nested hidden": "<div style='font-size:0'><div style='visibility:hidden'>x" * 20_000,
    "one long style": "<p style='" + "display: " * 200_000 + "'>x",
    "spaces in a style": "<p style='display" + " " * 1_000_000 + "'>x",
    "lists": "<ol><li>" * 200_000,
    "pictures": "<img src=http://e.example/x>" * 60_000,
}


@pytest.mark.parametrize("read", [read_html, read_html_linearly])
@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_html_takes_linear_time(name: str, read: Callable[..., html_module.HtmlReading]) -> None:
    html = HOSTILE[name]
    began = time.process_time()
    reading = read(html, limits=LIMITS)

    assert time.process_time() - began < 2.0  # at most 0.3 s on a quiet machine
    assert len(reading.text) <= len(html)
