"""`mailchord scan`: judge messages here and now, without a broker; the same code as behind the milter."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from mailchord.start import start
from mailcore.errors import ConfigurationError
from mailcore.message import Envelope
from mailcore.verdict import Action, PoolStatus, Verdict
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
    parser.add_argument("--client", default="", metavar="IP", help="address of the client that delivered it")


def run(arguments: argparse.Namespace) -> int:
    """0: every message would be accepted; 1: some would not; 2: could not run."""
    begun = start(arguments, component="scan")
    scanner = build_scanner(begun.settings, begun.configs)
    envelope = Envelope(
        sender=arguments.sender,
        recipients=tuple(arguments.recipient),
        client_address=arguments.client,
        received_at=time.time(),
    )
    worst = 0
    for number, (name, raw) in enumerate(read_files(arguments.files)):
        verdict = scan_bytes(
            scanner, raw, envelope, message_id=f"scan-{number:08d}", limit=begun.settings.front.body_limit_bytes
        )
        print(as_json(name, verdict) if arguments.json else as_text(name, verdict), flush=True)
        if verdict.action not in ACCEPTED:
            worst = SOME_NOT_ACCEPTED
    return worst


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


class ScannedPool(msgspec.Struct):
    status: PoolStatus
    ms: float
    reason: str


class ScannedFinding(msgspec.Struct):
    id: str
    pool: str
    category: str
    weight: float
    score: float
    summary: str
    detail: str
    where: dict[str, object]


class Scanned(msgspec.Struct):
    """What `scan --json` prints for one message."""

    id: str
    file: str
    action: Action
    score: float
    category: str
    partial: bool
    elapsed_ms: float
    reasons: tuple[str, ...]
    pools: dict[str, ScannedPool]
    findings: list[ScannedFinding]


def as_json(name: str, verdict: Verdict) -> str:
    """One line of JSON; keys as in the documentation."""
    scanned = Scanned(
        id=verdict.id,
        file=name,
        action=verdict.action,
        score=verdict.score,
        category=verdict.category,
        partial=verdict.partial,
        elapsed_ms=verdict.elapsed_ms,
        reasons=verdict.reasons,
        pools={
            pool.pool: ScannedPool(status=pool.status, ms=round(pool.ms, 2), reason=pool.reason)
            for pool in verdict.pools
        },
        findings=[
            ScannedFinding(
                id=finding.id,
                pool=finding.pool,
                category=finding.category,
                weight=finding.weight,
                score=finding.score,
                summary=finding.summary,
                detail=finding.detail,
                where=msgspec.to_builtins(finding.where),
            )
            for finding in verdict.findings
        ],
    )
    return msgspec.json.encode(scanned).decode()


def as_text(name: str, verdict: Verdict) -> str:
    """A verdict as a person reads it."""
    category = f", {verdict.category}" if verdict.category else ""
    head = f"{printable(name)}: {verdict.action} (score {verdict.score:g}{category})"
    reasons = [f"  {finding.score:+6.2f}  {printable(finding.summary)}  [{finding.id}]" for finding in verdict.findings]
    missing = [
        f"  {pool.pool}: {pool.status} ({printable(pool.reason)})"
        for pool in verdict.pools
        if not pool.status.is_complete
    ]
    return "\n".join([head, *reasons, *missing])


def printable(text: str) -> str:
    """Text of a mail must not steer the terminal of whoever reads about it."""
    return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text)
