"""Scripts in markup: pages, SVG pictures, HTML applications, script files of Windows (.wsf, .sct)."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

from msgspec import Struct

SCRIPTS = 60
CHARACTERS = 1_048_576

_BEGIN = re.compile(r"<(?:\w{1,20}:)?script\b([^<>]{0,2000}+)>", re.IGNORECASE)
_END = re.compile(r"</(?:\w{1,20}:)?script", re.IGNORECASE)
_LANGUAGE = re.compile(r"(?:language|type)\s{0,8}=\s{0,8}[\"']?([\w./#-]{1,60})", re.IGNORECASE)
_DATA = frozenset({"application/ld+json", "application/json", "text/template", "importmap", "text/x-template"})
_ELEMENT = re.compile(r"<([A-Za-z][\w-]{0,30})\b([^<>]{0,4000}+)>([^<]{0,300000}+)")
_ATTRIBUTE = re.compile(
    r"([\w-]{1,40})\s{0,8}=\s{0,8}(?:\"([^\"]{0,300000}+)\"|'([^']{0,300000}+)'|([^\s\"'>]{1,2000}+))"
)
ELEMENTS = 100
# What runs without anybody's doing; handlers of buttons do not.
_HANDLER = re.compile(
    r"\bon(?:load|error|pageshow|begin)\s{0,8}=\s{0,8}(?:\"([^\"]{1,20000})\"|'([^']{1,20000})')", re.I
)
_SMALL_ENTITY = re.compile(r"&(?:#|\w)")


class Inline(Struct, frozen=True):
    """A script as it stands in markup."""

    is_visual_basic: bool
    text: str


def scripts_in(markup: str) -> tuple[Inline, ...]:
    """Scripts in their order, then handlers that run by themselves; at most SCRIPTS."""
    markup = markup[:CHARACTERS]
    found = [*_blocks(markup), *(Inline(False, code) for code in _handlers(markup))]
    return tuple(found[:SCRIPTS])


def elements_in(markup: str) -> tuple[dict[str, str], ...]:
    """Elements that have an id: their tag, attributes and the text behind them. Scripts look there for their data."""
    found: list[dict[str, str]] = []
    if "id" not in markup:
        return ()
    for match in _ELEMENT.finditer(markup[:CHARACTERS]):
        attributes = {
            name.lower(): html.unescape(double or single or bare)
            for name, double, single, bare in _ATTRIBUTE.findall(match[2])
        }
        if "id" in attributes:
            text = html.unescape(match[3])
            found.append({**attributes, "tag": match[1].lower(), "textcontent": text, "innertext": text})
            if len(found) == ELEMENTS:
                break
    return tuple(found)


def _blocks(markup: str) -> Iterator[Inline]:
    # In XML, `&lt;` within a script is read before it is run; in HTML it is not.
    is_xml = markup.lstrip("\ufeff \r\n\t")[:5].lower() in ("<?xml", "<svg ")
    position = 0
    while begin := _BEGIN.search(markup, position):
        end = _END.search(markup, begin.end())
        position = end.end() if end else len(markup)
        text = markup[begin.end() : end.start() if end else len(markup)]
        language = _LANGUAGE.search(begin[1])
        kind = language[1].lower() if language else ""
        if kind in _DATA or not text.strip():
            continue
        if is_xml and "<![CDATA[" not in text and _SMALL_ENTITY.search(text):
            text = html.unescape(text)
        yield Inline("vbs" in kind or kind.startswith("vb"), text)


def _handlers(markup: str) -> Iterator[str]:
    if "=" not in markup:
        return
    for match in _HANDLER.finditer(markup):
        yield html.unescape(match[1] or match[2])
