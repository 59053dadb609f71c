"""The message model: what every pool, door and rule means by "a mail".

Everything here is frozen and travels over the wire as msgpack (see `mailcore.wire`).
"""

from __future__ import annotations

import enum
from functools import cached_property

from msgspec import Struct

from mailcore.defects import HIDE_PARTS


class Direction(enum.StrEnum):
    """Which way a message goes, seen from the organisation that runs mailchord."""

    INBOUND = "inbound"
    OUTBOUND = "outbound"
    INTERNAL = "internal"


class Envelope(Struct, frozen=True, kw_only=True):
    """The SMTP envelope (RFC 5321) and what the MTA knows about the client.

    Addresses are without angle brackets; `sender` is empty for the null sender (bounces).
    `received_at` is in seconds since the epoch.
    """

    sender: str = ""
    recipients: tuple[str, ...] = ()
    client_address: str = ""
    client_name: str = ""
    helo: str = ""
    tls_version: str = ""
    authenticated_user: str = ""
    queue_id: str = ""
    received_at: float = 0.0
    direction: Direction = Direction.INBOUND


class Header(Struct, frozen=True, array_like=True):
    """One header field. `value` is unfolded and RFC 2047 decoded; `raw` is the value as it came.

    `raw` is latin-1 text, so that every byte of the message survives, and empty where it equals `value`.
    """

    name: str
    value: str
    raw: str = ""

    @property
    def written(self) -> str:
        """The value as it came, not decoded; its bytes are read as UTF-8 (RFC 6532) where they are that."""
        text = self.raw or self.value
        try:
            return text if text.isascii() else text.encode("latin-1").decode("utf-8")
        except UnicodeError:
            return text


class LinkOrigin(enum.StrEnum):
    """Where a link was found."""

    TEXT = "text"
    HTML = "html"
    QR_CODE = "qr-code"
    IMAGE_TEXT = "image-text"
    FILE = "file"
    HEADER = "header"


class LinkUse(enum.StrEnum):
    """What a mail does with an address. Only `CLICKED` ones are in `Message.links`.

    `LOADED` ones are fetched or sent to without a click on them (pictures, style sheets, `ping`), `SCRIPTED` stand in a
    script, `WRITTEN` is a host in the text that some mail programs make a link of, `DEFANGED` one that none does
    (`hxxp`, `[.]`), `PASSED` an address inside of a link's own, which may lead on to it.
    """

    CLICKED = "clicked"
    LOADED = "loaded"
    SCRIPTED = "scripted"
    WRITTEN = "written"
    DEFANGED = "defanged"
    PASSED = "passed"


# Looked at besides links: what a link may lead on to, what a script opens, what a reader is asked to type. Defanged
# addresses are spared everywhere: people warn each other so.
OPENED = frozenset({LinkUse.PASSED, LinkUse.SCRIPTED, LinkUse.WRITTEN})


class Hop(Struct, frozen=True, array_like=True):
    """An address that was in front of a link's target. `service` says whose it is ("safelinks"), "" where unknown."""

    href: str
    host: str = ""
    domain: str = ""
    service: str = ""


class Link(Struct, frozen=True, kw_only=True):
    """One link: the target as a browser would read it, and what the reader of the mail sees.

    `href` is as written; where a known service put its address in front it is the target, and `hops` has what was in
    front, as written first. `host` is the WHATWG host in lower case ("" where the URL has none);
    `domain` is the registered domain by the public suffix list ("" for IP addresses).
    """

    href: str
    scheme: str = ""
    host: str = ""
    domain: str = ""
    shown: str = ""
    origin: LinkOrigin = LinkOrigin.TEXT
    part: str = ""
    hops: tuple[Hop, ...] = ()
    use: LinkUse = LinkUse.CLICKED

    @property
    def written(self) -> str:
        """The address as it stands in the mail."""
        return self.hops[0].href if self.hops else self.href


