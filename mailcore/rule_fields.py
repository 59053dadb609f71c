"""The fields that a rule may ask for: each has a kind, a sentence of documentation and a function of the view."""

from __future__ import annotations

import enum
import re
from collections.abc import Callable, Iterable
from itertools import chain

from msgspec import Struct

from mailcore.addresses import Address, read_addresses, written_addresses
from mailcore.message import Message, Part
from mailcore.view import MailView


class Kind(enum.StrEnum):
    """What a field holds; it decides which operators fit."""

    TEXT = "text"
    NUMBER = "number"
    FLAG = "yes or no"


Value = tuple[str, ...] | float | bool


class Field(Struct, frozen=True, kw_only=True):
    """One field. A text field holds any number of values and compares true when one of them does.

    `header` is the header that evidence is shown for; `is_running_text` means that phrases may be broken over lines.
    """

    name: str
    kind: Kind
    description: str
    read: Callable[[MailView], Value]
    header: str = ""
    is_running_text: bool = False


HEADER_PREFIX = "header["  # `header[X-Mailer]`: a field for each header there is


def find_field(name: str) -> Field | None:
    """The field of that name, or None; `header[NAME]` is a field for every NAME."""
    if name.startswith(HEADER_PREFIX) and name.endswith("]") and len(name) > len(HEADER_PREFIX) + 1:
        header = name[len(HEADER_PREFIX) : -1]
        return Field(
            name=f"{HEADER_PREFIX}{header.lower()}]",
            kind=Kind.TEXT,
            description=f"Values of the {header} header, decoded.",
            read=lambda view: view.message.header_values(header),
            header=header,
        )
    return FIELDS.get(name)


def field_names() -> tuple[str, ...]:
    """Every field name, for messages and documentation; `header[NAME]` stands for all headers."""
    return (*FIELDS, "header[NAME]")


def addresses_of(message: Message, header: str) -> tuple[Address, ...]:
    """Addresses in every header of that name."""
    return tuple(chain.from_iterable(map(read_addresses, message.header_values(header))))


def is_list_mail(message: Message) -> bool:
    """Whether it came through a mailing list: RFC 2919 and RFC 2369 headers that only list software sets."""
    return any(message.header(name) for name in ("list-id", "list-post", "mailing-list"))


def is_bounce(message: Message) -> bool:
    """Whether it is a delivery report (RFC 3464) or says that a mail system wrote it."""
    root = message.parts[0].content_type if message.parts else ""
    local = {address.address.partition("@")[0] for address in addresses_of(message, "from")}
    return root == "multipart/report" or bool(local & {"mailer-daemon", "postmaster"})


def _texts(view: MailView) -> tuple[str, ...]:
    message = view.message
    if message.html_text == message.text:
        return (message.text,) if message.text else ()
    return tuple(filter(None, (message.text, message.html_text)))


def _extensions(view: MailView) -> tuple[str, ...]:
    names = _filenames(view)
    return tuple(name.rpartition(".")[2].lower() for name in names if "." in name)


def _attachments(view: MailView) -> list[Part]:
    parts = {part.id: part for part in view.message.parts}
    return [parts[part_id] for part_id in view.message.attachments if part_id in parts]


def _filenames(view: MailView) -> tuple[str, ...]:
    return tuple(part.filename for part in _attachments(view) if part.filename)


def _upper_share(text: str) -> float:
    letters = sum(character.isalpha() for character in text)
    return sum(character.isupper() for character in text) / letters if letters else 0.0


# Characters that nobody types in a subject or a name: without width, tags and variation selectors beyond emoji,
# mathematical letters, and letters of phonetic alphabets that look like Latin ones. Joiners are spared: emoji and
# Persian need them. Full-width letters are spared: Japanese writes them.
_UNTYPED = re.compile("[\u00ad\u034f\u200b\u2060-\u2064\ufeff\u0251\u0261\U0001d400-\U0001d7ff\U000e0000-\U000e01ef]")
# A word that has Latin letters side by side with Cyrillic or Greek ones that look like them.
_MIXED = re.compile("[A-Za-z](?=[\u0370-\u03ff\u0400-\u04ff])|[\u0370-\u03ff\u0400-\u04ff](?=[A-Za-z])")


