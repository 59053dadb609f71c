"""`mailchord scan`: judge messages here and now, without a broker; the same code as behind the milter."""

from __future__ import annotations

import argparse
import io
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TextIO

from msgspec import structs
from rich.console import Console

from mailchord.scan_json import as_json
from mailchord.scan_table import show
from mailchord.start import start
from mailcore.direction import read_site
from mailcore.errors import ConfigurationError
from mailcore.hops import canonical_address
from mailcore.message import Envelope
from mailcore.rewriting import Rewriting
from mailcore.settings import Settings
from mailcore.verdict import Action, Verdict
from mailio.zone_file import load_zone
from tasks.link_changes import LinkChanges, build_link_changes
from tasks.pools import build_scanner
from tasks.scanner import Scanner

SOME_NOT_ACCEPTED = 1
ACCEPTED = (Action.ACCEPT, Action.TAG)
STANDARD_INPUT = "-"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("files", nargs="+", metavar="FILE", help="messages (RFC 5322); - reads standard input")
    parser.add_argument("--json", action="store_true", help="one object a message, on one line")
    parser.add_argument("--sender", default="", metavar="ADDRESS", help="envelope sender")
    parser.add_argument("--recipient", action="append", default=[], metavar="ADDRESS", help="envelope recipient")
    parser.add_argument(
        "--client",
        default="",
        type=address,
        metavar="IP",
        help="address of the client that delivered it; one of networks.internal makes it outbound or internal",
    )
    parser.add_argument("--helo", default="", metavar="NAME", help="name by which that client greeted")
    parser.add_argument(
        "--authenticated",
        default="",
        metavar="USER",
        help="the user that the client logged in as: then the message is outbound, or internal by its recipients",
    )
    parser.add_argument(
        "--dns-zone",
        type=Path,
        metavar="FILE",
        help="a zone file that stands in for the DNS; senders are verified by it",
    )
    parser.add_argument(
        "--rewritten",
        type=Path,
        metavar="FILE",
        help="write the message there with its links as they would be delivered (safe_links); for one message",
    )


def run(arguments: argparse.Namespace) -> int:
    """0: every message would be accepted; 1: some would not; 2: could not run."""
    begun = start(arguments, component="scan")
    scanner = scanner_of(begun.settings, begun.configs, zone=arguments.dns_zone)
    envelope = envelope_of(arguments, begun.settings)
    console = None if arguments.json else terminal(sys.stdout)
    changes = link_changes_of(arguments, begun.settings)
    worst = 0
    for number, (name, raw) in enumerate(read_files(arguments.files)):
        verdict = scan_bytes(
            scanner, raw, envelope, message_id=f"scan-{number:08d}", limit=begun.settings.front.body_limit_bytes
        )
        if console is None:
            print(as_json(name, verdict), flush=True)
        else:
            if number:
                console.print()
            show(console, name, verdict)
        if changes is not None:
            write_rewritten(arguments.rewritten, raw, envelope, verdict, changes)
        if verdict.action not in ACCEPTED:
            worst = SOME_NOT_ACCEPTED
    return worst


def link_changes_of(arguments: argparse.Namespace, settings: Settings) -> LinkChanges | None:
    """What is done with links; None where nobody asks for it. Raises ConfigurationError where it is switched off."""
    if arguments.rewritten is None:
        return None
    changes = build_link_changes(settings)
    if changes is None:
        raise ConfigurationError("--rewritten: safe_links.enabled is off: no links are changed")
    if len(arguments.files) > 1:
        raise ConfigurationError("--rewritten: one message at a time")
    return changes


def write_rewritten(path: Path, raw: bytes, envelope: Envelope, verdict: Verdict, changes: LinkChanges) -> None:
    """The message as it would be delivered, but for the header fields that the front writes."""
    rewriting = Rewriting()
    if changes.is_wanted(envelope, verdict):
        rewriting = changes.rewriting(raw, envelope, verdict, now=time.time())
    try:
        path.write_bytes(rewriting.applied(raw))
    except OSError as error:
        raise ConfigurationError(f"{path}: {error.strerror}") from error
    left = "".join(f", {count} left ({why})" for why, count in rewriting.left.items())
    print(f"{path}: {rewriting.links} links changed{left}", file=sys.stderr)


def envelope_of(arguments: argparse.Namespace, settings: Settings) -> Envelope:
    """What the front would know of the delivery, its direction included; without a client that is inbound."""
    recipients = tuple(arguments.recipient)
    return Envelope(
        sender=arguments.sender,
        recipients=recipients,
        client_address=arguments.client,
        helo=arguments.helo,
        authenticated_user=arguments.authenticated,
        received_at=time.time(),
        direction=read_site(settings.networks).direction(
            client_address=arguments.client, authenticated=bool(arguments.authenticated), recipients=recipients
        ),
    )


def address(text: str) -> str:
    """An IP address in its one form; raises ArgumentTypeError for what is none."""
    found = canonical_address(text)
    if text and not found:
        raise argparse.ArgumentTypeError(f"{text!r} is no IP address")
    return found


def scanner_of(settings: Settings, configs: Path, *, zone: Path | None) -> Scanner:
    """The scanner; with a zone file the `auth` pool runs, wherever it is configured to, and asks nobody."""
    if zone is None:
        return build_scanner(settings, configs)
    auth = structs.replace(settings.pools["auth"], enabled=True)
    settings = structs.replace(settings, pools={**settings.pools, "auth": auth})
    return build_scanner(settings, configs, resolver=load_zone(zone))


def terminal(output: TextIO) -> Console:
    """Where tables go: colours on a terminal unless NO_COLOR is set, nothing in a mail is read as markup.

    What the terminal's character set does not have is written out.
    """
    if isinstance(output, io.TextIOWrapper):
        output.reconfigure(errors="backslashreplace")
    return Console(file=output, markup=False, highlight=False, emoji=False)


def scan_bytes(scanner: Scanner, raw: bytes, envelope: Envelope, *, message_id: str, limit: int) -> Verdict:
    """The verdict on one message, cut at the same size as in the front."""
    return scanner.scan(raw[:limit], envelope, message_id=message_id, clock=time.time, truncated=len(raw) > limit)


def read_files(names: Sequence[str]) -> Iterator[tuple[str, bytes]]:
    """Each file with its bytes. Raises ConfigurationError for one that cannot be read."""
    for name in names:
        if name == STANDARD_INPUT:
            yield name, sys.stdin.buffer.read()
            continue
        try:
            yield name, Path(name).read_bytes()
        except OSError as error:
            raise ConfigurationError(f"{name}: {error.strerror}") from error
