"""What a person sees of an HTML part: visible text, links with their text, and what is hidden.

turbohtml builds the tree as browsers do, limits its depth, and takes milliseconds for every hostile input that was
tried. Its layout of tables is not used: one wide cell would pad every row (1.4 MB of HTML gave 400 MB of text).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from html import unescape
from typing import Any
from urllib.parse import urljoin

import turbohtml
from msgspec import Struct

from mailcore.defects import Defect
from mailcore.hidden_text import HiddenText
from mailcore.html_addresses import other_addresses
from mailcore.links import SHOWN_CHARACTERS, find_links
from mailcore.markup import shown_markup
from mailcore.message import HtmlFacts, LinkUse
from mailcore.settings import ParseLimits
from mailcore.url_blanks import ANYWHERE

DROPPED_LINKS = 20
PICTURE_HOSTS = 50  # of pictures that HtmlFacts keeps; newsletters load from a handful
LONG_ROW = 8  # elements in one other; tables of pages have fewer columns, codes that are drawn with cells have more
FORM_ACTIONS = 100  # what HtmlFacts keeps; a mail with more forms than that is no better known by them
DROPPED_CHARACTERS = 200  # of a link to a script or to data, which may be a whole page
# Of a base, which is read again for each link: its host is what counts, however much stands before it.
_BASE_CHARACTERS, _BASE_PATH = 8_192, 256
_SEARCHED = 4_194_304  # characters past the limit that are searched for URLs
_SHOWN_BUDGET = 4_194_304  # characters read for anchors' texts: nested ones hold the same text again and again

# Elements whose layout would pad or indent the text; as plain blocks they only break lines.
_LAYOUT = ["table", "td", "th", "caption", "blockquote", "ul", "ol", "menu", "li"]
_READ = [
    "a",
    "area",
    "form",
    "iframe",
    "frame",
    "meta",
    "base",
    "button",
    "input",
    "script",
    "style",
    "template",
    # Shapes of Outlook (VML), which lead somewhere as anchors do.
    "v:rect",
    "v:roundrect",
    "v:shape",
    "v:oval",
    "v:image",
    "v:group",
]
# Below 512 levels the parser puts children beside their parents: links lose what they show, hidden text its hiding.
# Level by level is linear, where a selector would climb up from every element.
_TOO_DEEP = "/*" * 510
_PLAIN = turbohtml.PlainText(layout="strict")

_INSIDE = re.compile(r"(?:data|javascript|vbscript)\s*:", re.IGNORECASE)
_SCHEME = re.compile(r"\s*(?:[a-z][a-z0-9+.-]*:|[/\\]{2})", re.IGNORECASE)  # or none, before a host
_HOST_OF_PICTURE = re.compile(r"\s*(?:https?:)?//(?:[^/?#@\s]{0,200}@)?([^/?#:@\s]{1,253})", re.IGNORECASE)
_REFRESH = re.compile(r"\s*+[\d.]*+(?:\s*+[;,]|\s)\s*+(?:url\s*+=\s*+)?+[\"']?([^\"']+)", re.IGNORECASE)
_URL_ATTRIBUTE = re.compile(
    r"""\b(href|action|src)\s*=\s*(?:"([^"<>]{1,4096})"|'([^'<>]{1,4096})'|([^\s"'<>]{1,4096}))""", re.IGNORECASE
)
_ABSOLUTE_URL = re.compile(r"https?://[^\s\"'<>]{1,4096}", re.IGNORECASE)
_TAG = re.compile(r"<[^<>]*>?")
_BLOCK_TAG = re.compile(r"</?(?:p|div|br|tr|td|th|li|h[1-6]|table)\b", re.IGNORECASE)


