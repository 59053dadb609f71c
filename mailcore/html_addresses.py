"""Addresses in HTML that no click is needed for, or that a script leads to: pictures, styles, `ping`, handlers.

Anchors, forms, frames and refreshes are read by `mailcore.html`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from html import unescape
from typing import Any
from urllib.parse import unquote

from mailcore.message import LinkUse
from mailcore.url_blanks import ANYWHERE, AT_ENDS
from mailcore.url_values import base64_bytes, base64_text

ADDRESSES = 2_000  # that are read of one part
_SCRIPT_CHARACTERS = 262_144  # of all scripts and pages inside of the page; libraries are longer, lures are not
_SET_CHARACTERS = 65_536  # of one `srcset`
_STYLE_CHARACTERS = 1_048_576  # of all style sheets and style attributes that are searched

# One address each. `data` is of objects, `value` of their parameters, `href` of everything but anchors and `base`.
_LOADED = frozenset(
    (
        *("src", "background", "poster", "data", "lowsrc", "dynsrc", "longdesc", "cite", "codebase", "classid"),
        *("archive", "manifest", "icon", "profile", "action-xhr", "verify-xhr", "xlink:href", "data-src"),
    )
)
_SETS = frozenset({"srcset", "imagesrcset"})
_LEADING = frozenset({"href", "action", "formaction", "src", "xlink:href"})
_NAMES = _LOADED | _SETS | _LEADING | {"ping", "value", "srcdoc"}
_CLICKED = frozenset({"a", "area", "base", "iframe", "frame"})
_HREFS_LOADED = frozenset({"link", "image", "use", "feimage", "script", "lineargradient", "pattern"})

_ABSOLUTE = re.compile(r"(?:https?|ftp):(?:\\{0,4}/){2}[^\s\"'<>`(){}]{1,4096}|(?<=[\"'`])//[\w.-]+\.\w+[^\s\"'<>`]*")
_ENCODED_BLOCK = re.compile(r"[\"'`(]((?:aHR0c|eyJ|PGE|PCFET0|PGh0b)[\w+/-]{8,8192}={0,2})[\"'`)]")
_IN_STYLE = re.compile(
    r"url\(\s*+(?:\"([^\"]{1,4096})\"|'([^']{1,4096})'|([^\s\"')]{1,4096}))|@import\s++(?:\"([^\"]{1,4096})\"|'([^']{1,4096})')",
    re.IGNORECASE,
)
_STYLE_ESCAPE = re.compile(r"\\([0-9a-f]{1,6})\s?", re.IGNORECASE)
_CANDIDATE = re.compile(r"[\s,]*+(?:(\S*[^\s,]),+(?=\s|$)|(\S+)[^,]*+)")
_SCRIPT_ESCAPE = re.compile(r"\\(?:x([0-9a-f]{2})|u([0-9a-f]{4})|u\{([0-9a-f]{1,6})\})", re.IGNORECASE)
_JOINED = re.compile(r"[\"'`]\s*\+\s*[\"'`]")
_DATA_PAGE = re.compile(r"data:[^,]{0,200},", re.IGNORECASE)


def other_addresses(tree: Any) -> list[tuple[str, LinkUse]]:
    """Addresses of a turbohtml document besides where a click leads, in order; at most `ADDRESSES`."""
    found: dict[tuple[str, LinkUse], None] = {}
    for written, use in _addresses(tree):
        address = written.strip()
        # Addresses of the mail itself, data and places on the page are none.
        if address and address[0] != "#" and address[:5].lower() not in ("data:", "cid:", "about"):
            found[address, use] = None
            if len(found) >= ADDRESSES:
                break
    return list(found)


def _addresses(tree: Any) -> Iterator[tuple[str, LinkUse]]:
    scripts: list[str] = []
    styles: list[str] = []
    for element in tree.find_all(True):
        for name, given in element.attrs.items():
            value = " ".join(given) if isinstance(given, list) else given  # lists of words are split by the parser
            if name == "style":
                if value and ("(" in value or "\\" in value):
                    styles.append(value)
            elif value and (name in _NAMES or name[:2] == "on"):
                if name[:2] == "on" or name == "srcdoc":
                    scripts.append(value)
                elif name in _LEADING and ":" in value:
                    scripts += page_inside(value)
                yield from ((each, LinkUse.LOADED) for each in _loaded(element.tag, name, value))
    scripts += [element.text for element in tree.find_all("script")]
    styles += [element.text for element in tree.find_all("style")]
    yield from ((each, LinkUse.LOADED) for each in in_styles(styles))
    yield from ((each, LinkUse.SCRIPTED) for each in in_scripts(scripts))


def _loaded(tag: str, name: str, value: str) -> Iterable[str]:
    """The addresses of an attribute that are loaded, or sent to, by themselves."""
    if name in _SETS:
        candidates = value[:_SET_CHARACTERS].rstrip(", \t\r\n\f")  # what ends it would be read again and again
        return [match[1] or match[2] for match in _CANDIDATE.finditer(candidates)]  # WHATWG HTML, 4.8.4.2.1
    if name == "ping":
        return value.split()
    if name == "href":
        return (value,) if tag in _HREFS_LOADED else ()
    if name == "value":
        return (value,) if tag == "param" and "//" in value else ()
    return (value,) if name in _LOADED and tag not in _CLICKED else ()


def in_styles(styles: Iterable[str]) -> Iterator[str]:
    """What style sheets load: `url()` and `@import` (CSS Values 3, 3.4), escapes undone."""
    left = _STYLE_CHARACTERS
    for style in styles:
        text = style[:left]
        left -= len(text)
        if "\\" in text:
            text = _STYLE_ESCAPE.sub(_character, text)
        if "(" in text or "@import" in text:
            for match in _IN_STYLE.finditer(text):
                yield match[match.lastindex or 0]


def in_scripts(scripts: Iterable[str]) -> Iterator[str]:
    """Absolute addresses in strings of scripts and in pages inside of pages: plain, escaped, joined, base64."""
    left = _SCRIPT_CHARACTERS
    for script in scripts:
        text = script[:left]
        left -= len(text)
        if "\\" in text:
            text = _SCRIPT_ESCAPE.sub(_character, text)
        if "&" in text:
            text = unescape(text)
        text = _JOINED.sub("", text)
        if "%2" in text or "%3" in text:
            text += "\n" + unquote(text)
        inside = [base64_text(match[1]) for match in _ENCODED_BLOCK.finditer(text)]
        for each in (text, *inside):
            if "//" in each or "\\/" in each:
                for match in _ABSOLUTE.finditer(each):
                    yield match[0].replace("\\/", "/").rstrip(";,\\")


def page_inside(href: str) -> list[str]:
    """The script, page or other address that a target holds instead of leading to a host: `javascript:`,
    `data:`, `blob:`."""
    scheme = href.lstrip(AT_ENDS)[:80].translate(ANYWHERE).partition(":")[0].lower()
    # With a slash before the colon it leads to a host or a page, and what follows is of its path.
    if scheme in ("http", "https", "ftp", "cid", "tel", "file", "") or "/" in scheme or "\\" in scheme:
        return []
    match = _DATA_PAGE.match(href.strip())
    if match is not None and ";base64" in match[0].lower():
        return [_of_base64(href.strip()[match.end() :])]
    return [unquote(href)]


def _of_base64(block: str) -> str:
    letters = "".join(unquote(block).split())[:_SCRIPT_CHARACTERS]
    try:
        return base64_bytes(letters).decode("utf-8", "replace")
    except ValueError:
        return ""


def _character(match: re.Match[str]) -> str:
    """The character that an escape stands for."""
    code = int(match[match.lastindex or 0], 16)
    return chr(code) if 0 < code < 0xD800 or 0xDFFF < code < 0x110000 else ""