# What is put between the letters of a word. Soft hyphens are spared: they divide words of long languages.
_WITHOUT_WIDTH = "\u200b\u200c\u200d\u200e\u200f\u202a\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff"
_SPLIT = re.compile(f"[A-Za-z][{_WITHOUT_WIDTH}]{{1,8}}(?=[A-Za-z])")


def split_words(text: str) -> int:
    """How often Latin letters of one word are parted by characters without width."""
    # Searching for single characters costs microseconds, the pattern ten times that: most mail has none of them.
    if text.isascii() or not any(character in text for character in _WITHOUT_WIDTH):
        return 0
    return len(_SPLIT.findall(text))


def hidden_letters(text: str) -> int:
    """How many characters only serve to hide a word from programs."""
    if text.isascii():
        return 0
    return len(_UNTYPED.findall(text)) + len(_MIXED.findall(text))


def _name_addresses(view: MailView) -> tuple[Address, ...]:
    return tuple(chain.from_iterable(written_addresses(address.name) for address in addresses_of(view.message, "from")))


def _envelope_sender(view: MailView) -> tuple[Address, ...]:
    return read_addresses(view.envelope.sender)


def _address_fields(prefix: str, header: str, read: Callable[[MailView], tuple[Address, ...]]) -> list[Field]:
    """Name, address, host and registered domain of the addresses of one header."""
    what = {
        "name": "display names",
        "address": "addresses, in lower case",
        "host": "whole domains behind the @",
        "domain": "registered domains (`example.co.uk` of `mail.example.co.uk`)",
    }

    def reader(attribute: str) -> Callable[[MailView], Value]:
        return lambda view: tuple(filter(None, (getattr(address, attribute) for address in read(view))))

    return [
        Field(
            name=f"{prefix}.{attribute}",
            kind=Kind.TEXT,
            description=f"{header}: {meaning}.",
            read=reader(attribute),
            header=header if " " not in header else "",
        )
        for attribute, meaning in what.items()
    ]


def _header_addresses(header: str) -> Callable[[MailView], tuple[Address, ...]]:
    return lambda view: addresses_of(view.message, header)


def _text(name: str, description: str, read: Callable[[MailView], Value], header: str = "") -> Field:
    return Field(name=name, kind=Kind.TEXT, description=description, read=read, header=header)


def _prose(name: str, description: str, read: Callable[[MailView], Value], header: str = "") -> Field:
    return Field(name=name, kind=Kind.TEXT, description=description, read=read, header=header, is_running_text=True)


def _number(name: str, description: str, read: Callable[[MailView], Value]) -> Field:
    return Field(name=name, kind=Kind.NUMBER, description=description, read=read)


def _flag(name: str, description: str, read: Callable[[MailView], Value]) -> Field:
    return Field(name=name, kind=Kind.FLAG, description=description, read=read)


def _distinct(values: Iterable[str]) -> tuple[str, ...]:
    """Newsletters link to the same few hosts a hundred times."""
    return tuple(filter(None, dict.fromkeys(values)))


def _some(value: str) -> tuple[str, ...]:
    return (value,) if value else ()


