"""Text and links of pages and Office documents, so that the content rules and the link detectors can judge them."""

from __future__ import annotations

import html
import re

from mailcore.message import HtmlFacts
from mailcore.settings import ParseLimits
from workers.attachments.limits import FileLimits
from workers.attachments.types import looks_like_html

LINKS = 200

_OPEN_IN_EDITOR = frozenset({"txt", "log", "csv", "md", "rst", "patch", "diff", "eml", "asc", "py", "c", "java", "php"})

_PARAGRAPH = re.compile(r"</(?:w:p|a:p|si|row)>|<(?:w:br|w:tab|a:br)\b[^>]{0,200}>")
_TAG = re.compile(r"<[^>]{0,4000}>")


class UnreadableDocument(Exception):
    """The library that reads this kind of document cannot read it: damaged, encrypted, empty."""


def html_reading(data: bytes, limits: FileLimits) -> tuple[str, tuple[str, ...], HtmlFacts]:
    """Visible text, link targets and facts of an HTML file."""
    from mailcore.html import read_html  # its parser is loaded only where an HTML file comes

    reading = read_html(_decoded(data[: limits.html_bytes]), limits=ParseLimits())
    links = tuple(dict.fromkeys(href for href, _ in reading.links))
    return reading.text[: limits.text_characters], links[:LINKS], reading.facts


def ooxml_text(part: bytes, limits: FileLimits) -> str:
    """Text of `word/document.xml` and its like: what is left without the tags."""
    # Markup is 5 to 20 times longer than text; more is not worth the time.
    markup = part[: limits.text_characters * 20].decode("utf-8", "replace")
    text = html.unescape(_TAG.sub("", _PARAGRAPH.sub("\n", markup)))
    return text[: limits.text_characters].strip()


def is_html_file(true_type: str, extension: str, data: bytes) -> bool:
    """True when a double click opens the file in a browser as a page."""
    textual = true_type.startswith("text/") or true_type in ("application/xml", "image/svg+xml", "message/rfc822")
    if extension in ("htm", "html", "xht", "xhtml", "shtml", "svg", "mht", "mhtml"):
        return textual
    # A page under a name that opens an editor is a text about pages: libmagic calls anything with "<script>" HTML.
    return extension not in _OPEN_IN_EDITOR and textual and (true_type == "text/html" or looks_like_html(data))


def _decoded(data: bytes) -> str:
    """Text of an HTML file: its byte order mark, else UTF-8, else what every browser falls back to."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")
