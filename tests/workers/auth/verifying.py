"""Runs the whole pool on a message, with a zone in the place of the DNS."""

from __future__ import annotations

from msgspec.structs import replace

from mailcore.authentication import AuthFacts
from mailcore.message import Envelope
from mailcore.parse import parse
from mailcore.settings import Auth, Networks, Settings
from mailcore.verdict import PoolReport
from mailcore.view import MailView
from mailio.zone_file import ZoneResolver, parse_zone
from tests.workers.auth.signing import NOW, zone
from workers.auth import build
from workers.runner import run_pool

CLIENT = "192.0.2.1"
STRANGER = "198.51.100.9"
ENVELOPE = Envelope(
    sender="alice@example.com",
    recipients=("bob@example.org",),
    client_address=CLIENT,
    helo="mx.example.com",
    received_at=NOW,
)
FORGED = replace(ENVELOPE, sender="x@spammer.example", client_address=STRANGER, helo="mx.spammer.example")

RECORDS = """
example.com TXT "v=spf1 ip4:192.0.2.1 -all"
_dmarc.example.com TXT "v=DMARC1; p=reject"
mx.example.com A 192.0.2.1
1.2.0.192.in-addr.arpa PTR mx.example.com
mx.spammer.example A 198.51.100.9
9.100.51.198.in-addr.arpa PTR mx.spammer.example
"""


def keys(**more: str) -> str:
    """The key of `signed()` as lines of a zone, under example.com."""
    records = {**zone(), **more}
    return "".join(f'{name} TXT "{text}"\n' for name, text in records.items())


def mail(
    sender: str | None = "Alice <alice@example.com>",
    *,
    more: str = "",
    body: str = "Hello Bob\r\n",
    subject: str = "Hi",
) -> bytes:
    """A message; `more` are further header lines with their line ends."""
    line = "" if sender is None else f"From: {sender}\r\n"
    return (
        f"{line}To: bob@example.org\r\nSubject: {subject}\r\nDate: Mon, 5 Jan 2026 10:00:00 +0000\r\n"
        f"Message-ID: <1@example.com>\r\n{more}\r\n{body}"
    ).encode()


def verify(
    raw: bytes,
    envelope: Envelope = ENVELOPE,
    *,
    records: str = RECORDS,
    settings: Settings | None = None,
    auth: AuthFacts | None = None,
    truncated: bool = False,
) -> PoolReport:
    """The report of the pool."""
    settings = settings or configured()
    pool = build(ZoneResolver(parse_zone(records, "zone")), settings=settings)
    message = parse(raw, message_id="test", truncated=truncated).message
    view = MailView(envelope=envelope, message=message, auth=auth or AuthFacts())
    return run_pool(pool, view, {"raw": raw}, seconds=6.0)


def facts_of(raw: bytes, envelope: Envelope = ENVELOPE, **options: object) -> AuthFacts:
    """What the pool found out."""
    report = verify(raw, envelope, **options)  # type: ignore[arg-type]
    assert report.auth is not None, report.reason
    return report.auth


def findings_of(raw: bytes, envelope: Envelope = ENVELOPE, **options: object) -> dict[str, float]:
    """The findings of the pool by id, with their weights."""
    report = verify(raw, envelope, **options)  # type: ignore[arg-type]
    assert not report.errors, report.errors
    return {finding.id: finding.weight for finding in report.findings}


def configured(*, sealers: tuple[str, ...] = (), relays: tuple[str, ...] = ()) -> Settings:
    return Settings(
        auth=Auth(trusted_sealers=sealers), networks=Networks(trusted_relays=relays, local_domains=("example.org",))
    )