class HtmlReading(Struct, frozen=True, kw_only=True):
    """`links` are (href, visible text of the anchor), each pair once, in the order of the page.

    Anchors, image maps, forms, frames and refreshes lead somewhere; mailto: and the like are still among them.
    `others` are the addresses that are loaded or stand in scripts. `size` is how many characters were parsed.
    """

    text: str = ""
    links: tuple[tuple[str, str], ...] = ()
    others: tuple[tuple[str, LinkUse], ...] = ()
    facts: HtmlFacts = HtmlFacts()
    defects: tuple[str, ...] = ()
    size: int = 0


def read_html(html: str, *, limits: ParseLimits) -> HtmlReading:
    """Read one HTML part. Never raises; time is linear in the part.

    Of a part longer than `limits.html_bytes` (characters here), comments, scripts and the like do not count; past
    the limit only URLs are searched. `links` may hold one more than `limits.links`, which is how the caller sees that
    there were more.
    """
    conditional, rest, size = html, "", len(html)
    if len(html) > limits.html_bytes:
        markup = shown_markup(html, limits.html_bytes)
        html, conditional, rest, size = markup.html, markup.conditional, markup.rest, markup.size
    try:
        reading = _read_tree(turbohtml.parse(html, positions=False, allow_declarative_shadow_roots=False), limits)
    except (ValueError, LookupError, RuntimeError, SystemError, MemoryError):  # a parser in C, on hostile input
        reading = read_html_linearly(html, limits=limits)
    in_comments = list(_outlook_links(conditional))
    extra = [href for name, href in in_comments if name != "src"]
    others = [(href, LinkUse.LOADED) for name, href in in_comments if name == "src" and href[:5].lower() != "data:"]
    if rest:
        extra += [unescape(link.href) for link in find_links(rest[:_SEARCHED], limit=limits.links)]
    links = dict.fromkeys(reading.links)
    known = {href for href, _ in links}
    links.update(((href, ""), None) for href in extra if href not in known)
    return HtmlReading(
        text=reading.text,
        links=tuple(links)[: limits.links + 1],
        others=(*reading.others, *others),
        facts=reading.facts,
        defects=(*reading.defects, Defect.HTML_CUT) if rest else reading.defects,
        size=size,
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
    dropped: dict[str, None] = {}
    aside: dict[str, list[Any]] = {"script": [], "style": [], "template": []}
    pictures = _picture_facts(tree)
    passwords = 0
    budget, base = _SHOWN_BUDGET, ""
    defects = _depth_defects(tree)
    for element in tree.find_all(_READ):
        tag = element.tag
        if tag in aside:
            aside[tag].append(element)
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
        if len(dropped) < DROPPED_LINKS and _leads_inside(href):
            dropped[href[:DROPPED_CHARACTERS]] = None
        shown, read = _shown(element) if tag == "a" and budget > 0 else ("", 0)
        budget -= read
        links[href, shown] = None
    others = tuple(_absolute(base, tree))
    hidden = HiddenText(tree, limits.text_bytes, sheets=aside["style"], templates=aside["template"])
    hidden_text, text = hidden.take(), _visible_text(tree)
    return HtmlReading(
        text=text[: limits.text_bytes],
        links=tuple((joined(base, href), shown) for href, shown in links),
        others=others,
        facts=HtmlFacts(
            hidden_text=hidden_text,
            hiding=hidden.ways,
            dropped_links=tuple(dropped),
            form_actions=tuple(joined(base, action) for action in actions),
            password_fields=passwords,
            scripts=len(aside["script"]),
            long_rows=len(tree.xpath(f"//*[{LONG_ROW}]")),
            **pictures,
        ),
        defects=(*defects, Defect.TEXT_CUT) if len(text) > limits.text_bytes else defects,
    )


def _depth_defects(tree: Any) -> tuple[str, ...]:
    return () if tree.xpath_one(_TOO_DEEP) is None else (Defect.HTML_UNREADABLE,)


def _visible_text(tree: Any) -> str:
    for element in tree.find_all(_LAYOUT):
        element.tag = "div"
    text: str = tree.to_text(_PLAIN)
    return text.replace("\xa0", " ")


def _picture_facts(tree: Any) -> dict[str, Any]:
    """The fields of HtmlFacts that are about pictures."""
    sources = [image.attr("src") or "" for image in tree.find_all("img")]
    hosts = Counter(host for source in sources for host in _picture_host(source))
    return {
        "external_images": hosts.total(),
        "picture_hosts": tuple(filter(None, hosts))[:PICTURE_HOSTS],
        "inline_pictures": sum(source.lstrip()[:11].lower() == "data:image/" for source in sources),
    }


def _picture_host(source: str) -> tuple[str, ...]:
    """The host that a picture is loaded from, "" where none can be read; nothing for pictures of the mail itself."""
    if not source.lstrip()[:5].lower().startswith(("http", "//")):
        return ()
    match = _HOST_OF_PICTURE.match(source)
    return (match[1].lower() if match else "",)


def _target(element: Any, tag: str) -> str:
    """Where an element leads, or ""."""
    if tag in ("a", "area") or tag[:2] == "v:":
        target = element.attr("href") or element.attr("xlink:href")
    elif tag == "form":
        target = element.attr("action")
    elif tag in ("iframe", "frame"):
        target = element.attr("src")
    elif tag in ("button", "input"):
        target = element.attr("formaction")
    elif (element.attr("http-equiv") or "").strip().lower() == "refresh":
        target = refresh_target(element.attr("content") or "")
    else:
        target = ""
    return (target or "").strip()


def refresh_target(content: str) -> str:
    """Where a refresh leads, by its `content`; "" where it only loads the page again."""
    match = _REFRESH.match(content)
    return match.group(1).strip() if match else ""


def joined(base: str, href: str) -> str:
    """The href read against the page's base; mail seldom has one, phishing hides the host there."""
    if not base or _SCHEME.match(href) or not _SCHEME.match(base):
        return href
    base = base[:_BASE_CHARACTERS]
    path = base.find("/", base.find("//") + 2)
    try:
        return urljoin(base[: path + _BASE_PATH] if path >= 0 else base, href)
    except ValueError:  # brackets that are no IPv6 address
        return href


def _leads_inside(href: str) -> bool:
    """Whether the target is a script or a page of its own that stands in the link."""
    return href[:1] in "dDjJvV" and _INSIDE.match(href.translate(ANYWHERE)) is not None


def _shown(anchor: Any) -> tuple[str, int]:
    """What a reader sees of an anchor (the text in place of a picture, where it is one), and the characters read."""
    text = anchor.text
    shown = " ".join(text[: 8 * SHOWN_CHARACTERS].split())[:SHOWN_CHARACTERS]
    if not shown:
        picture = anchor.find("img")
        shown = " ".join((picture.attr("alt") or "").split())[:SHOWN_CHARACTERS] if picture is not None else ""
    return shown, len(text)


def _absolute(base: str, tree: Any) -> Iterator[tuple[str, LinkUse]]:
    """What the page loads or its scripts lead to, against its base; relative ones lead nowhere without it."""
    for written, use in other_addresses(tree):
        address = joined(base, written)
        if _SCHEME.match(address) or address.startswith(("\\\\", "/\\")):
            yield address, use


def _outlook_links(html: str) -> Iterator[tuple[str, str]]:
    """Names of attributes and addresses inside conditional comments, which Outlook shows and other programs skip."""
    at = html.find("<!--[if")
    while at >= 0:
        end = html.find("-->", at)
        end = len(html) if end < 0 else end
        if html.find("//", at, end) >= 0 or html.find("&#", at, end) >= 0:  # most only hold a table's width
            for match in _URL_ATTRIBUTE.finditer(html, at, end):
                yield match[1].lower(), unescape(match.group(match.lastindex or 0)).strip()
        at = html.find("<!--[if", end)


def _swept(html: str) -> list[str]:
    """URLs that stand in attributes or in the open, without regard to the markup."""
    matches = (match for match in _URL_ATTRIBUTE.finditer(html) if match[1].lower() != "src")
    found = [unescape(match.group(match.lastindex or 0)).strip() for match in matches]
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
