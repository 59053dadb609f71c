"""A front in a process of its own, with a judge that does what the message tells it to.

libmilter runs once in a process, so tests that go through its socket start this program. It prints one JSON
object a line: `ready`, `begun`, `closed`, `judged`, `answered`, `held`, `ended`, `stopped`, and `state` on SIGUSR1.

The judge obeys header fields: `X-Test-Action`, `X-Test-Recipient: address action`, `X-Test-Seconds`,
`X-Test-Score`, `X-Test-Reason`, `X-Test-Dmarc`, `X-Test-Raise: step`,
`X-Test-Store-Fails: header|body|raw|quarantine`. With TEST_ZONE_FILE it verifies the sender by that zone instead, and
decides by the settings' policy. With a `redis.broker` in the settings it has the connection filter, and tells `counted`
for each of its counters.
"""

from __future__ import annotations

import base64
import gc
import json
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import FrameType

import msgspec
import structlog

from mailchord.front import filter_stores
from mailcore.authentication import AuthFacts, AuthResult, AuthSource
from mailcore.decide import decide
from mailcore.errors import ConfigurationError, StoreUnavailable
from mailcore.hops import Hop, find_border
from mailcore.identity import identify
from mailcore.message import Envelope
from mailcore.parse import parse
from mailcore.rewriting import ChangedMessage
from mailcore.settings import Settings
from mailcore.verdict import Action, RecipientVerdict, Verdict
from mailcore.view import MailView
from mailio.zone_file import load_zone
from milter_front.connection_filter import FilterStores
from milter_front.server import run_fronts
from milter_front.session import Session
from milter_front.transaction import Transaction
from workers.auth import build
from workers.runner import run_pool

MARKER_KEY = b"a key for tests, longer than the hash"


def tell(event: str, **values: object) -> None:
    os.write(1, json.dumps({"event": event, "pid": os.getpid(), **values}).encode() + b"\n")


Verifying = Callable[[str, bytes, Envelope], Verdict]


def verifying_by(zone: Path, settings: Settings) -> Verifying:
    """The `auth` pool and the decision, in this process."""
    pool = build(load_zone(zone), settings=settings)

    def verify(message_id: str, raw: bytes, envelope: Envelope) -> Verdict:
        message = parse(raw, message_id=message_id).message
        report = run_pool(pool, MailView(envelope=envelope, message=message), {"raw": raw}, seconds=5.0)
        networks = settings.networks
        border = find_border(envelope, message, internal=networks.internal, trusted_relays=networks.trusted_relays)
        identity = identify(envelope, message, AuthFacts(), border)
        return decide(
            [report],
            [pool.name],
            settings.policy,
            message_id=message_id,
            recipients=envelope.recipients,
            identity=identity,
        )

    return verify


class ScriptedJudging:
    def __init__(self, number: int, verifying: Verifying | None) -> None:
        self._verifying = verifying
        self._id = f"test-{os.getpid()}-{number}"
        self._head = b""
        self._body: list[bytes] = []
        self._told: dict[str, list[str]] = {}

    @property
    def id(self) -> str:
        return self._id

    def header(self, name: bytes, value: bytes) -> None:
        self._told.setdefault(name.decode("latin-1").lower(), []).append(value.decode("latin-1").strip())
        self._head += name + b":" + value + b"\r\n"
        self._trouble("header")

    def body(self, chunk: bytes) -> None:
        self._body.append(chunk)
        self._trouble("body")

    def verdict(self, envelope: Envelope, *, truncated: bool, progress: Callable[[], None]) -> Verdict:
        tell(
            "judged",
            id=self._id,
            envelope=msgspec.to_builtins(envelope),
            truncated=truncated,
            raw=base64.b64encode(self._whole()).decode(),
            threads=threading.active_count(),
        )
        if self._verifying is not None:
            return self._verifying(self._id, self._whole(), envelope)
        until = time.monotonic() + float(self._one("x-test-seconds", "0"))
        while time.monotonic() < until:
            time.sleep(0.1)
            progress()
        self._trouble("verdict")
        recipients = (line.rsplit(" ", 1) for line in self._told.get("x-test-recipient", []))
        return Verdict(
            id=self._id,
            action=Action(self._one("x-test-action", "accept")),
            score=float(self._one("x-test-score", "1.5")),
            category=self._one("x-test-category", ""),
            reasons=tuple(self._told.get("x-test-reason", [])),
            recipients=tuple(RecipientVerdict(recipient=who, action=Action(what)) for who, what in recipients),
            auth=self._auth(),
            border=Hop(address=self._one("x-test-border", ""), relays=len(self._told.get("x-test-border", []))),
            changed_links=int(self._one("x-test-changed-links", "0")),
        )

    def _auth(self) -> AuthFacts:
        dmarc = self._one("x-test-dmarc", "")
        if not dmarc:
            return AuthFacts()
        return AuthFacts(source=AuthSource.VERIFIED, from_domain="example.net", dmarc=AuthResult(dmarc))

    def answered(self, verdict: Verdict, envelope: Envelope, action: Action) -> None:
        tell("answered", id=verdict.id, action=action.value, recipients=envelope.recipients)

    def raw(self) -> bytes:
        self._trouble("raw")
        return self._whole()

    def changed(self) -> ChangedMessage | None:
        self._trouble("changed")
        if "x-test-changes-gone" in self._told:
            return None
        return ChangedMessage(header=self._head + b"\r\n", body=b"".join(self._body).replace(b"link", b"safe link"))

    def close(self) -> None:
        tell("closed", id=self._id)

    def _whole(self) -> bytes:
        return self._head + b"\r\n" + b"".join(self._body)

    def _one(self, name: str, default: str) -> str:
        return self._told.get(name, [default])[0]

    def _trouble(self, step: str) -> None:
        if step in self._told.get("x-test-raise", []):
            raise RuntimeError(f"told to raise at {step}")
        if step in self._told.get("x-test-store-fails", []):
            raise StoreUnavailable("the store is away")


