"""What a person sees of an HTML part: visible text, links with their text, and what is hidden.

turbohtml builds the tree as browsers do, limits its depth, and takes milliseconds for every hostile input that was
tried. Its layout of tables is not used: one wide cell would pad every row (1.4 MB of HTML gave 400 MB of text).
"""

from __future__ import annotations

import enum
import re
from collections.abc import Iterator
from html import unescape
from typing import Any
from urllib.parse import urljoin

import turbohtml
from msgspec import Struct

from mailcore.defects import Defect
from mailcore.links import SHOWN_CHARACTERS, find_links
from mailcore.message import HtmlFacts
from mailcore.settings import ParseLimits

FORM_ACTIONS = 100  # what HtmlFacts keeps; a mail with more forms than that is no better known by them
_SHOWN_BUDGET = 4_194_304  # characters read for anchors' texts: nested ones hold the same text again and again

# Elements whose layout would pad or indent the text; as plain blocks they only break lines.
_LAYOUT = ["table", "td", "th", "caption", "blockquote", "ul", "ol", "menu", "li"]
_READ = ["a", "area", "form", "iframe", "frame", "meta", "base", "button", "input", "img", "script"]
_PLAIN = turbohtml.PlainText(layout="strict")

_DISPLAY = re.compile(r"(?:^|[;\s])display\s*:\s*([a-z-]+)")
_INVISIBLE = re.compile(r"(?:^|[;\s])visibility\s*:\s*hidden")
_NO_SIZE = re.compile(r"(?:^|[;\s])font-size\s*:\s*(?:0(?:\.\d+)?(?:px|pt|em|rem|%)?|1px)\s*(?:[;!]|$)")
_TRANSPARENT = re.compile(r"(?:^|[;\s])opacity\s*:\s*0(?:\.0+)?\s*(?:[;!]|$)")

_SCHEME = re.compile(r"\s*(?:[a-z][a-z0-9+.-]*:|//)", re.IGNORECASE)
_REFRESH = re.compile(r"[\d.\s]*[;,]\s*(?:url\s*=\s*)?[\"']?([^\"']+)", re.IGNORECASE)
_URL_ATTRIBUTE = re.compile(
    r"""\b(?:href|action)\s*=\s*(?:"([^"<>]{1,4096})"|'([^'<>]{1,4096})'|([^\s"'<>]{1,4096}))""", re.IGNORECASE
)
_ABSOLUTE_URL = re.compile(r"https?://[^\s\"'<>]{1,4096}", re.IGNORECASE)
_TAG = re.compile(r"<[^<>]*>?")
_BLOCK_TAG = re.compile(r"</?(?:p|div|br|tr|td|th|li|h[1-6]|table)\b", re.IGNORECASE)


class _Hiding(enum.Enum):
    NOTHING = enum.auto()
    SHOWN = enum.auto()  # `display: block` shows even what has the attribute `hidden`
    ALL = enum.auto()
    UNLESS_VISIBLE = enum.auto()
    UNLESS_SIZED = enum.auto()


class HtmlReading(Struct, frozen=True, kw_only=True):
    """`links` are (href, visible text of the anchor), each pair once, in the order of the page.

    Anchors, image maps, forms, frames and refreshes lead somewhere; mailto: and the like are still among them.
    """

    text: str = ""
    links: tuple[tuple[str, str], ...] = ()
    facts: HtmlFacts = HtmlFacts()
    defects: tuple[str, ...] = ()


