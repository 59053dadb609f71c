"""Links of a message replaced in its bytes: by safe links, or our safe links by what they stand for.

Only bodies of text and HTML are touched, and of these only the addresses: the header fields, all other parts, and
whatever is signed or encrypted stay as they are. A page is read again afterwards; where anything but its links has
changed, it stays as it was.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from html import unescape
from typing import NamedTuple

from mailcore import safe_links
from mailcore.body_edits import BodyText, Edit, Untouchable, edited_body, edited_text, fitting, read_body
from mailcore.defects import HIDE_PARTS, Defect
from mailcore.html import HtmlReading, read_html
from mailcore.html_links import Target, link_targets
from mailcore.links import link_spans, read_url
from mailcore.mime import Piece, split
from mailcore.rewriting import Rewriting
from mailcore.safe_links import Flag, Keys
from mailcore.settings import ParseLimits
from mailcore.url_blanks import ANYWHERE, AT_ENDS

_SHOWN = ("", "inline")
# Whatever stands in these was signed or encrypted (RFC 1847, RFC 8551), or is a message of its own.
_CLOSED = ("multipart/signed", "multipart/encrypted", "message/", "application/")
_PGP = "-----BEGIN PGP "  # RFC 9580, 6.2, and cleartext signatures
# Programs disagree on where parts begin and end.
_UNCLEAR = HIDE_PARTS | {Defect.DUPLICATE_CONTENT_TYPE, Defect.DUPLICATE_PARAMETER, Defect.ENCODED_CONTAINER}
_EXPLICIT = re.compile(r"https?://", re.IGNORECASE)
# For comparing: of pages that are short enough to be changed, all is read.
_WHOLE = ParseLimits(html_bytes=1 << 31, text_bytes=1 << 31, links=1_000_000)


class Left(Exception):
    """An address that stays as it is. Says why."""


Convert = Callable[[str, Flag], str]
"""The address in place of that one; raises Left. The flags say how it stands in the mail."""


class Wrapping:
    """Puts safe links in place of links. For one message: the same address becomes the same link."""

    def __init__(
        self,
        *,
        base_url: str,
        keys: Keys,
        reference: str,
        now: float,
        days: int,
        spared: Callable[[str], bool],
        most: int,
        flags: Flag = Flag.NONE,
    ) -> None:
        """`spared` says of a host that links to it stay."""
        self._made: dict[tuple[str, Flag], str] = {}
        self._base_url = base_url
        self._key = keys.signing
        self._reference = reference
        self._now = now
        self._days = days
        self._spared = spared
        self._left = most
        self._flags = flags

    def __call__(self, target: str, flags: Flag) -> str:
        flags |= self._flags
        made = self._made.get((target, flags))
        if made is None:
            made = self._made[target, flags] = self._make(target, flags)
        return made

    def _make(self, target: str, flags: Flag) -> str:
        host = safe_links.host_of(target)
        if host is None:
            raise Left("no web address")
        if safe_links.split(target, self._base_url) is not None:
            raise Left("safe before")
        if self._spared(host):
            raise Left("spared")
        if self._left <= 0:
            raise Left("over the limit")
        link = safe_links.make(
            target,
            base_url=self._base_url,
            key=self._key,
            reference=self._reference,
            issued_at=self._now,
            days=self._days,
            flags=flags,
        )
        if link is None:
            raise Left("too long")
        self._left -= 1
        return link


def wrap(raw: bytes, wrapping: Convert, *, limits: ParseLimits) -> Rewriting:
    """Safe links in place of the links of a message. Never raises for what stands in it; time is linear in it."""
    return _rewritten(raw, limits, lambda piece, body: _wrapped(piece, body, wrapping, limits))


def unwrap(raw: bytes, *, base_url: str, keys: Keys, limits: ParseLimits) -> Rewriting:
    """The real links in place of our safe ones, as far as these are genuine; expired ones too."""
    pattern = safe_links.pattern(base_url)
    return _rewritten(raw, limits, lambda piece, body: _unwrapped(piece, body, pattern, base_url, keys))


class _Outcome(NamedTuple):
    edits: list[Edit]
    left: Counter[str]


def _rewritten(raw: bytes, limits: ParseLimits, rewrite: Callable[[Piece, BodyText], _Outcome]) -> Rewriting:
    pieces = split(raw, limits)
    left: Counter[str] = Counter()
    if b"\n" not in raw or any(not _UNCLEAR.isdisjoint(piece.defects) for piece in pieces):
        return Rewriting(left={"parts unclear": 1})
    edits: list[tuple[int, int, bytes]] = []
    links = 0
    for piece, body in _read(raw, filter(_is_open, pieces), left):
        try:
            outcome = rewrite(piece, body)
            kept = fitting(body, outcome.edits)
            left.update(outcome.left)
            left["line too long"] += len(outcome.edits) - len(kept)
            if kept:
                edits.append((piece.start, piece.end, edited_body(raw[piece.start : piece.end], body, kept)))
                links += len(kept)
        except Untouchable as untouchable:
            left[str(untouchable)] += 1
    rewriting = Rewriting(edits=tuple(edits), links=links, left=+left)
    if edits and not _is_as_before(raw, pieces, rewriting, limits):
        return Rewriting(left={"parts unclear": 1})
    return rewriting


def _is_open(piece: Piece) -> bool:
    """Whether a part is shown as text of the mail, and nothing around it was signed or is a mail of its own.

    A part with a name is a file, unless it is all there is to read.
    """
    if piece.is_container or piece.content_type not in ("text/plain", "text/html") or piece.disposition not in _SHOWN:
        return False
    if piece.filename and piece.id not in ("1", "1.1"):
        return False
    outer = piece.parent
    while outer is not None:
        if outer.content_type.startswith(_CLOSED):
            return False
        outer = outer.parent
    return True


def _read(raw: bytes, pieces: Iterable[Piece], left: Counter[str]) -> Iterator[tuple[Piece, BodyText]]:
    for piece in pieces:
        try:
            body = read_body(raw[piece.start : piece.end], encoding=piece.transfer_encoding, charset=piece.charset)
        except Untouchable as untouchable:
            left[str(untouchable)] += 1
        else:
            yield piece, body


def _is_as_before(raw: bytes, pieces: Sequence[Piece], rewriting: Rewriting, limits: ParseLimits) -> bool:
    """Whether the message still has the same parts, and all but the edited ones are what they were."""
    after = rewriting.applied(raw)
    edited = {start: data for start, _, data in rewriting.edits}
    again = split(after, limits)
    if len(again) != len(pieces):
        return False
    for before, now in zip(pieces, again, strict=True):
        if (before.id, before.content_type, before.is_container) != (now.id, now.content_type, now.is_container):
            return False
        if before.is_container:
            continue
        wanted = edited.get(before.start, raw[before.start : before.end])
        if after[now.start : now.end] != wanted:
            return False
    return True


def _wrapped(piece: Piece, body: BodyText, wrapping: Convert, limits: ParseLimits) -> _Outcome:
    if piece.content_type == "text/html":
        # Only its targets change, never the text that it shows, which PGP may have signed.
        return _wrapped_page(body, wrapping, limits)
    _refuse_pgp(body)
    edits: list[Edit] = []
    left: Counter[str] = Counter()
    text = body.shown
    for start, end in link_spans(text):
        target = text[start:end]
        if not _EXPLICIT.match(target):
            continue
        try:
            edits.append(Edit(start, end, wrapping(target, Flag.NONE)))
        except Left as why:
            left[str(why)] += 1
    return _Outcome(edits, left)


def _refuse_pgp(body: BodyText) -> None:
    if _PGP in body.text:
        raise Untouchable("signed or encrypted")


def _wrapped_page(body: BodyText, wrapping: Convert, limits: ParseLimits) -> _Outcome:
    html = body.shown
    if len(html) > limits.html_bytes:
        raise Untouchable("page too long")
    before: dict[str, str] = {}  # by the safe link
    edits: list[Edit] = []
    in_comments: set[int] = set()
    left: Counter[str] = Counter()
    try:
        for target in link_targets(html):
            address = _web_address(target.value)
            if not address:
                continue
            try:
                link = wrapping(address, _flags(html, target))
            except Left as why:
                left[str(why)] += 1
            else:
                before[link] = _meant(target.value)
                edits.append(Edit(target.start, target.end, link))
                if target.in_comment:
                    in_comments.add(target.start)
    except (ValueError, LookupError, RuntimeError, SystemError, MemoryError):  # a parser in C, on hostile input
        raise Untouchable("page unreadable") from None
    kept = fitting(body, edits)  # what is compared is what comes out
    left["line too long"] += len(edits) - len(kept)
    if not kept or _is_same_page(html, edited_text(html, kept), before):
        return _Outcome(kept, left)
    # Conditional comments, and what only looks like one, are read by patterns, which know less than the parser: they
    # must not keep the page from being changed.
    outside = fitting(body, [edit for edit in edits if edit.start not in in_comments])
    if not _is_same_page(_without_conditions(html), _without_conditions(edited_text(html, outside)), before):
        raise Untouchable("page unclear")
    left["comment unclear"] += len(kept) - len(outside)
    return _Outcome(outside, left)


def _without_conditions(html: str) -> str:
    return html.replace("<!--[if", "<!-- [if")


def _web_address(value: str) -> str:
    """The absolute http or https address that a browser takes the value of an attribute for, or ""."""
    address = value.strip(AT_ENDS).translate(ANYWHERE)
    if address[:2] in ("//", "\\\\", "/\\", "\\/"):
        address = "https:" + address
    if address[:5].lower() not in ("http:", "https"):
        return ""
    # With one slash or none, or with control characters: browsers go there all the same, and write it as it should be.
    if safe_links.host_of(address) is None and (read := read_url(address)) is not None:
        return read[0].href
    return address


def _flags(html: str, target: Target) -> Flag:
    flags = Flag.FORM if target.is_form else Flag.NONE
    written = html[target.start : target.end]
    return flags | Flag.BARE if "&" in written and written == target.value else flags


def _is_same_page(html: str, changed: str, before: Mapping[str, str]) -> bool:
    """Whether people see the same of both, and every link leads to where it did, by way of a safe link."""
    one, other = read_html(html, limits=_WHOLE), read_html(changed, limits=_WHOLE)
    return one.text == other.text and one.defects == other.defects and _facts(one, {}) == _facts(other, before)


def _facts(reading: HtmlReading, before: Mapping[str, str]) -> tuple[object, ...]:
    facts = reading.facts
    # What stands in comments is read with more forms of "&" than attributes have.
    links = [(_meant(unescape(before.get(href, href))), shown) for href, shown in reading.links]
    return (
        # Of a link in a comment the reading says nothing more where another one is written the same way.
        list(dict.fromkeys(href for href, _ in links)),
        list(dict.fromkeys(link for link in links if link[1])),
        [_meant(before.get(action, action)) for action in facts.form_actions],
        reading.others,
        facts.hidden_text,
        facts.hiding,
        facts.dropped_links,
        facts.password_fields,
        facts.scripts,
    )


def _meant(value: str) -> str:
    """One form of an address that can be written in several: all of them become the same safe link."""
    value = value.strip()  # as the reading has it, which takes all blanks away
    return _web_address(value) or value


def _unwrapped(piece: Piece, body: BodyText, pattern: re.Pattern[str], base_url: str, keys: Keys) -> _Outcome:
    """Wherever a safe link stands, in the text of a page too: programs show what they made of plain text so."""
    _refuse_pgp(body)
    edits: list[Edit] = []
    left: Counter[str] = Counter()
    is_html = piece.content_type == "text/html"
    for match in pattern.finditer(body.text):
        link = safe_links.read_url(match[0], base_url, keys, now=0.0).link
        if link is None:
            left["not ours"] += 1
            continue
        target = _escaped(link.target, is_bare=Flag.BARE in link.flags) if is_html else link.target
        edits.append(Edit(match.start(), match.end(), target))
    return _Outcome(edits, left)


def _escaped(target: str, *, is_bare: bool) -> str:
    """An address in HTML, whatever quotes are around it."""
    if not is_bare:
        target = target.replace("&", "&amp;")
    for letter in "<>\"'` ":
        target = target.replace(letter, f"&#{ord(letter)};")
    return target