class ScriptedJudge:
    """Is under pressure as long as the file named by TEST_PRESSURE_FILE exists."""

    def __init__(self, verifying: Verifying | None = None) -> None:
        self.count = 0
        self.verifying = verifying

    def begin(self) -> ScriptedJudging:
        self.count += 1
        judging = ScriptedJudging(self.count, self.verifying)
        tell("begun", id=judging.id)
        return judging

    def pressure(self) -> str:
        return "the queues are full" if os.path.exists(os.environ["TEST_PRESSURE_FILE"]) else ""


def counting_stores(settings: Settings) -> FilterStores:
    """What the connection filter asks, as `mailchord front` puts it together."""
    return filter_stores(settings, lambda name: tell("counted", name=name))


class TellingSealer:
    """Says in the fields what it was given to seal."""

    def seal(
        self, message: bytes, *, results: str, found: AuthFacts, now: float, subject: str | None = None
    ) -> tuple[tuple[str, str], ...]:
        if b"X-Test-Seal-Fails" in message:
            raise ValueError("no seal")
        head, _, body = message.partition(b"\r\n\r\n")
        return (
            ("ARC-Authentication-Results", results or "none"),
            ("ARC-Seal", f"{len(head)} {len(body)} {subject} {found.dmarc}"),
        )


class TellingQuarantine:
    def store(self, verdict: Verdict, envelope: Envelope, raw: bytes) -> str:
        if b"X-Test-Store-Fails: quarantine" in raw:
            raise OSError(28, "No space left on device")
        tell(
            "held",
            id=verdict.id,
            recipients=envelope.recipients,
            actions={entry.recipient: entry.action.value for entry in verdict.recipients},
            size=len(raw),
        )
        return verdict.id


def tell_state(_number: int, _frame: FrameType | None) -> None:
    gc.collect()
    objects = gc.get_objects()
    with open("/proc/self/status") as status:
        memory = next(int(line.split()[1]) for line in status if line.startswith("VmRSS"))
    tell(
        "state",
        sessions=sum(isinstance(thing, Session) for thing in objects),
        transactions=sum(isinstance(thing, Transaction) for thing in objects),
        kilobytes=memory,
    )


def main() -> int:
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
        logger_factory=structlog.PrintLoggerFactory(file=sys.stderr),
    )
    settings = msgspec.json.decode(sys.argv[1], type=Settings)
    signal.signal(signal.SIGUSR1, tell_state)
    zone = os.environ.get("TEST_ZONE_FILE")
    try:
        run_fronts(
            settings,
            lambda: ScriptedJudge(verifying_by(Path(zone), settings) if zone else None),
            TellingQuarantine(),
            marker_key=MARKER_KEY,
            make_stores=(lambda _judge: counting_stores(settings)) if settings.redis.broker else None,
            sealer=TellingSealer() if settings.arc.domain else None,
            end_judge=lambda judge: tell("ended", messages=judge.count),
            on_ready=lambda: tell("ready"),
        )
    except ConfigurationError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    tell("stopped")
    return 0


if __name__ == "__main__":
    sys.exit(main())
