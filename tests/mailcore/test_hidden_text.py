"""What nobody sees of HTML, by every way of hiding; and what only looks like hiding."""

from __future__ import annotations

import time

import pytest

from mailcore.html import DROPPED_LINKS, read_html
from mailcore.settings import ParseLimits

LIMITS = ParseLimits()


def sheet(css: str, html: str = '<p class="x" id="y">a</p>b') -> str:
    return f"<style>{css}</style>{html}"


HIDDEN = {
    "a class": (sheet(".x{display:none}"), "display"),
    "a class in a list": (sheet("p.z, .x {color:red;display:none !important}"), "display"),
    "a tag with a class": (sheet("p.x{visibility:hidden}"), "visibility"),
    "an id": (sheet("#y{opacity:0}"), "opacity"),
    "behind comments": (sheet("/* .x{} */ <!-- .x{font-size:0} -->"), "size"),
    "on all screens": (sheet("@media screen{.x{display:none}}"), "display"),
    "on all media": (sheet("@media all {.x{display:none}}"), "display"),
    "says so": (sheet(".x{display:none}"), "style-sheet"),
    "white on white": ('<p style="color:#fff">a</p>b', "colour"),
    "nearly white": ('<p style="color:#fefefe">a</p>b', "colour"),
    "white by name": ('<p style="color: White">a</p>b', "colour"),
    "white by channels": ('<p style="color:rgb(255, 255, 255)">a</p>b', "colour"),
    "font": ('<font color="#FFFFFF">a</font>b', "colour"),
    "font without sign": ('<font color="ffffff">a</font>b', "colour"),
    "on its own background": ('<p style="background-color:#123456;color:#123456">a</p>b', "colour"),
    "on the table's background": (
        '<table bgcolor="#123456"><tr><td><i style="color:#123457">a</i></td></tr></table>b',
        "colour",
    ),
    "white by class": (sheet(".x{color:#fff}"), "colour"),
    "transparent": ('<p style="color:transparent;background:#000">a</p>b', "colour"),
    "elements inside": ('<p style="color:#fff"><b>a</b></p>b', "colour"),
    "far to the left": ('<p style="position:absolute;left:-9999px">a</p>b', "off-screen"),
    "indented": ('<p style="text-indent:-9999px">a</p>b', "off-screen"),
    "no height": ('<p style="max-height:0;overflow:hidden">a</p>b', "clipped"),
    "no width": ('<p style="width:0px; overflow: hidden">a</p>b', "clipped"),
    "clipped": ('<p style="position:absolute;clip:rect(0,0,0,0)">a</p>b', "clipped"),
    "shrunk": ('<p style="transform:scale(0)">a</p>b', "clipped"),
    "a fraction of a size": ('<p style="font-size:0.05em">a</p>b', "size"),
    "a fraction of a pixel": ('<p style="font-size:.5px">a</p>b', "size"),
    "nothing with a point": ('<p style="font-size:00.00em;">a</p>b', "size"),
    "two pixels": ('<p style="font-size:2px">a</p>b', "size"),
    "template": ("<template>a</template>b", "template"),
    "attribute": ("<p hidden>a</p>b", "attribute"),
}


@pytest.mark.parametrize(("html", "way"), HIDDEN.values(), ids=HIDDEN)
def test_hidden(html: str, way: str) -> None:
    reading = read_html(html, limits=LIMITS)

    assert reading.text == "b"
    assert reading.facts.hidden_text == "a"
    assert way in reading.facts.hiding


SEEN = {
    "shown on telephones": sheet(".x{display:none}@media (max-width:600px){.x{display:block!important}}"),
    "hidden on telephones only": sheet("@media (max-width:600px){.x{display:none}}"),
    "hidden in print": sheet("@media print{.x{display:none}}"),
    "hidden and shown": sheet(".x{display:none}.x{display:block}"),
    "shown by the element": sheet(".x{display:none}", '<p class="x" style="display:block">a</p>b'),
    "another class": sheet(".xy{display:none}#z{display:none}div.x{display:none}"),
    "a class inside another": sheet(".z .x{display:none}"),  # which ones it means is not worth the cost
    "no rule": sheet("none hidden } { .x", '<p class="x">a</p>b'),
    "a button": '<p style="background:#0070ba;color:#fff">a</p>b',
    "a button by class": sheet(".x{background-color:#0070ba;color:#fff}"),
    "white in a dark table": '<table bgcolor="#000000"><tr><td style="color:#fff">a</td></tr></table>b',
    "white in a dark cell by tag": sheet("td{background:#000}", '<table><td style="color:#fff">a</td></table>b'),
    "white in a cell by some selector": sheet(
        "table.t td{background:#000}", '<table class="t"><td style="color:#fff">a</td></table>b'
    ),
    "white by hover": sheet("p:hover{background:#000}", '<p style="color:#fff">a</p>b'),
    "white on a picture": '<div style="background:url(x.png)"><p style="color:#fff">a</p></div>b',
    "white on a picture of old": '<table background="x.png"><td style="color:#fff">a</td></table>b',
    "white on a gradient": '<div style="background:linear-gradient(#000,#111)"><p style="color:#fff">a</p></div>b',
    "white on a variable": '<div style="background:var(--dark)"><p style="color:#fff">a</p></div>b',
    "the last background counts": '<p style="background-color:#222;background:#fff;color:#222">a</p>b',
    "a link is blue": '<p style="color:#fff"><a href="http://a.example/">a</a></p>b',
    "a child in its own colour": '<p style="color:#fff"><b style="color:#000">a</b></p>b',
    "a child on its own background": '<p style="color:#fff"><b style="background:#000">a</b></p>b',
    "grey": '<p style="color:#999">a</p>b',
    "light grey": '<p style="color:#ccc">a</p>b',
    "black": '<p style="color:#000000">a</p>b',
    "an unknown colour": '<p style="color:var(--text)">a</p>b',
    "a little to the left": '<p style="position:relative;left:-10px">a</p>b',
    "hanging indent": '<p style="text-indent:-20px">a</p>b',
    "no height, but it flows over": '<p style="height:0">a</p>b',
    "overflow alone": '<p style="overflow:hidden;max-height:100px">a</p>b',
    "for Outlook only": '<p style="mso-hide:all">a</p>b',  # every other program shows it
    "small print": '<p style="font-size:8px">a</p>b',
    "a smaller size": '<p style="font-size:0.9em">a</p>b',
    "half of the size": '<p style="font-size: .5rem">a</p>b',
    "half seen": '<p style="opacity:0.5">a</p>b',
    "noscript": "<noscript>a</noscript>b",  # mail programs run no scripts
}


