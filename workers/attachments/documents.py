"""Text and links of documents, so that the content rules and the link detectors can judge them."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

from mailcore.message import HtmlFacts
from mailcore.settings import ParseLimits
from workers.attachments.limits import FileLimits
from workers.attachments.types import looks_like_html

LINKS = 200

_OPEN_IN_EDITOR = frozenset({"txt", "log", "csv", "md", "rst", "patch", "diff", "eml", "asc", "py", "c", "java", "php"})

_RELATION = re.compile(rb"<Relationship\b[^>]{1,4000}>")
_TARGET = re.compile(rb"\bTarget\s*=\s*[\"']((?:https?|ftp|file|mhtml):[^\"']{1,2000})[\"']", re.IGNORECASE)
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


def pdf_text(data: bytes, limits: FileLimits) -> str:
    """Text of the first pages of a PDF; raises UnreadableDocument."""
    import pypdfium2  # 20 MB: only processes that see PDF files load it

    found: list[str] = []
    left = limits.text_characters
    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        raise UnreadableDocument(str(error)) from error
    try:
        for number in range(min(len(document), limits.pdf_pages)):
            text = _page_text(document, number, left)
            found.append(text)
            left -= len(text)
            if left <= 0:
                break
    except pypdfium2.PdfiumError as error:
        # What stands on the pages before the damaged one counts.
        if not found:
            raise UnreadableDocument(str(error)) from error
    finally:
        document.close()
    return "\n".join(found).strip()


def pdf_attachments(data: bytes, *, files: int, file_bytes: int) -> Iterator[tuple[str, bytes]]:
    """Name and content of files that are embedded in a PDF; nothing where it cannot be read."""
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError:
        # Its text has been asked for before, and the problem is in the facts.
        return
    try:
        for number in range(min(document.count_attachments(), files)):
            attachment = document.get_attachment(number)
            yield str(attachment.get_name()), bytes(attachment.get_data())[:file_bytes]
    except pypdfium2.PdfiumError:
        # One without content; what came before it was seen.
        return
    finally:
        document.close()


def _page_text(document: object, number: int, characters: int) -> str:
    page = document[number]  # type: ignore[index]  # pypdfium2 has no types
    try:
        text_page = page.get_textpage()
        try:
            count = min(text_page.count_chars(), characters)
            return str(text_page.get_text_range(0, count)).replace("\r\n", "\n") if count > 0 else ""
        finally:
            text_page.close()
    finally:
        page.close()


def ooxml_links(relations: bytes) -> tuple[str, ...]:
    """Targets outside of the document that a `.rels` part names (ECMA-376 part 2, 9.3)."""
    found: dict[str, None] = {}
    for relation in _RELATION.finditer(relations):
        if b"External" in relation.group():
            for target in _TARGET.findall(relation.group()):
                found.setdefault(html.unescape(target.decode("utf-8", "replace")))
    return tuple(found)[:LINKS]


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
