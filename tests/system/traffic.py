"""Many messages through Postfix, sent as a mail server sends them: what is deferred is tried again, to an end."""

from __future__ import annotations

import collections
import contextlib
import enum
import queue
import random
import re
import smtplib
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from msgspec import Struct

from mailchord.demo_archives import zip_file
from mailchord.demo_files import GTUBE
from mailchord.postfix import greet
from tests.mail import mail
from tests.postfix import Client, PrivatePostfix
from tests.system.installation import Installation, eventually

OUTSIDE = Client(address="203.0.113.9", name="mail.example.net", helo="mail.example.net")
PERSON, HELD = "bob@example.org", "held@example.org"
# GTUBE to this recipient is held, to others refused.
POLICY = {"policy": {"recipients": {HELD: {"at_most": "quarantine"}}}}
# Longer than every time-out of Postfix: a client that gives up before it would not know what became of its message.
SMTP_SECONDS = 180.0
# First digit of the answer (RFC 5321, section 4.2.1).
DEFERRED = 4
TOKEN = re.compile(rb"^Subject: (?:\[SPAM\] )?Token ([0-9]{6})", re.MULTILINE)


class Kind(enum.StrEnum):
    CLEAN = "clean"
    ZIP = "clean, with an archive that a pool of its own looks into"
    REFUSED = "bad"
    HELD = "bad, for a recipient whose mail is held instead of refused"


class Letter(Struct, frozen=True, kw_only=True):
    """One message of the traffic."""

    token: str
    kind: Kind
    raw: bytes

    @property
    def recipient(self) -> str:
        return HELD if self.kind is Kind.HELD else PERSON

    @property
    def is_good(self) -> bool:
        return self.kind in (Kind.CLEAN, Kind.ZIP)


def letters(count: int, *, seed: int, first: int = 0) -> list[Letter]:
    """That many messages, mixed by the seed: three of five plain, one with an archive, one bad.

    `first` is the number of the first one: traffics on one installation need numbers of their own.
    """
    kinds = [Kind.CLEAN, Kind.CLEAN, Kind.CLEAN, Kind.ZIP, Kind.REFUSED] * 2
    kinds[-1] = Kind.HELD
    mixed = [_letter(first + number, kinds[number % len(kinds)]) for number in range(count)]
    random.Random(seed).shuffle(mixed)
    return mixed


def _letter(number: int, kind: Kind) -> Letter:
    token = f"{number:06d}"
    files = [("minutes.zip", zip_file({f"minutes-{token}.txt": b"The minutes of " + token.encode()}))]
    raw = mail(
        subject=f"Token {token}",
        text=f"Hello Bob,\n\nthis is number {token}.\n\n" + ("" if kind in (Kind.CLEAN, Kind.ZIP) else f"{GTUBE}\n"),
        attachments=files if kind is Kind.ZIP else (),
        message_id=f"<{token}@example.com>",
    )
    return Letter(token=token, kind=kind, raw=raw)


class Ending(Struct, frozen=True):
    """How a message ended for its sender: the code of the final answer, and the deferrals before it."""

    code: int
    text: str
    deferrals: int