def read_html(html: str, *, limits: ParseLimits) -> HtmlReading:
    """Read one HTML part. Never raises; time is linear in the part.

    Past `limits.html_bytes` (characters here) only URLs are searched. `links` may hold one more than
    `limits.links`, which is how the caller sees that there were more.
    """
    rest = html[limits.html_bytes :]
    if rest:
        html = html[: limits.html_bytes]
    try:
        reading = _read_tree(turbohtml.parse(html, positions=False, allow_declarative_shadow_roots=False), limits)
    except (ValueError, LookupError, RuntimeError, SystemError, MemoryError):  # a parser in C, on hostile input
        reading = read_html_linearly(html, limits=limits)
    extra = list(_outlook_links(html))
    extra += [unescape(link.href) for link in find_links(rest, limit=limits.links)] if rest else []
    if not extra and not rest:
        return reading
    links = dict.fromkeys(reading.links)
    known = {href for href, _ in links}
    links.update(((href, ""), None) for href in extra if href not in known)
    return HtmlReading(
        text=reading.text,
        links=tuple(links)[: limits.links + 1],
        facts=reading.facts,
        defects=(*reading.defects, Defect.HTML_CUT) if rest else reading.defects,
    )


def read_html_linearly(html: str, *, limits: ParseLimits) -> HtmlReading:
    """What can be read without a tree: the text between the tags and the URLs. For HTML that the parser refuses."""
    visible = _without(_without(_without(html, "<!--", "-->"), "<script", "</script>"), "<style", "</style>")
    text = unescape(_TAG.sub("", _BLOCK_TAG.sub("\n<", visible)))
    lines = (" ".join(line.split()) for line in text.split("\n"))
    return HtmlReading(
        text="\n".join(line for line in lines if line)[: limits.text_bytes],
        links=tuple((href, "") for href in dict.fromkeys(_swept(html)))[: limits.links + 1],
        defects=(Defect.HTML_UNREADABLE,),
    )


def _read_tree(tree: Any, limits: ParseLimits) -> HtmlReading:
    """Text, links and facts of a turbohtml document; changes the tree."""
    links: dict[tuple[str, str], None] = {}
    actions: list[str] = []
    passwords = scripts = images = 0
    budget = _SHOWN_BUDGET
    base = ""
    for element in tree.find_all(_READ):
        tag = element.tag
        if tag == "img":
            images += (element.attr("src") or "").lstrip()[:5].lower().startswith(("http", "//"))
            continue
        if tag == "script":
            scripts += 1
            continue
        if tag == "base":
            base = base or (element.attr("href") or "").strip()
            continue
        if tag == "input":
            passwords += (element.attr("type") or "").strip().lower() == "password"
        href = _target(element, tag)
        if tag == "form" and href and len(actions) < FORM_ACTIONS:
            actions.append(href)
        if not href or href[0] == "#" or len(links) > limits.links:
            continue
        shown = ""
        if tag == "a" and budget > 0:
            shown, read = _shown(element)
            budget -= read
        links[href, shown] = None
    hidden = _take_hidden(tree, limits)
    for element in tree.find_all(_LAYOUT):
        element.tag = "div"
    text = tree.to_text(_PLAIN).replace("\xa0", " ")
    return HtmlReading(
        text=text[: limits.text_bytes],
        links=tuple((_joined(base, href), shown) for href, shown in links) if _SCHEME.match(base) else tuple(links),
        facts=HtmlFacts(
            hidden_text=hidden,
            form_actions=tuple(actions),
            password_fields=passwords,
            scripts=scripts,
            external_images=images,
        ),
        defects=(Defect.TEXT_CUT,) if len(text) > limits.text_bytes else (),
    )


def _target(element: Any, tag: str) -> str:
    """Where an element leads, or ""."""
    if tag in ("a", "area"):
        target = element.attr("href") or element.attr("xlink:href")
    elif tag == "form":
        target = element.attr("action")
    elif tag in ("iframe", "frame"):
        target = element.attr("src")
    elif tag in ("button", "input"):
        target = element.attr("formaction")
    elif (element.attr("http-equiv") or "").strip().lower() == "refresh":
        match = _REFRESH.match(element.attr("content") or "")
        target = match.group(1) if match else ""
    else:
        target = ""
    return (target or "").strip()


def _shown(anchor: Any) -> tuple[str, int]:
    """What a reader sees of an anchor (the text in place of a picture, where it is one), and the characters read."""
    text = anchor.text
    shown = " ".join(text[: 8 * SHOWN_CHARACTERS].split())[:SHOWN_CHARACTERS]
    if not shown:
        picture = anchor.find("img")
        shown = " ".join((picture.attr("alt") or "").split())[:SHOWN_CHARACTERS] if picture is not None else ""
    return shown, len(text)


