"""What other machines wrote into a message after it was sent: cut and ignored, so that only the mail is judged."""

from __future__ import annotations

import re
from collections.abc import Iterator
from email.utils import parsedate_to_datetime

from msgspec import Struct

# Verdicts of other filters, and marks of the mailboxes that messages were taken from: they tell corpora apart, not
# intent. Lower case; `*` at the end stands for any ending. docs/evaluation.md lists the same.
FOREIGN_HEADERS = (
    "x-spam-*",
    "x-spam",
    "x-va-spam-flag",
    "x-ham-report",
    "x-microsoft-antispam*",
    "x-ms-exchange-organization-*",
    "x-ms-exchange-antispam-*",
    "x-exchange-antispam-report-*",
    "x-forefront-antispam-report*",
    "x-sid-*",
    "x-virus-*",
    "x-antivirus*",
    "x-amavis-*",
    "x-bogosity",
    "x-crm114-*",
    "x-dspam-*",
    "x-rspamd-*",
    "x-spamd-*",
    "x-spamprobe",
    "x-pyzor",
    "x-razor-*",
    "x-mailscanner*",
    "x-ironport-*",
    "x-proofpoint-*",
    "x-barracuda-*",
    "x-cmae-*",
    "x-vade-*",
    "x-miltered",
    "x-greylist*",
    "x-mailman-rule-hits",
    "x-mailman-rule-misses",
    "x-foff-*",
    "x-mailchord-*",
    "x-incomingtopheadermarker",
    "x-incomingheadercount",
    "x-ms-userlastlogontime",
    "x-eopattributedmessage",
    "x-eoptenantattributedmessage",
    "x-uidl",
    "x-mozilla-*",
    "status",
    "x-status",
)
# Results of checks that are replayed from the recorded envelope.
RECORDED_HEADERS = ("authentication-results", "arc-authentication-results", "received-spf")

# What a sender writes. Everything else above the hop where the recorder took the message was added by the recorder.
_SENDERS_OWN = (
    "from",
    "sender",
    "reply-to",
    "to",
    "cc",
    "bcc",
    "date",
    "subject",
    "message-id",
    "in-reply-to",
    "references",
    "comments",
    "keywords",
    "mime-version",
    "organization",
    "importance",
    "priority",
    "user-agent",
)
_SENDERS_BEGINNINGS = ("content-", "list-", "resent-")

_SUBJECT_MARK = re.compile(
    rb"(?i)^([ \t]*)(?:(?:\[(?:spam|suspected spam|possible spam|junk)\]|\*{3,5}spam\*{3,5})[ \t]*)+"
)
_BODY = re.compile(rb"\r?\n\r?\n")


class AsReceived(Struct, frozen=True, kw_only=True):
    """A message as the recorder's border saw it. `received_at` is in seconds since the epoch, 0 where unknown."""

    raw: bytes
    received_at: float = 0.0


def as_received(raw: bytes, *, client_address: str = "", has_recorded_results: bool = False) -> AsReceived:
    """The message without what others added later. Bytes of the body are untouched; linear in the header.

    With a `client_address`, the Received line that names it ends what the recorder's own relays wrote: that line,
    and what is above it and not the sender's own, is cut, as trusted networks would. With recorded results, the
    headers that state them are ignored.
    """
    end = _BODY.search(raw)
    header, body = (raw[: end.start()], raw[end.start() :]) if end else (raw, b"")
    fields = list(_fields(header))
    hop = _hop(fields, client_address)
    top = next((field for name, field in fields if name == "received"), b"") if hop is None else fields[hop][1]
    names = FOREIGN_HEADERS + (RECORDED_HEADERS if has_recorded_results else ())
    kept = [
        _without_mark(field) if name == "subject" else field
        for place, (name, field) in enumerate(fields)
        if not is_named(name, names) and (hop is None or place > hop or is_of_sender(name))
    ]
    # A header that was wholly cut: the body must not become one.
    joined = b"".join(kept).rstrip(b"\r\n") or b"X-Empty: yes"
    return AsReceived(raw=joined + body, received_at=_date_of(top))


def is_named(name: str, patterns: tuple[str, ...]) -> bool:
    """Whether one of the patterns names that header (lower case)."""
    return any(name.startswith(each[:-1]) if each.endswith("*") else name == each for each in patterns)


def is_of_sender(name: str) -> bool:
    """Whether a header of that name comes from the sender, wherever it stands."""
    return name in _SENDERS_OWN or name.startswith(_SENDERS_BEGINNINGS)


def _fields(header: bytes) -> Iterator[tuple[str, bytes]]:
    """Name in lower case and bytes of each field with its folded lines; a line that is no field has the name ""."""
    lines = header.splitlines(keepends=True)
    start = 0
    for number in range(1, len(lines) + 1):
        if number == len(lines) or lines[number][:1] not in (b" ", b"\t"):
            field = b"".join(lines[start:number])
            name, colon, _ = field.partition(b":")
            yield (name.strip().decode("ascii", "replace").lower() if colon else ""), _ended(field)
            start = number


def _ended(field: bytes) -> bytes:
    return field if field.endswith((b"\n", b"\r")) else field + b"\n"


def _hop(fields: list[tuple[str, bytes]], client_address: str) -> int | None:
    """Place of the topmost Received line that names the recorded client as the one it came from."""
    if not client_address:
        return None
    address = re.compile(
        rb"(?<![0-9A-Fa-f:.])" + re.escape(client_address.encode()) + rb"(?![0-9A-Fa-f:.]*[0-9A-Fa-f])", re.I
    )
    for place, (name, field) in enumerate(fields):
        if name == "received" and address.search(re.split(rb"\sby\s", field, maxsplit=1)[0]):
            return place
    return None


def _without_mark(field: bytes) -> bytes:
    name, colon, value = field.partition(b":")
    return name + colon + _SUBJECT_MARK.sub(rb"\1", value)


def _date_of(received: bytes) -> float:
    try:
        return parsedate_to_datetime(received.rpartition(b";")[2].decode("ascii", "replace").strip()).timestamp()
    except (ValueError, TypeError, IndexError, OverflowError):
        return 0.0