_ALL = [
    _prose("subject", "The subject.", lambda view: view.message.header_values("subject"), header="Subject"),
    _prose("text", "What a person reads: plain text, and visible text of HTML.", _texts),
    _prose("text.plain", "What the plain text parts say.", lambda view: _some(view.message.text)),
    _prose("text.html", "What a person sees of the HTML parts.", lambda view: _some(view.message.html_text)),
    _number(
        "text.length",
        "Characters of the longer one of plain and HTML text.",
        lambda view: float(max(len(view.message.text), len(view.message.html_text))),
    ),
    _number(
        "text.split_words",
        "How often letters of one word are parted by characters without width.",
        lambda view: float(max(split_words(view.message.text), split_words(view.message.html_text))),
    ),
    _number(
        "subject.upper_share",
        "Share of capitals among the letters of the subject, 0 to 1.",
        lambda view: _upper_share(view.message.subject),
    ),
    _number(
        "subject.hidden_letters",
        "Characters of the subject that only serve to hide words: without width, mathematical, mixed alphabets.",
        lambda view: float(hidden_letters(view.message.subject)),
    ),
    _number(
        "from.hidden_letters",
        "The same of From.",
        lambda view: float(hidden_letters(view.message.header("from"))),
    ),
    *_address_fields("from", "From", _header_addresses("from")),
    *_address_fields("reply_to", "Reply-To", _header_addresses("reply-to")),
    *_address_fields("sender", "Sender", _header_addresses("sender")),
    *_address_fields("to", "To", _header_addresses("to")),
    *_address_fields("cc", "Cc", _header_addresses("cc")),
    _text(
        "from.name_address.domain",
        "Registered domains of addresses that stand in the display name of From.",
        lambda view: tuple(filter(None, (address.domain for address in _name_addresses(view)))),
        header="From",
    ),
    _number("from.count", "Addresses in From.", lambda view: float(len(addresses_of(view.message, "from")))),
    _text("envelope.sender", "Sender of the envelope (MAIL FROM).", lambda view: _some(view.envelope.sender.lower())),
    _text(
        "envelope.sender.domain",
        "Registered domain of the envelope's sender.",
        lambda view: tuple(filter(None, (address.domain for address in _envelope_sender(view)))),
    ),
    _text("envelope.recipients", "Recipients of the envelope.", lambda view: view.envelope.recipients),
    _text("envelope.client_address", "IP address of the client.", lambda view: _some(view.envelope.client_address)),
    _text("envelope.client_name", "Host name of the client.", lambda view: _some(view.envelope.client_name)),
    _text("envelope.helo", "What the client says its name is.", lambda view: _some(view.envelope.helo)),
    _text("envelope.direction", "`inbound`, `outbound` or `internal`.", lambda view: (view.envelope.direction.value,)),
    _text("links.href", "Links as written.", lambda view: tuple(link.href for link in view.message.links)),
    _text("links.host", "Hosts of links.", lambda view: _distinct(link.host for link in view.message.links)),
    _text(
        "links.domain",
        "Registered domains of links.",
        lambda view: _distinct(link.domain for link in view.message.links),
    ),
    _text(
        "links.shown",
        "Visible texts of links.",
        lambda view: tuple(link.shown for link in view.message.links if link.shown),
    ),
    _number("links.count", "Links.", lambda view: float(len(view.message.links))),
    _number(
        "links.domains",
        "Different registered domains of links.",
        lambda view: float(len({link.domain for link in view.message.links if link.domain})),
    ),
    _text("attachments.filename", "File names of attachments.", _filenames),
    _text("attachments.extension", "Endings of those file names, without the dot.", _extensions),
    _text(
        "attachments.content_type",
        "Declared types of attachments.",
        lambda view: tuple(part.content_type for part in _attachments(view)),
    ),
    _number("attachments.count", "Attachments.", lambda view: float(len(view.message.attachments))),
    _text(
        "parts.content_type",
        "Declared types of all parts.",
        lambda view: tuple(part.content_type for part in view.message.parts),
    ),
    _text(
        "parts.charset",
        "Character sets of all parts.",
        lambda view: tuple(filter(None, (part.charset for part in view.message.parts))),
    ),
    _prose(
        "html.hidden_text", "Text of HTML parts that nobody sees.", lambda view: _some(view.message.html.hidden_text)
    ),
    _text("html.form_actions", "Where forms are sent to.", lambda view: view.message.html.form_actions),
    _number("html.password_fields", "Password fields in HTML.", lambda view: float(view.message.html.password_fields)),
    _number("html.scripts", "Scripts in HTML.", lambda view: float(view.message.html.scripts)),
    _number(
        "html.external_images",
        "Pictures that are loaded from elsewhere.",
        lambda view: float(view.message.html.external_images),
    ),
    _number("message.size", "Bytes of the message.", lambda view: float(view.message.size)),
    _text("message.defects", "Damage found by the parser, in short stable words.", lambda view: view.message.defects),
    _flag(
        "message.is_list",
        "Came through a mailing list (List-Id, List-Post).",
        lambda view: is_list_mail(view.message),
    ),
    _flag(
        "message.is_bulk",
        "Says itself that many get it (List-Unsubscribe, Precedence: bulk).",
        lambda view: (
            bool(view.message.header("list-unsubscribe"))
            or view.message.header("precedence").strip().lower() in ("bulk", "list", "junk")
        ),
    ),
    _flag(
        "message.is_reply",
        "Refers to a message before it (In-Reply-To, References).",
        lambda view: bool(view.message.header("in-reply-to") or view.message.header("references")),
    ),
    _flag("message.is_bounce", "A delivery report.", lambda view: is_bounce(view.message)),
]

FIELDS: dict[str, Field] = {field.name: field for field in _ALL}