class Traffic:
    """Senders that work off a list of letters, not faster than `rate` a second; every answer is kept."""

    def __init__(
        self, postfix: PrivatePostfix, todo: Sequence[Letter], *, rate: float = 10.0, connections: int = 6
    ) -> None:
        self.todo = todo
        self.endings: dict[str, Ending] = {}
        self.odd: list[str] = []
        self._postfix = postfix
        self._deferrals: collections.Counter[str] = collections.Counter()
        self._rate = rate
        # The earliest first; tokens are unique, so letters are never compared.
        self._waiting: queue.PriorityQueue[tuple[float, str, Letter]] = queue.PriorityQueue()
        self._given_up = threading.Event()
        self._threads = [threading.Thread(target=self._send_for_ever, daemon=True) for _ in range(connections)]

    def start(self) -> None:
        now = time.monotonic()
        for number, letter in enumerate(self.todo):
            self._waiting.put((now + number / self._rate, letter.token, letter))
        for thread in self._threads:
            thread.start()

    def finish(self, *, seconds: float) -> None:
        """Wait until every message has come to an end at its sender."""
        assert eventually(lambda: self.is_finished or self.odd, seconds=seconds, pause=0.2), self.summary()
        self._given_up.set()
        for thread in self._threads:
            thread.join(SMTP_SECONDS)
        assert not self.odd, self.odd
        assert self.is_finished, self.summary()

    @property
    def is_finished(self) -> bool:
        return len(self.endings) == len(self.todo)

    @property
    def deferrals(self) -> int:
        return sum(self._deferrals.values())

    def summary(self) -> str:
        codes = collections.Counter(ending.code for ending in self.endings.values())
        return f"{len(self.endings)} of {len(self.todo)} ended {dict(codes)}, {self.deferrals} deferrals, {self.odd}"

    def _send_for_ever(self) -> None:
        while not self._given_up.is_set() and not self.is_finished:
            with (
                contextlib.suppress(OSError, smtplib.SMTPException),
                smtplib.SMTP("127.0.0.1", self._postfix.port, timeout=SMTP_SECONDS) as smtp,
            ):
                greet(smtp, OUTSIDE)
                self._send_on(smtp)
            # Postfix ends the session when it cannot reach its filter: as a server would, come back later.
            time.sleep(0.2)

    def _send_on(self, smtp: smtplib.SMTP) -> None:
        """Messages over one connection, until it breaks or one is deferred.

        Postfix that has lost its filter defers all the rest of a session: the next message needs a new one.
        """
        is_well = True
        while is_well and not self._given_up.is_set() and not self.is_finished:
            try:
                not_before, token, letter = self._waiting.get(timeout=0.2)
            except queue.Empty:
                continue
            if time.monotonic() < not_before:
                self._waiting.put((not_before, token, letter))
                time.sleep(0.05)
                continue
            is_well = self._send_one(smtp, letter) != DEFERRED

    def _send_one(self, smtp: smtplib.SMTP, letter: Letter) -> int:
        """MAIL, RCPT, DATA. What breaks off before DATA is a deferral; after it nobody is left in doubt."""
        code, text = 421, b"the connection broke"
        try:
            code, text = smtp.mail("anna@example.net")
            if code == 250:
                code, text = smtp.rcpt(letter.recipient)
            if code == 250:
                code, text = self._data(smtp, letter)
            if code != 250:
                smtp.rset()
        finally:
            self._note(letter, code, text.decode("utf-8", "replace"))
        return code // 100

    def _data(self, smtp: smtplib.SMTP, letter: Letter) -> tuple[int, bytes]:
        try:
            return smtp.data(letter.raw)
        except smtplib.SMTPDataError as error:
            # Refused at the command already.
            return error.smtp_code, str(error.smtp_error).encode()
        except (OSError, smtplib.SMTPException) as error:
            self.odd.append(f"{letter.token}: no answer to its data: {error}")
            raise

    def _note(self, letter: Letter, code: int, text: str) -> None:
        if 400 <= code < 500:
            self._deferrals[letter.token] += 1
            self._waiting.put((time.monotonic() + random.uniform(0.5, 2.0), letter.token, letter))
            return
        if letter.token in self.endings:
            self.odd.append(f"{letter.token} ended twice")
        self.endings[letter.token] = Ending(code, text, self._deferrals[letter.token])


class Account(Struct, frozen=True, kw_only=True):
    """What became of the messages of a traffic: deliveries and held copies by token."""

    delivered: dict[str, int]
    held: dict[str, int]


def settle(traffic: Traffic, postfix: PrivatePostfix, installation: Installation, *, seconds: float = 120) -> Account:
    """Flush Postfix's queue until it is empty, and count."""

    def is_empty() -> bool:
        postfix.flush()
        return not postfix.queue()

    assert eventually(is_empty, seconds=seconds, pause=0.5), postfix.queue()
    return Account(
        delivered=_tokens(postfix.deliveries()),
        held=_tokens(folder / "message.eml" for folder in installation.held().values()),
    )


def check(traffic: Traffic, account: Account) -> collections.Counter[str]:
    """Every message has come to exactly one end, the right one; returns how many came to which.

    A held copy may be there more than once: the front stores it before it answers, and when it is killed between the
    two, the sender has to send it again.
    """
    ends: collections.Counter[str] = collections.Counter()
    wrong: list[str] = []
    for letter in traffic.todo:
        ending = traffic.endings[letter.token]
        delivered, held = account.delivered.get(letter.token, 0), account.held.get(letter.token, 0)
        end = end_of(ending, delivered, held)
        if end not in ALLOWED[letter.kind]:
            wrong.append(f"{letter.token} ({letter.kind.name}): {end}: {ending}, {delivered} delivered, {held} held")
        ends[end] += 1
    assert not wrong, "\n".join(wrong)
    assert account.delivered.keys() <= {letter.token for letter in traffic.todo}
    assert sum(ends.values()) == len(traffic.todo)
    return ends


# Good mail is held when it was deferred too often (`policy.attempts`).
ALLOWED = {
    Kind.CLEAN: {"delivered", "held"},
    Kind.ZIP: {"delivered", "held"},
    Kind.REFUSED: {"refused", "held"},
    Kind.HELD: {"held"},
}


def end_of(ending: Ending, delivered: int, held: int) -> str:
    if ending.code == 250 and delivered == 1:
        return "delivered"
    if ending.code == 250 and delivered == 0 and held:
        return "held"
    if 500 <= ending.code < 600 and delivered == 0:
        return "refused"
    return "delivered more than once" if delivered > 1 else "lost" if ending.code == 250 else "refused and delivered"


def _tokens(paths: Iterable[Path]) -> dict[str, int]:
    found: collections.Counter[str] = collections.Counter()
    for path in paths:
        match = TOKEN.search(path.read_bytes())
        found[match[1].decode() if match else path.name] += 1
    return dict(found)


def every(seconds: float, act: Callable[[], None], *, until: Callable[[], bool], at_most: float) -> int:
    """Do something about that often until a condition holds; returns how often it was done."""
    count = 0
    given_up = time.monotonic() + at_most
    while not until() and time.monotonic() < given_up:
        act()
        count += 1
        time.sleep(random.uniform(0.6, 1.4) * seconds)
    return count