@pytest.mark.parametrize("html", SEEN.values(), ids=SEEN)
def test_seen(html: str) -> None:
    reading = read_html(html, limits=LIMITS)

    assert reading.text.split() == ["a", "b"] or reading.text == "ab"
    assert reading.facts.hiding == ()


def test_the_padding_of_a_preview_hides_no_words() -> None:
    facts = read_html('<p style="display:none">&zwnj;&nbsp;&#847;</p>a', limits=LIMITS).facts

    assert facts.hiding == ()


@pytest.mark.parametrize(
    ("html", "dropped"),
    [
        ('<a href="javascript:alert(1)">x</a>', ("javascript:alert(1)",)),
        ('<a href=" JaVa\tScript:alert(1)">x</a>', ("JaVa\tScript:alert(1)",)),
        ('<a href="data:text/html;base64,PGI+">x</a>', ("data:text/html;base64,PGI+",)),
        ('<iframe src="data:text/html,x"></iframe>', ("data:text/html,x",)),
        ('<a href="data:' + "x" * 900 + '">x</a>', ("data:" + "x" * 195,)),
        ('<a href="https://data.example/">x</a><a href="mailto:a@example.com">y</a>', ()),
        ('<a href="/javascript:x">x</a><a href="database">y</a><a href="tel:1">z</a>', ()),
        ('<img src="data:image/png;base64,AAAA">', ()),  # a picture leads nowhere
    ],
)
def test_dropped_links(html: str, dropped: tuple[str, ...]) -> None:
    assert read_html(html, limits=LIMITS).facts.dropped_links == dropped


def test_dropped_links_are_bounded() -> None:
    html = "".join(f'<a href="javascript:{number}">x</a>' for number in range(500))

    assert len(read_html(html, limits=LIMITS).facts.dropped_links) == DROPPED_LINKS


WHITE = '<font color="white">a</font>'
HOSTILE = {
    "a hundred thousand rules": sheet("".join(f".c{number}{{display:none}}" for number in range(100_000))),
    "a hundred thousand nested rules": sheet("@media x{" * 100_000 + ".x{display:none}"),
    "a hundred thousand colours": sheet("".join(f".c{number}{{color:#fff}}" for number in range(100_000))),
    "a rule without end": sheet(".a," * 80_000 + "{display:none"),
    "words that hide, in one block": sheet("none " * 50_000),
    "a style without end": '<p style="' + "color " * 300_000 + '">a',
    "colours without end": '<p style="color:' + "#" * 1_000_000 + '">a',
    "brackets without end": '<p style="' + "rgb(" * 300_000 + '">a',
    "white in white": '<div style="color:#fff">' * 20_000 + "a",
    "white beside white": '<font color="white">a</font>' * 30_000,
    "every style another": "".join(f'<p style="color:#{number:06x}">a' for number in range(20_000)),
    "templates in templates": "<template>" * 50_000,
    "blanks behind @media": sheet("@media" + " " * 200_000 + "x{.a{display:none}}"),
    "colons before a class": sheet("a" + ":" * 200_000 + "{background:red}") + WHITE,
    "a name of an @ rule without end": sheet("background @" + "a" * 200_000) + WHITE,
    "signs of @ rules": sheet("background " + "@a" * 100_000) + WHITE,
    "zeros of a size": '<p style="font-size:' + "0" * 500_000 + 'x">a',
    "blanks in a colour of a style": '<p style="color:rgb(1' + " " * 500_000 + '">a',
    "blanks in a colour of an attribute": '<font color="rgb(1' + " " * 500_000 + 'x">a</font>',
    "blanks in a background": '<p bgcolor="rgb(1' + " " * 500_000 + 'x">a' + WHITE,
    "blanks of a box": '<p style="clip:rect(' + " " * 500_000 + 'x">a',
}


@pytest.mark.parametrize("html", HOSTILE.values(), ids=HOSTILE)
def test_hostile_styles_cost_little(html: str) -> None:
    began = time.process_time()

    read_html(html, limits=LIMITS)

    assert time.process_time() - began < 5.0  # a tenth of it on a quiet machine