class Part(Struct, frozen=True, kw_only=True):
    """One MIME part. Parts are a flat tuple in the order of the message; `parent` tells the tree.

    `id` is the IMAP section number ("1", "2.1"); the root is "". `start` and `end` are the offsets of the
    still encoded body in the raw message; `size` is the decoded size in bytes (0 for containers).
    `sha256` is of the decoded bytes ("" for containers). `content_type` is what the part declares.
    `is_container` says that the body was split into parts: whatever encoding it declares, it has none.
    """

    id: str
    parent: str | None = None
    content_type: str = "text/plain"
    charset: str = ""
    transfer_encoding: str = ""
    disposition: str = ""
    filename: str = ""
    content_id: str = ""
    start: int = 0
    end: int = 0
    size: int = 0
    sha256: str = ""
    headers: tuple[Header, ...] = ()
    defects: tuple[str, ...] = ()
    is_container: bool = False


class HtmlFacts(Struct, frozen=True, kw_only=True):
    """What the HTML parts hold besides visible text and links.

    `hiding` names the ways in which words are hidden (`mailcore.styles.Hiding`); honest newsletters hide the preview of
    inboxes so. `dropped_links` are the begins of targets that lead to no host but to a script or to data;
    `picture_hosts` the different hosts that pictures are loaded from. `inline_pictures` counts those that stand in the
    page itself (`data:`), `long_rows` the elements with eight or more others in them: rows of a table, or of a code.
    """

    hidden_text: str = ""
    form_actions: tuple[str, ...] = ()
    password_fields: int = 0
    scripts: int = 0
    external_images: int = 0
    hiding: tuple[str, ...] = ()
    dropped_links: tuple[str, ...] = ()
    picture_hosts: tuple[str, ...] = ()
    inline_pictures: int = 0
    long_rows: int = 0


class Message(Struct, frozen=True, kw_only=True, dict=True):
    """A parsed message. Parsing never raises: damage stands in `defects`, as short stable words.

    `text` is what the plain text parts say, `html_text` what a person sees of the HTML parts, both
    bounded. `truncated` means that bytes past the size cap were never seen.
    `text_parts`, `html_parts` and `attachments` are part ids. `links` are where a reader is led,
    `other_links` all other addresses (`LinkUse`), those of header fields too.
    """

    id: str
    headers: tuple[Header, ...] = ()
    parts: tuple[Part, ...] = ()
    text_parts: tuple[str, ...] = ()
    html_parts: tuple[str, ...] = ()
    attachments: tuple[str, ...] = ()
    text: str = ""
    html_text: str = ""
    html: HtmlFacts = HtmlFacts()
    links: tuple[Link, ...] = ()
    other_links: tuple[Link, ...] = ()
    size: int = 0
    truncated: bool = False
    defects: tuple[str, ...] = ()

    @property
    def unseen(self) -> str:
        """Why there may be parts that nobody has seen; "" where the whole message was read."""
        if self.truncated:
            return "the message is larger than what is read of one"
        return "parts of the message were not told apart" if not HIDE_PARTS.isdisjoint(self.defects) else ""

    def header(self, name: str) -> str:
        """Value of the first header of that name, or "" where there is none."""
        values = self._values.get(name.lower())
        return values[0] if values else ""

    def header_values(self, name: str) -> tuple[str, ...]:
        """Values of every header of that name, in the order of the message."""
        return tuple(self._values.get(name.lower(), ()))

    @cached_property
    def _values(self) -> dict[str, list[str]]:
        """By lower-case name. Rules ask for headers hundreds of times a message."""
        values: dict[str, list[str]] = {}
        for header in self.headers:
            values.setdefault(header.name.lower(), []).append(header.value)
        return values

    def part(self, part_id: str) -> Part:
        """The part with that id; KeyError where there is none."""
        for part in self.parts:
            if part.id == part_id:
                return part
        raise KeyError(part_id)

    @property
    def subject(self) -> str:
        return self.header("subject")
