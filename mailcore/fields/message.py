"""Fields about the message as a whole: its kind, lists, time, headers, parts, attachments, pictures, opened files."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from mailcore.authentication import AuthFacts
from mailcore.fields.kinds import Field, attached, distinct, flag, number, prose, some, text
from mailcore.fields.people import addresses_of, is_refuted, is_vouched_for
from mailcore.links import registered_domain
from mailcore.message import Message
from mailcore.view import FileFacts, MailView

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_SMIME = ("application/pkcs7-mime", "application/x-pkcs7-mime")
_TAKE_POSTS = ("mailing-list", "x-mailing-list", "x-beenthere")  # Google Groups, ezmlm, majordomo, Mailman
_OF_LISTS = ("list-id", "list-archive", "list-subscribe", "list-owner", "x-mailman-version")
_DATE_CHARACTERS = 100  # more than any date has
_RECOGNISED_WORD = re.compile(r"[^\W\d_]{3,}")
_URI = re.compile(r"<([^<>\s]{1,2000})>")
_HOST_OF_URI = re.compile(r"(?:https?://(?:[^/?#@]*@)?|mailto:[^?@]*@)([^/?#:>]{1,253})", re.IGNORECASE)


def is_list_mail(message: Message) -> bool:
    """Whether it came through a mailing list: RFC 2919 and RFC 2369 headers that only list software sets."""
    return any(message.header(name) for name in ("list-id", "list-post", "mailing-list"))


def is_discussion(message: Message, auth: AuthFacts) -> bool:
    """Whether it came through a list where people write to each other, and bears at least two signs of such a list.

    List-Id alone says nothing: newsletters have it, and forgers add it to be spared. Nor does any sign of a mail that
    is refuted.
    """
    if is_refuted(auth):
        return False
    # RFC 2369, 3.4: "List-Post: NO" is a list that only announces.
    takes_posts = message.header("list-post").strip().upper() not in ("", "NO") or any(
        message.header(name) for name in _TAKE_POSTS
    )
    precedence = message.header("precedence").strip().lower()
    others = sum(bool(message.header(name)) for name in _OF_LISTS) + (precedence in ("list", "bulk"))
    return others >= 1 if takes_posts else others >= 2 and precedence == "list"


def is_bounce(message: Message) -> bool:
    """Whether it is a delivery report (RFC 3464) or says that a mail system wrote it."""
    root = message.parts[0].content_type if message.parts else ""
    # "MAILER-DAEMON <>" has no address at all: the name says who wrote it.
    senders = (address.address.partition("@")[0] or address.name.lower() for address in addresses_of(message, "from"))
    return root == "multipart/report" or any(sender in ("mailer-daemon", "postmaster") for sender in senders)


def _words(recognised: str) -> int:
    """Words of a recognised text: bits of rules and shadows become signs, and words of one or two letters."""
    return len(_RECOGNISED_WORD.findall(recognised))


def date_of(value: str) -> datetime | None:
    """The time of a Date header (RFC 5322, 3.3), None for nonsense."""
    try:
        written = parsedate_to_datetime(value[:_DATE_CHARACTERS]) if value else None
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    # "-0000" is a time in UTC whose zone nobody tells.
    return written.replace(tzinfo=UTC) if written is not None and written.tzinfo is None else written


def _written(view: MailView) -> datetime | None:
    return date_of(view.message.header("date"))


def _hours_before_receipt(view: MailView) -> float:
    """Hours from Date to the receipt (of the envelope, or the topmost Received); negative for a Date in the future."""
    written = _written(view)
    received = view.envelope.received_at
    if not received:
        stamped = date_of(view.message.header("received").rpartition(";")[2].strip())
        received = stamped.timestamp() if stamped else 0.0
    return (received - written.timestamp()) / 3_600 if written and received else 0.0


def _zone(view: MailView) -> tuple[str, ...]:
    written = _written(view)
    return some(written.strftime("%z")) if written else ()


def _weekday(view: MailView) -> tuple[str, ...]:
    written = _written(view)
    return (WEEKDAYS[written.weekday()],) if written else ()


def _hour(view: MailView) -> float:
    written = _written(view)
    return written.hour if written else -1


def _list_id(view: MailView) -> tuple[str, ...]:
    values = view.message.header_values("list-id")
    return distinct((_URI.search(value) or [value, value])[1].strip().lower() for value in values)


def _unsubscribe(view: MailView) -> tuple[str, ...]:
    return tuple(uri for value in view.message.header_values("list-unsubscribe") for uri in _URI.findall(value[:8_192]))


def is_bulk(message: Message, auth: AuthFacts) -> bool:
    """Whether it says itself that many get it. Services that send to many prove it; one header spares nobody else."""
    if not is_vouched_for(auth):
        return False
    precedence = message.header("precedence").strip().lower()
    return bool(message.header("list-unsubscribe")) or precedence in ("bulk", "list", "junk")


def _is_automatic(view: MailView) -> bool:
    submitted = view.message.header("auto-submitted").strip().lower()
    return bool(submitted) and submitted != "no"


def _message_id_host(view: MailView) -> str:
    return view.message.header("message-id").strip(" <>").rpartition("@")[2].lower()


def _extensions(view: MailView) -> tuple[str, ...]:
    return tuple(part.filename.rpartition(".")[2].lower() for part in attached(view) if "." in part.filename)


def _inner_extensions(view: MailView) -> tuple[str, ...]:
    pieces = (part.filename.lower().split(".") for part in attached(view))
    return tuple(piece[-2].strip() for piece in pieces if len(piece) > 2)


def _depth(message: Message) -> int:
    parents = {part.id: part.parent for part in message.parts}
    deepest = 0
    for part in message.parts[:1_000]:
        depth, above = 0, part.parent
        while above is not None and depth < 100:
            depth, above = depth + 1, parents.get(above)
        deepest = max(deepest, depth)
    return deepest


def _has_type(view: MailView, *beginnings: str) -> bool:
    return any(part.content_type.startswith(beginnings) for part in view.message.parts)


def _of_files(read: Callable[[FileFacts], tuple[str, ...]]) -> Callable[[MailView], tuple[str, ...]]:
    return lambda view: distinct(value for facts in view.files for value in read(facts))


KIND = [
    number("message.size", "Bytes of the message.", lambda view: view.message.size),
    text("message.defects", "Damage found by the parser, in short stable words.", lambda view: view.message.defects),
    flag(
        "message.is_list", "Came through a mailing list (List-Id, List-Post).", lambda view: is_list_mail(view.message)
    ),
    flag(
        "message.is_discussion",
        "Came through a mailing list where people write to each other (List-Post and other signs of one); not where "
        "SPF fails and nothing else is proven.",
        lambda view: is_discussion(view.message, view.auth),
    ),
    flag(
        "message.is_bulk",
        "Says itself that many get it (List-Unsubscribe, Precedence: bulk), and something of it is proven where "
        "somebody looked.",
        lambda view: is_bulk(view.message, view.auth),
    ),
    flag(
        "message.is_reply",
        "Refers to a message before it (In-Reply-To, References).",
        lambda view: bool(view.message.header("in-reply-to") or view.message.header("references")),
    ),
    flag("message.is_bounce", "A delivery report.", lambda view: is_bounce(view.message)),
    flag("message.is_automatic", "Says itself that a program answered (Auto-Submitted).", _is_automatic),
    flag(
        "message.is_signed", "Signed by S/MIME or OpenPGP.", lambda view: _has_type(view, "multipart/signed", *_SMIME)
    ),
    flag(
        "message.is_encrypted",
        "Encrypted by S/MIME or OpenPGP.",
        lambda view: _has_type(view, "multipart/encrypted", *_SMIME),
    ),
    flag("message.is_calendar", "Has an invitation to a calendar.", lambda view: _has_type(view, "text/calendar")),
    flag(
        "message.is_only_html",
        "Has HTML and no plain text.",
        lambda view: bool(view.message.html_parts) and not view.message.text.strip(),
    ),
]

LISTS = [
    text("list.id", "What List-Id has in its angle brackets, in lower case.", _list_id, header="List-Id"),
    text("list.unsubscribe", "Where List-Unsubscribe leads.", _unsubscribe, header="List-Unsubscribe"),
    text(
        "list.unsubscribe.domain",
        "Registered domains of those.",
        lambda view: distinct(
            registered_domain(match[1]) for uri in _unsubscribe(view) if (match := _HOST_OF_URI.match(uri))
        ),
        header="List-Unsubscribe",
    ),
    flag(
        "list.one_click",
        "Unsubscribing takes one click (RFC 8058).",
        lambda view: bool(view.message.header("list-unsubscribe-post")),
    ),
]

TIME = [
    number("time.hour", "Hour of Date where it was written, 0 to 23; -1 without one.", _hour),
    text("time.weekday", "Day of Date where it was written: `monday` to `sunday`.", _weekday, header="Date"),
    text("time.zone", "Zone of Date, such as `+0200`.", _zone, header="Date"),
    number(
        "time.hours_late",
        "Hours from Date to the receipt; 0 where one of them is not known or Date is in the future.",
        lambda view: max(0.0, _hours_before_receipt(view)),
    ),
    number(
        "time.hours_ahead",
        "Hours that Date is in the future.",
        lambda view: max(0.0, -_hours_before_receipt(view)),
    ),
]

HEADERS = [
    text(
        "headers.names",
        "Names of all headers, in lower case.",
        lambda view: distinct(header.name.lower() for header in view.message.headers),
    ),
    number("headers.count", "Headers.", lambda view: len(view.message.headers)),
    number("headers.received", "Received headers: hops.", lambda view: len(view.message.header_values("received"))),
    text(
        "message_id.host",
        "What stands behind the @ of Message-ID.",
        lambda view: some(_message_id_host(view)),
        header="Message-ID",
    ),
    text(
        "message_id.domain",
        "Registered domain of that.",
        lambda view: some(registered_domain(_message_id_host(view))),
        header="Message-ID",
    ),
    text(
        "mailer",
        "Program that says it wrote the mail (X-Mailer, User-Agent).",
        lambda view: (*view.message.header_values("x-mailer"), *view.message.header_values("user-agent")),
    ),
]

PARTS = [
    text(
        "attachments.filename",
        "File names of attachments.",
        lambda view: tuple(part.filename for part in attached(view) if part.filename),
    ),
    text("attachments.extension", "Endings of those file names, without the dot.", _extensions),
    text("attachments.inner_extension", "The ending before the last: `pdf` of `invoice.pdf.html`.", _inner_extensions),
    text(
        "attachments.content_type",
        "Declared types of attachments.",
        lambda view: tuple(part.content_type for part in attached(view)),
    ),
    number("attachments.count", "Attachments.", lambda view: len(view.message.attachments)),
    number("attachments.size", "Bytes of all attachments.", lambda view: sum(part.size for part in attached(view))),
    number(
        "attachments.largest",
        "Bytes of the largest attachment.",
        lambda view: max((part.size for part in attached(view)), default=0),
    ),
    text(
        "parts.content_type",
        "Declared types of all parts.",
        lambda view: tuple(part.content_type for part in view.message.parts),
    ),
    text(
        "parts.charset",
        "Character sets of all parts.",
        lambda view: distinct(part.charset for part in view.message.parts),
    ),
    text(
        "parts.transfer_encoding",
        "Transfer encodings of all parts.",
        lambda view: distinct(part.transfer_encoding for part in view.message.parts),
    ),
    number("parts.count", "Parts.", lambda view: len(view.message.parts)),
    number("parts.depth", "How deeply parts are nested.", lambda view: _depth(view.message)),
    number(
        "images.count",
        "Parts that are pictures.",
        lambda view: sum(part.content_type.startswith("image/") for part in view.message.parts),
    ),
]

# Facts of other pools: they are there when text that such a pool found is judged.
FOUND = [
    prose(
        "images.text",
        "Text that was recognised in pictures (where the `ocr` pool found some).",
        lambda view: distinct(facts.text for facts in view.images),
    ),
    text(
        "images.codes",
        "What QR codes and bar codes hold (where the `ocr` pool found some).",
        lambda view: distinct(code for facts in view.images for code in facts.codes),
    ),
    text(
        "images.formats",
        "Kinds of those codes: `QRCode`, `DataMatrix`, `Aztec`, `PDF417`, `EAN13` ...",
        lambda view: distinct(kind for facts in view.images for kind in facts.formats),
    ),
    text(
        "images.fingerprint",
        "Fingerprints of pictures: the same, or nearly so, for pictures that look the same.",
        lambda view: distinct(facts.fingerprint for facts in view.images if facts.fingerprint),
    ),
    number(
        "images.words",
        "Words of at least three letters in pictures that the mail itself shows (where the `ocr` pool found some).",
        lambda view: sum(_words(facts.text) for facts in view.images if facts.reached in ("", "inline")),
    ),
    prose(
        "files.text",
        "Text of attached documents (all of `files` is there where the `attachments` pool found text).",
        _of_files(lambda facts: (facts.text,)),
    ),
    text(
        "files.path",
        "Opened files, with the way through archives: `invoice.zip/invoice.pdf`.",
        _of_files(lambda facts: (facts.path,)),
    ),
    text(
        "files.true_type", "Media types of opened files by their content.", _of_files(lambda facts: (facts.true_type,))
    ),
    text("files.yara", "YARA rules that matched, as `namespace.rule`.", _of_files(lambda facts: facts.yara)),
    flag("files.encrypted", "An opened file is encrypted.", lambda view: any(facts.encrypted for facts in view.files)),
    flag("files.macros", "An opened document has macros.", lambda view: any(facts.macros for facts in view.files)),
]

FIELDS: list[Field] = [*KIND, *LISTS, *TIME, *HEADERS, *PARTS, *FOUND]
