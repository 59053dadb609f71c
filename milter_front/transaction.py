"""One message on its way through the front: from MAIL FROM to the answer, or to wherever it breaks off."""

from __future__ import annotations

from collections.abc import Callable

import structlog

from mailcore.errors import StoreUnavailable
from mailcore.message import Envelope
from mailcore.ports import Judging
from mailcore.settings import Mode
from mailcore.verdict import Verdict
from milter_front import answers
from milter_front.address import envelope_address, is_nameable
from milter_front.answers import Answer, Outcome
from milter_front.changed_body import with_changed_body
from milter_front.front import Front
from milter_front.marker import is_valid
from milter_front.seen import Seen

log = structlog.get_logger()


class Transaction:
    """The state of one mail transaction (RFC 5321, section 3.3). `close()` it on every way out."""

    __slots__ = (
        "__weakref__",
        "_front",
        "_is_open",
        "_judging",
        "_recipients",
        "_size",
        "_trouble",
        "_undeletable",
        "may_change_body",
        "recipient_arguments",
        "seen",
        "sender",
        "truncated",
    )

    def __init__(self, front: Front, sender: bytes, *, trouble: str = "", may_change_body: bool = False) -> None:
        self._front = front
        self.may_change_body = may_change_body
        self._judging: Judging | None = None
        self._trouble = trouble
        self._recipients: list[str] = []
        self._undeletable: set[str] = set()
        self._size = 0
        self.sender = envelope_address(sender)
        # The MTA knows a recipient only by the very argument that it gave.
        self.recipient_arguments: dict[str, str] = {}
        self.seen = Seen(own_name=front.own_name)
        self.truncated = False
        self._is_open = True
        front.running.begin()

    @property
    def recipients(self) -> tuple[str, ...]:
        return tuple(self._recipients)

    @property
    def undeletable(self) -> frozenset[str]:
        return frozenset(self._undeletable)

    def recipient(self, argument: bytes) -> None:
        address = envelope_address(argument)
        self._recipients.append(address)
        if is_nameable(argument):
            self.recipient_arguments[address] = argument.decode("utf-8")
        else:
            self._undeletable.add(address)

    def header(self, name: str, value: bytes) -> None:
        """One header field. Never fails: the MTA expects no reply here, so the next step tells of trouble."""
        self.seen.header(name, value)
        # MTAs hand a fold over as LF; on the wire, and in the body, lines end with CR LF.
        if b"\n" in value:
            value = value.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
        # With its colon and line end, as it stands in a message.
        judging = self._room_for(len(name) + len(value) + 3)
        if judging is not None:
            try:
                judging.header(name.encode("utf-8"), value)
            except StoreUnavailable as error:
                self._fail(error)

    def body(self, chunk: bytes) -> Answer:
        self.seen.body(chunk)
        kept = chunk[: max(0, self._front.settings.front.body_limit_bytes - self._size)]
        judging = self._room_for(len(kept))
        if judging is not None and kept:
            try:
                judging.body(kept)
            except StoreUnavailable as error:
                self._fail(error)
        self.truncated = self.truncated or len(kept) < len(chunk)
        if self._trouble and not answers.accept_unjudged(self._front.settings):
            return answers.tempfail(self._trouble, status="4.3.0")
        # The rest is of no use to us, unless a marker must be checked over the whole body.
        return answers.SKIP if self._has_no_use_for_body else answers.CONTINUE

    def answer(self, envelope: Envelope, progress: Callable[[], None]) -> Answer:
        """The whole message is here: decide what becomes of it, and have what must be kept safe first."""
        settings, own_name = self._front.settings, self._front.own_name
        begun = self._front.stopwatch()
        refusal = answers.answer_refused_unread(settings, self.seen)
        if refusal:
            return self._logged(refusal, envelope, begun, why="loop or forged fields")
        if self._is_released(envelope):
            answer = answers.answer_released(settings, self.seen, own_name=own_name)
            return self._logged(answer, envelope, begun, why="released")
        judging = self._begin()
        if judging is None:
            answer = answers.answer_unjudged(settings, self.seen, self._trouble, own_name=own_name)
            return self._logged(answer, envelope, begun, why=self._trouble)

        verdict = judging.verdict(envelope, truncated=self.truncated, progress=progress)
        answer = answers.answer_judged(
            settings,
            verdict,
            envelope,
            self.seen,
            own_name=own_name,
            truncated=self.truncated,
            undeletable=self.undeletable,
        )
        if answer.hold:
            answer = self._held(answer, verdict, envelope, judging)
        if self.may_change_body:
            answer = with_changed_body(
                answer,
                verdict,
                envelope,
                judging,
                settings,
                sealer=self._front.sealer,
                own_name=own_name,
                now=self._front.clock(),
            )
        judging.answered(verdict, envelope, answer.action)
        return self._logged(answer, envelope, begun, verdict=verdict)

    def close(self) -> None:
        """Free everything. Closing twice is the same as once."""
        if not self._is_open:
            return
        self._is_open = False
        try:
            if self._judging is not None:
                self._judging.close()
        finally:
            self._judging = None
            self._front.running.end()

    @property
    def _has_no_use_for_body(self) -> bool:
        return (self.truncated or bool(self._trouble)) and self.seen.marker is None

    def _begin(self) -> Judging | None:
        """The judging of this message, begun with its first bytes: many transactions end before DATA."""
        if self._judging is None and not self._trouble:
            try:
                self._judging = self._front.judge.begin()
            except StoreUnavailable as error:
                self._fail(error)
        return None if self._trouble else self._judging

    def _room_for(self, size: int) -> Judging | None:
        """Who takes the next bytes; None when nobody can, or when they are past the cap."""
        if self.truncated:
            return None
        if self._size + size > self._front.settings.front.body_limit_bytes:
            self.truncated = True
            return None
        self._size += size
        return self._begin()

    def _fail(self, error: StoreUnavailable) -> None:
        log.warning("message cannot be stored", id=self._judging.id if self._judging else "", error=str(error))
        self._trouble = "Message could not be checked now, please try again later"

    def _is_released(self, envelope: Envelope) -> bool:
        front, seen = self._front, self.seen
        return seen.marker is not None and is_valid(
            seen.marker, front.marker_key, seen.digest(), recipients=envelope.recipients, now=front.clock()
        )

    def _held(self, answer: Answer, verdict: Verdict, envelope: Envelope, judging: Judging) -> Answer:
        """Store before answer: the MTA forgets what we answer for."""
        kept, addressed = answers.held_verdict(verdict, envelope, answer.hold, self._front.settings.mode)
        try:
            self._front.quarantine.store(kept, addressed, judging.raw())
        except (OSError, StoreUnavailable) as error:
            log.error("message cannot be held", id=verdict.id, queue_id=envelope.queue_id, error=str(error))
            return answers.tempfail(f"Message could not be held now, please try again later, reference {verdict.id}")
        return answer

    def _logged(
        self, answer: Answer, envelope: Envelope, begun: float, *, verdict: Verdict | None = None, why: str = ""
    ) -> Answer:
        monitored = self._front.settings.mode is Mode.MONITOR and verdict is not None
        log.info(
            "message answered",
            id=verdict.id if verdict else "",
            queue_id=envelope.queue_id,
            action=answer.action.value,
            outcome=answer.outcome.value,
            verdict=verdict.action.value if verdict else "",
            score=round(verdict.score, 2) if verdict else None,
            # A sender is not told why; whoever is asked about a refused message finds it here.
            reasons=verdict.reasons[:3] if verdict else (),
            partial=verdict.partial if verdict else False,
            truncated=self.truncated,
            ms=round((self._front.stopwatch() - begun) * 1000, 1),
            size=self._size,
            client=envelope.client_address,
            direction=envelope.direction.value,
            recipients=len(envelope.recipients),
            held=len(answer.hold) if answer.outcome in (Outcome.ACCEPT, Outcome.DISCARD) else 0,
            **({"changed_links": verdict.changed_links} if verdict and answer.body is not None else {}),
            # The client is a relay of our own then, which says nothing of who sends.
            **({"border": verdict.border.address or "unknown"} if verdict and verdict.border.relays else {}),
            **({"shadows": _differing(verdict)} if verdict and verdict.shadows else {}),
            **({"why": why} if why else {}),
            **({"monitor": True} if monitored else {}),
        )
        return answer


def _differing(verdict: Verdict) -> dict[str, str]:
    """What the policies on trial would have done, where that is something else."""
    return {shadow.name: shadow.action.value for shadow in verdict.shadows if shadow.differs}
