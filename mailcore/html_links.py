"""Where the targets of a page's links stand in its source: so that they can be replaced and nothing else is touched.

The places come from the parser that builds the tree as browsers do, so whatever a browser takes for a comment, a script
or text is none. Outlook shows what stands in conditional comments; these are read as pages of their own.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from typing import Any, NamedTuple

import turbohtml

from mailcore.html import joined

_FORMS = {"form": ("action",), "button": ("formaction",), "input": ("formaction",)}
_ANCHORS = ("href", "xlink:href")  # of drawings (SVG), whose anchors may have either
# Shapes of Outlook (VML) lead somewhere as anchors do; buttons of newsletters are made of them.
_SHAPES = ["v:rect", "v:roundrect", "v:shape", "v:oval", "v:image", "v:group"]
_ELEMENTS = ["a", "area", *_FORMS, *_SHAPES]
# The parser says where it stands, so all that browsers take for a value: without quotes "<" and odd blanks are of it.
_VALUE = re.compile(r"""[^=]+=[\t\n\f\r ]*(?:"([^"]*)"|'([^']*)'|([^"'].*))""", re.DOTALL)
_MOST_COMMENTS = 2_000


class Target(NamedTuple):
    """The value of an attribute: its place in the source without quotes, and what it means with the page's base."""

    start: int
    end: int
    value: str
    is_form: bool
    in_comment: bool = False


def link_targets(html: str) -> list[Target]:
    """The targets of anchors, image maps, forms, their buttons, and shapes, in order; time is linear in the page.

    Raises what turbohtml does, for what it cannot parse.
    """
    found = {target.start: target for target in _targets_in(html, 0)}
    at = html.find("<!--[if")
    for _ in range(_MOST_COMMENTS):
        if at < 0:
            break
        end = html.find("-->", at)
        end = len(html) if end < 0 else end
        begin = html.find(">", at, end) + 1
        if begin:
            for target in _targets_in(html[begin:end], begin):
                found.setdefault(target.start, target._replace(in_comment=True))
        at = html.find("<!--[if", end)
    return [found[start] for start in sorted(found)]


def _targets_in(html: str, offset: int) -> Iterator[Target]:
    """The targets of one page, with that added to their places."""
    if "=" not in html:
        return
    returns = _line_ends(html)
    tree: Any = turbohtml.parse(html, source_locations=True, allow_declarative_shadow_roots=False)
    base = next((found for each in tree.find_all("base") if (found := (each.attr("href") or "").strip())), "")
    for element in tree.find_all(_ELEMENTS):
        location = element.source_location
        spans = location.attrs if location is not None and location.attrs else {}
        name = next((each for each in _FORMS.get(element.tag, _ANCHORS) if element.attr(each)), "")
        span = spans.get(name)
        if span is None:  # without the attribute, or a second element that the parser made of one tag
            continue
        start, end = _place(returns, span.start_offset), _place(returns, span.end_offset)
        written = _VALUE.fullmatch(html, start, end)
        if written is None or written.lastindex is None:
            continue
        begin, behind = written.span(written.lastindex)
        value = element.attr(name)
        if base and value.strip()[:1] not in ("#", ""):
            value = joined(base, value.strip())
        yield Target(begin + offset, behind + offset, value, is_form=element.tag in _FORMS)


def _line_ends(html: str) -> list[int]:
    """Where CR LF stand, as places in a source in which they are one character: so the parser counts (WHATWG)."""
    places: list[int] = []
    at = html.find("\r\n")
    while at >= 0:
        places.append(at - len(places))
        at = html.find("\r\n", at + 2)
    return places


def _place(line_ends: list[int], counted: int) -> int:
    """The place in the source as it is."""
    return counted + bisect_left(line_ends, counted)