def _joined(base: str, href: str) -> str:
    """The href read against the page's base; mail seldom has one, phishing hides the host there."""
    if _SCHEME.match(href):
        return href
    try:
        return urljoin(base, href)
    except ValueError:  # brackets that are no IPv6 address
        return href


def _take_hidden(tree: Any, limits: ParseLimits) -> str:
    """Take what is plainly hidden out of the tree, and return its text."""
    hidden: list[str] = []
    size = 0
    known: dict[str, _Hiding] = {}  # the same few styles come again and again in a newsletter
    for element in tree.select("[style],[hidden]"):
        style = element.attr("style") or ""
        hiding = known.get(style)
        if hiding is None:
            hiding = known[style] = _hiding(style)
        if not _hides(element, hiding) or size > limits.text_bytes:
            continue
        if element.closest("html") is None:  # inside an element that was taken out already
            continue
        text = " ".join(element.text.split())
        element.decompose()
        if text:
            hidden.append(text)
            size += len(text)
    return "\n".join(hidden)[: limits.text_bytes]


def _hides(element: Any, hiding: _Hiding) -> bool:
    """Whether an element hides all that is in it. A child may set its own size or visibility: newsletters wrap
    everything in `font-size:0` to close gaps between pictures, and that hides nothing."""
    match hiding:
        case _Hiding.NOTHING:
            return element.attr("hidden") is not None
        case _Hiding.ALL:
            return True
        case _Hiding.UNLESS_VISIBLE:
            return element.select_one('[style*="visibility" i]') is None
        case _Hiding.UNLESS_SIZED:
            return element.select_one('[style*="font" i],font,img') is None
    return False


def _hiding(style: str) -> _Hiding:
    """What a style attribute hides."""
    style = style.lower()
    displays = _DISPLAY.findall(style) if "display" in style else ()
    if displays and displays[-1] == "none":  # the last one counts
        return _Hiding.ALL
    if "opacity" in style and _TRANSPARENT.search(style):
        return _Hiding.ALL
    if "visibility" in style and _INVISIBLE.search(style):
        return _Hiding.UNLESS_VISIBLE
    if "font-size" in style and _NO_SIZE.search(style):
        return _Hiding.UNLESS_SIZED
    return _Hiding.SHOWN if displays else _Hiding.NOTHING


def _outlook_links(html: str) -> Iterator[str]:
    """Targets inside conditional comments: Outlook shows what they hold, every other program skips it."""
    at = html.find("<!--[if")
    while at >= 0:
        end = html.find("-->", at)
        end = len(html) if end < 0 else end
        if html.find("//", at, end) >= 0 or html.find("&#", at, end) >= 0:  # most only hold a table's width
            for match in _URL_ATTRIBUTE.finditer(html, at, end):
                yield unescape(match.group(match.lastindex or 0)).strip()
        at = html.find("<!--[if", end)


def _swept(html: str) -> list[str]:
    """URLs that stand in attributes or in the open, without regard to the markup."""
    found = [unescape(match.group(match.lastindex or 0)).strip() for match in _URL_ATTRIBUTE.finditer(html)]
    found += [unescape(match.group()) for match in _ABSOLUTE_URL.finditer(html)]
    return [href for href in dict.fromkeys(found) if href and href[0] != "#"]


def _without(html: str, opening: str, closing: str) -> str:
    """The HTML without what stands between two markers; what is never closed stays."""
    lowered = html.lower() if html.isascii() else html
    kept: list[str] = []
    at = 0
    while True:
        start = lowered.find(opening, at)
        end = lowered.find(closing, start + len(opening)) if start >= 0 else -1
        if end < 0:
            kept.append(html[at:])
            return "".join(kept)
        kept.append(html[at:start])
        at = end + len(closing)
