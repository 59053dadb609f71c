"""A raw message read once, within bounds, into the model that every pool and every door shares.

    parse(raw)  ->  split into parts  ->  text decoded  ->  HTML read  ->  links  ->  ParsedMail

Damage and limits become defects (`mailcore.defects`); nothing raises.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from msgspec import structs

from mailcore.charset import decode_text
from mailcore.defects import Defect
from mailcore.html import DROPPED_LINKS, FORM_ACTIONS, PICTURE_HOSTS, HtmlReading, read_html
from mailcore.links import find_links, make_link, passed_links
from mailcore.message import Header, HtmlFacts, Link, LinkOrigin, LinkUse, Message, Part
from mailcore.mime import Piece, split
from mailcore.settings import ParseLimits
from mailcore.transfer_encoding import ENCODED, IDENTITY, decode_body
from mailcore.written_hosts import find_written

_BODY_TYPES = ("text/plain", "text/html")
_BODY_DISPOSITIONS = ("", "inline")
_LINE_ENDS_LOOKED_AT = 16_384  # bytes; a program that damages line ends does so from the start
_HTML_TIMES = 2  # `html_bytes` that are parsed of all HTML parts together
_HTML_DECODED = 8  # `html_bytes` that are decoded of them: most of it may be comments and pictures, which are skipped
_AMP = "text/x-amp-html"  # shown instead of the HTML part by programs that know it; it is an attachment for all others
_LINK_FIELDS = ("list-unsubscribe", "list-help", "list-subscribe", "list-archive", "list-post", "list-owner")
_LINKS_READ = 50  # times `links` that are looked at, of each part
_HEADER_LINKS = 20  # of one field
_COMPARED = 100  # characters of an address that must stand in the text of an anchor, which is cut at 200
_LONGEST_CHARACTER = 4  # bytes, in UTF-8 and the East Asian charsets


class ParsedMail:
    """A message and its bytes. `decoded(part_id)` gives the content of a part; attachments are decoded only once."""

    __slots__ = ("_decoded", "_parts", "_raw", "message")

    def __init__(self, raw: bytes, message: Message, decoded: dict[str, bytes]) -> None:
        self.message = message
        self._raw = raw
        self._parts = {part.id: part for part in message.parts}
        self._decoded = decoded

    @property
    def raw(self) -> bytes:
        """The whole message as it was given."""
        return self._raw

    def decoded(self, part_id: str) -> bytes:
        """The decoded bytes of a part, or the raw body of a container. KeyError where there is no such part."""
        known = self._decoded.get(part_id)
        if known is not None:
            return known
        part = self._parts[part_id]
        return decode_body(self._raw, part.start, part.end, body_encoding(part))[0]


def parse(
    raw: bytes,
    *,
    message_id: str,
    limits: ParseLimits = ParseLimits(),  # noqa: B008  # frozen
    truncated: bool = False,
) -> ParsedMail:
    """Read a message. `truncated` says that bytes past the size cap are missing from `raw`. Never raises.

    The root of a multipart has the part id ""; a message that is not multipart has one part, "1" (as in IMAP).
    Text bodies are text/plain and text/html that are not marked as attachments, those of messages inside the
    message too; a multipart that cannot be opened is read as text. Every other leaf is an attachment.
    """
    reading = _Reading(raw, limits)
    line_ends = _line_end_defects(raw)
    if b"\n" not in raw and b"\r" in raw:
        raw = reading.raw = raw.replace(b"\r", b"\n")  # lines end with CR only; offsets stay the same
    pieces = split(raw, limits)
    for piece in pieces:
        reading.read(piece)
    reading.read_header_links(pieces[0].headers)
    message = Message(
        id=message_id,
        headers=pieces[0].headers,
        parts=tuple(reading.parts),
        text_parts=tuple(reading.text_parts),
        html_parts=tuple(reading.html_parts),
        attachments=tuple(reading.attachments),
        text="\n".join(reading.texts),
        html_text="\n".join(reading.html_texts),
        html=_together(reading.html_facts, limits.text_bytes),
        links=tuple(reading.links.values()),
        other_links=tuple(reading.other_links.values()),
        size=len(raw),
        truncated=truncated,
        defects=tuple(dict.fromkeys((*line_ends, *reading.defects))),
    )
    return ParsedMail(raw, message, reading.decoded)


def body_encoding(part: Part) -> str:
    """The transfer encoding that the body of a part is really in."""
    return "" if part.is_container else part.transfer_encoding


def decoded_body(part: Part, body: bytes, *, cr_only: bool = False) -> bytes:
    """What `ParsedMail.decoded` gives of a part, from its encoded body (bytes `start` to `end` of the message) alone.

    `cr_only` says that the lines of the whole message end with CR. Never raises.
    """
    if cr_only:
        body = body.replace(b"\r", b"\n")
    return decode_body(body, 0, len(body), body_encoding(part))[0]


class _Reading:
    """What has been read of the message so far, and how much of the limits is left."""

    def __init__(self, raw: bytes, limits: ParseLimits) -> None:
        self.raw = raw
        self.limits = limits
        self.parts: list[Part] = []
        self.text_parts: list[str] = []
        self.html_parts: list[str] = []
        self.attachments: list[str] = []
        self.texts: list[str] = []
        self.html_texts: list[str] = []
        self.html_facts: list[HtmlFacts] = []
        self.links: dict[tuple[str, str, LinkOrigin], Link] = {}
        self.other_links: dict[tuple[str, LinkUse, LinkOrigin], Link] = {}
        self.link_owners: set[str] = set()  # of the links, as soon as there are too many
        self.links_read = _LINKS_READ * limits.links
        self.defects: list[str] = []
        self.decoded: dict[str, bytes] = {}
        self.text_left = limits.text_bytes
        self.html_text_left = limits.text_bytes
        self.html_left = _HTML_TIMES * limits.html_bytes
        self.html_encoded_left = _HTML_DECODED * limits.html_bytes

    def read(self, piece: Piece) -> None:
        size, digest = 0, ""
        if not piece.is_container:
            if _is_body(piece):
                size = self.read_body(piece)
            else:
                size, digest = self.read_attachment(piece)
        self.defects += piece.defects
        self.parts.append(
            Part(
                id=piece.id,
                parent=None if piece.parent is None else piece.parent.id,
                content_type=piece.content_type,
                charset=piece.charset,
                transfer_encoding=piece.transfer_encoding,
                disposition=piece.disposition,
                filename=piece.filename,
                content_id=piece.content_id,
                start=piece.start,
                end=piece.end,
                size=size,
                sha256=digest,
                headers=piece.headers if piece.parent is not None else (),
                defects=tuple(dict.fromkeys(piece.defects)),
                is_container=piece.is_container,
            )
        )

    def read_attachment(self, piece: Piece) -> tuple[int, str]:
        """Size and SHA-256 of the decoded bytes, which are kept where decoding made them."""
        self.attachments.append(piece.id)
        if self.is_plain(piece):
            if piece.content_type == _AMP:
                self.read_amp(piece, self.raw[piece.start : piece.end])
            return piece.end - piece.start, hashlib.sha256(memoryview(self.raw)[piece.start : piece.end]).hexdigest()
        data, defects = decode_body(self.raw, piece.start, piece.end, piece.transfer_encoding)
        piece.defects += defects
        self.decoded[piece.id] = data
        if piece.content_type == _AMP:
            self.read_amp(piece, data)
        return len(data), hashlib.sha256(data).hexdigest()

    def read_body(self, piece: Piece) -> int:
        """Read a text part into text and links; returns its decoded size in bytes."""
        is_html = piece.content_type == "text/html"
        data, size = self.body_bytes(piece, self.html_encoded_left if is_html else _LONGEST_CHARACTER * self.text_left)
        is_cut = len(data) < size
        text, defects = decode_text(data, piece.charset)
        if not is_cut:  # the cut may have gone through a character
            piece.defects += defects
        if "\0" in text:
            piece.defects.append(Defect.NUL_BYTE)
            text = text.replace("\0", "")
        if is_html:
            self.html_encoded_left -= len(data)
            self.read_html_part(piece, text, is_cut=is_cut)
        else:
            self.read_text_part(piece, text, is_cut=is_cut)
        return size

    def read_text_part(self, piece: Piece, text: str, *, is_cut: bool) -> None:
        self.text_parts.append(piece.id)
        if is_cut or len(text) > self.text_left:
            piece.defects.append(Defect.TEXT_CUT)
            text = text[: self.text_left]
        self.text_left -= len(text)
        self.texts.append(text)
        found = find_links(text, part=piece.id, limit=self.links_read)
        self.add_links(found)
        for link in found:
            self.add_passed(link)
        self.add_written(piece, text, found)

    def read_html_part(self, piece: Piece, html: str, *, is_cut: bool) -> None:
        self.html_parts.append(piece.id)
        most = max(0, min(self.limits.html_bytes, self.html_left))
        reading = read_html(html, limits=structs.replace(self.limits, html_bytes=most, links=self.links_read))
        self.html_left -= reading.size
        piece.defects += reading.defects
        if is_cut and Defect.HTML_CUT not in piece.defects:
            piece.defects.append(Defect.HTML_CUT)
        text = reading.text
        if len(text) > self.html_text_left:
            piece.defects.append(Defect.TEXT_CUT)
            text = text[: self.html_text_left]
        self.html_text_left -= len(text)
        self.html_texts.append(text)
        self.html_facts.append(reading.facts)
        self.read_html_links(piece, reading)
        # Mail programs make links of addresses in the text, too. Not of those that an anchor shows.
        if found := find_links(text, part=piece.id, limit=self.links_read):
            anchors = "\n\n".join(shown for _, shown in reading.links)
            shown_links = {link.written[:_COMPARED] for link in find_links(anchors, limit=self.links_read)}
            self.add_links(link for link in found if link.written[:_COMPARED] not in shown_links)
        self.add_written(piece, text, self.links.values())

    def read_html_links(self, piece: Piece, reading: HtmlReading) -> None:
        """Links of a page that are made for it, with what they may lead on to, and what it loads."""
        for href, shown in reading.links:
            link = make_link(href, shown=shown, part=piece.id, origin=LinkOrigin.HTML)
            if link is not None:
                self.add_links((link,))
                self.add_passed(link, "" if link.hops else href)
        made = (make_link(href, part=piece.id, origin=LinkOrigin.HTML, use=use) for href, use in reading.others)
        self.add_other_links(link for link in made if link is not None)

    def add_written(self, piece: Piece, text: str, links: Iterable[Link]) -> None:
        known = {link.host for link in links}
        self.add_other_links(find_written(text, part=piece.id, limit=self.limits.links, known=known))

    def read_amp(self, piece: Piece, data: bytes) -> None:
        """Links of an AMP page, whose text is that of the HTML part beside it."""
        most = max(0, min(self.limits.html_bytes, self.html_left))
        html = decode_text(data[: _LONGEST_CHARACTER * most], piece.charset)[0]
        reading = read_html(html, limits=structs.replace(self.limits, html_bytes=most))
        self.html_left -= reading.size
        self.read_html_links(piece, reading)

    def read_header_links(self, headers: tuple[Header, ...]) -> None:
        """Links of list fields (RFC 2369), which programs show as buttons."""
        for header in headers:
            if header.name.lower() in _LINK_FIELDS:
                found = find_links(header.value, origin=LinkOrigin.HEADER, limit=_HEADER_LINKS)
                self.add_other_links(found)
                for link in found:
                    self.add_passed(link)

    def add_passed(self, link: Link, href: str = "") -> None:
        if len(self.other_links) < self.limits.links:
            self.add_other_links(passed_links(link, href))

    def add_other_links(self, links: Iterable[Link]) -> None:
        """Past the limit they are left: what a reader clicks counts for itself."""
        for link in links:
            if len(self.other_links) >= self.limits.links:
                return
            self.other_links.setdefault((link.href, link.use, link.origin), link)

    def add_links(self, links: Iterable[Link]) -> None:
        """Past the limit only the first link to each registered domain: a thousand harmless ones hide none."""
        for link in links:
            key = (link.href, link.shown, link.origin)
            if key in self.links:
                continue
            if len(self.links) >= self.limits.links:
                if Defect.TOO_MANY_LINKS not in self.defects:
                    self.defects.append(Defect.TOO_MANY_LINKS)
                if not self.link_owners:
                    self.link_owners = {each.domain or each.host for each in self.links.values()}
                owner = link.domain or link.host
                if owner in self.link_owners or len(self.links) >= 2 * self.limits.links:
                    continue
                self.link_owners.add(owner)
            self.links[key] = link

    def body_bytes(self, piece: Piece, most: int) -> tuple[bytes, int]:
        """At most that many of the decoded bytes, and how many there are."""
        if self.is_plain(piece):
            return self.raw[piece.start : min(piece.end, piece.start + most)], piece.end - piece.start
        data, defects = decode_body(self.raw, piece.start, piece.end, piece.transfer_encoding)
        piece.defects += defects
        return data[:most], len(data)

    def is_plain(self, piece: Piece) -> bool:
        """Whether the body stands in the message as it is; an unknown encoding is taken for none."""
        if piece.transfer_encoding in ENCODED:
            return False
        if piece.transfer_encoding not in IDENTITY:
            piece.defects.append(Defect.UNKNOWN_TRANSFER_ENCODING)
        return True


def _is_body(piece: Piece) -> bool:
    """Whether a leaf is shown as the text of the mail. A multipart that could not be opened is, by most programs.

    A name alone does not make an attachment: patches come as inline text with a name. An unknown disposition
    does (RFC 2183, 2.8).
    """
    if piece.content_type in _BODY_TYPES or piece.content_type.startswith("multipart/"):
        return piece.disposition in _BODY_DISPOSITIONS
    return False


def _line_end_defects(raw: bytes) -> list[str]:
    """Damaged line ends: programs that disagree on where a line ends disagree on where a part ends."""
    if not raw:
        return [Defect.EMPTY_MESSAGE]
    end = min(len(raw), _LINE_ENDS_LOOKED_AT)
    both = raw.count(b"\r\n", 0, end)
    feeds = raw.count(b"\n", 0, end)
    returns = raw.count(b"\r", 0, end) - (raw[end - 1] == 0x0D)  # the last one may be half of a pair
    defects: list[str] = []
    if returns > both or raw == b"\r":
        defects.append(Defect.BARE_CR)
    if 0 < both < feeds:
        defects.append(Defect.MIXED_LINE_ENDS)
    return defects


def _together(facts: list[HtmlFacts], most: int) -> HtmlFacts:
    """The facts of all HTML parts as one."""
    if len(facts) == 1:
        return facts[0]
    return HtmlFacts(
        hidden_text="\n".join(fact.hidden_text for fact in facts if fact.hidden_text)[:most],
        form_actions=tuple(action for fact in facts for action in fact.form_actions)[:FORM_ACTIONS],
        password_fields=sum(fact.password_fields for fact in facts),
        scripts=sum(fact.scripts for fact in facts),
        external_images=sum(fact.external_images for fact in facts),
        hiding=tuple(dict.fromkeys(way for fact in facts for way in fact.hiding)),
        dropped_links=tuple(link for fact in facts for link in fact.dropped_links)[:DROPPED_LINKS],
        picture_hosts=tuple(dict.fromkeys(host for fact in facts for host in fact.picture_hosts))[:PICTURE_HOSTS],
        inline_pictures=sum(fact.inline_pictures for fact in facts),
        long_rows=sum(fact.long_rows for fact in facts),
    )
