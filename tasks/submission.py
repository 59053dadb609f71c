"""The pipeline as a door sees it: store, publish, wait, decide at the deadline. Implements `Judge` and `Judging`."""

from __future__ import annotations

import os
import secrets
import socket
import time
from collections.abc import Callable

import structlog
from msgspec import Struct

from mailcore.clock import Clock, Deadline, system_clock
from mailcore.decide import after_attempts
from mailcore.dmarc_rows import came_through_list, is_to_report_mailboxes
from mailcore.errors import StoreUnavailable
from mailcore.fingerprint import Fingerprint
from mailcore.message import Envelope
from mailcore.plan import Plan
from mailcore.policy_files import NO_FILES, PolicyFiles
from mailcore.rewriting import ChangedMessage
from mailcore.settings import Settings
from mailcore.verdict import Action, PoolReport, Verdict
from mailio.dmarc_collection import DmarcCollection
from mailio.dmarc_store import DmarcStore
from mailio.message_store import Job, RedisMessageStore, check_whole
from mailio.redis_client import PREFIX, connect
from mailio.state import Counters, RedisState
from mailio.urls_of_redis import RedisUrls
from tasks.forgetting import Forgetting
from tasks.pressure import Pressure
from tasks.publishing import IntakePublisher
from tasks.replies import BLOCK_SECONDS, Replies
from tasks.scanner import decide_planned

log = structlog.get_logger("mailchord.submission")

# Up to here a message is held in the process and stored in one step; past it, it goes to the store as it comes.
HELD_BYTES = 262_144

# What is left of Redis's time-out at the deadline: the answer must not wait for a server that does not answer. For
# state it is the time-out always: deferrals are counted after the deadline, and counters can wait.
LAST_WORD_SECONDS = 0.5


def new_message_id() -> str:
    """Sorts by time, cannot be guessed, and is safe in headers, keys and file names."""
    return f"{int(time.time() * 1000):011x}-{secrets.token_hex(8)}"


class InUse(Struct, frozen=True, kw_only=True):
    """What a front decides by; replaced as a whole, so that no message meets half of two configurations."""

    settings: Settings
    policy_version: str
    files: PolicyFiles = NO_FILES


class Pipeline:
    """Implements `Judge`. One a process; build it after the fork, `start()` it, `stop()` it."""

    def __init__(
        self,
        settings: Settings,
        *,
        store: RedisMessageStore,
        last_word: RedisMessageStore,
        state: RedisState,
        publisher: IntakePublisher,
        replies: Replies,
        policy_version: str,
        files: PolicyFiles = NO_FILES,
        reports: DmarcCollection | None = None,
        clock: Clock = system_clock,
    ) -> None:
        self.in_use = InUse(settings=settings, policy_version=policy_version, files=files)
        self.store = store
        self.last_word = last_word
        self.state = state
        self.publisher = publisher
        self.replies = replies
        self.reports = reports
        self.clock = clock
        self.counters = Counters(state)
        self.forgetting = Forgetting(store)
        self._pressure = Pressure(publisher, store, settings.redis)

    def start(self) -> None:
        self.replies.start()
        self.forgetting.start()
        self._pressure.start()

    def stop(self) -> None:
        self._pressure.stop()
        self.replies.stop()
        self.forgetting.stop()
        self.counters.flush()
        if self.reports is not None:
            self.reports.flush()

    def begin(self) -> Submission:
        return Submission(self)

    def pressure(self) -> str:
        return self._pressure.reason

    @property
    def settings(self) -> Settings:
        return self.in_use.settings

    def adopt(self, in_use: InUse) -> None:
        """Decide by these from now on; messages that are under scan are decided by them too."""
        self.in_use = in_use
        if self.reports is not None:
            self.reports.adopt(in_use.settings.dmarc_reports)

    @property
    def claim_seconds(self) -> float:
        return self.settings.claim_seconds


def build_pipeline(settings: Settings, policy_version: str, files: PolicyFiles = NO_FILES) -> Pipeline:
    """A pipeline on the Redis of the settings. Raises ConfigurationError without a broker."""
    urls = RedisUrls.of(settings.redis)
    timeout = settings.redis.timeout_seconds
    last_word = min(timeout, LAST_WORD_SECONDS)
    state = connect(urls.state, timeout=last_word)
    name = f"{PREFIX}replies:{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(4)}"
    return Pipeline(
        settings,
        store=RedisMessageStore(connect(urls.claims, timeout=timeout)),
        last_word=RedisMessageStore(connect(urls.claims, timeout=last_word)),
        state=RedisState(state),
        publisher=IntakePublisher(connect(urls.broker, timeout=timeout)),
        replies=Replies(connect(urls.claims, timeout=timeout + BLOCK_SECONDS), name),
        policy_version=policy_version,
        files=files,
        reports=DmarcCollection(DmarcStore(state, settings.dmarc_reports)),
    )


class Submission:
    """Implements `Judging`: one message on its way."""

    def __init__(self, pipeline: Pipeline) -> None:
        self.id = new_message_id()
        self._pipeline = pipeline
        self._fingerprint = Fingerprint()
        self._held: list[bytes] = []
        self._held_bytes = 0
        self._appended_bytes = 0
        self._header_bytes = 0
        self._headers_ended = False
        self._stored = False
        self._judged = False
        self._complete = False
        self._is_store_away = False

    # The message as it arrives

    def header(self, name: bytes, value: bytes) -> None:
        self._fingerprint.header(name, value)
        self._take(b"%b:%b\r\n" % (name, value))

    def body(self, chunk: bytes) -> None:
        self._end_headers()
        self._fingerprint.body(chunk)
        self._take(chunk)

    def _end_headers(self) -> None:
        if not self._headers_ended:
            self._headers_ended = True
            self._header_bytes += 2
            self._take(b"\r\n")

    def _take(self, data: bytes) -> None:
        self._held.append(data)
        self._held_bytes += len(data)
        if not self._headers_ended:
            self._header_bytes += len(data)
        if self._held_bytes >= HELD_BYTES:
            self._stored = True
            self._appended_bytes += self._held_bytes
            held = b"".join(self._held)
            self._held.clear()
            self._held_bytes = 0
            there = self._pipeline.store.append(self.id, held, seconds=self._upload_seconds)
            check_whole(self.id, there=there, sent=self._appended_bytes)

    @property
    def _upload_seconds(self) -> float:
        """A slow client may take its time between chunks; Postfix gives up after 300 s of silence."""
        return 300.0 + self._pipeline.claim_seconds

    # The verdict

    def verdict(self, envelope: Envelope, *, truncated: bool, progress: Callable[[], None]) -> Verdict:
        """The story of the front: look at the clock once, store, publish, wait, and at the deadline decide."""
        pipeline = self._pipeline
        front = pipeline.settings.front
        now = pipeline.clock()
        deadline = Deadline(now + front.deadline_seconds, front.reserve_seconds)
        self._judged = True
        fingerprint = self._fingerprint.digest(envelope)
        job = Job(
            envelope=envelope,
            submitted_at=now,
            deadline_at=deadline.at,
            reserve=deadline.reserve,
            reply_to=pipeline.replies.list_name,
            truncated=truncated,
            fingerprint=fingerprint,
        )
        try:
            self._end_headers()
            verdict = self._scanned(job, deadline, progress)
        except StoreUnavailable as error:
            log.error("no scan", id=self.id, error=str(error))
            verdict = self._unjudged(envelope, now)
        return self._remembered(verdict, fingerprint)

    def _scanned(self, job: Job, deadline: Deadline, progress: Callable[[], None]) -> Verdict:
        pipeline = self._pipeline
        waiting = pipeline.replies.expect(self.id)
        try:
            self._store(job)
            pipeline.publisher.publish(self.id)
            every = pipeline.settings.front.progress_seconds
            # The front's own answer at the deadline needs a moment too: Redis may be slow to say what is there.
            until = deadline.at - LAST_WORD_SECONDS
            while (left := until - pipeline.clock()) > 0:
                verdict = waiting.wait(min(left, every))
                if verdict is not None:
                    return verdict
                progress()
            return self._at_the_deadline(job)
        finally:
            pipeline.replies.forget(self.id)

    def _store(self, job: Job) -> None:
        rest = b"".join(self._held)
        self._held.clear()
        self._stored = True
        seconds = self._pipeline.claim_seconds
        self._pipeline.store.submit(self.id, job, rest, appended=self._appended_bytes, seconds=seconds)

    def _at_the_deadline(self, job: Job) -> Verdict:
        """Decide on the reports that are there; the first writer wins. Without Redis our own answer stands."""
        pipeline = self._pipeline
        try:
            plan, reports = pipeline.last_word.load_planned(self.id)
            verdict = self._decide(job.envelope, plan, reports, began=job.submitted_at)
            seconds = pipeline.settings.verdict_seconds(partial=verdict.partial)
            return pipeline.last_word.claim(verdict, reply_to="", seconds=seconds)
        except StoreUnavailable as error:
            log.error("no reports at the deadline", id=self.id, error=str(error))
            return self._unjudged(job.envelope, job.submitted_at)

    def _decide(
        self, envelope: Envelope, plan: Plan | None, reports: tuple[PoolReport, ...], *, began: float
    ) -> Verdict:
        pipeline = self._pipeline
        in_use = pipeline.in_use
        return decide_planned(
            in_use.settings,
            self.id,
            envelope=envelope,
            plan=plan,
            reports=reports,
            decided_by="front",
            elapsed_ms=(pipeline.clock() - began) * 1_000,
            policy_version=in_use.policy_version,
            files=in_use.files,
        )

    def _unjudged(self, envelope: Envelope, began: float) -> Verdict:
        """Nothing is known: what missing pools mean is policy, by default tempfail."""
        self._is_store_away = True
        return self._decide(envelope, None, (), began=began)

    def _remembered(self, verdict: Verdict, fingerprint: str) -> Verdict:
        """Count deferrals of the same message, so that a retry finds its reports and nothing is deferred for ever."""
        pipeline = self._pipeline
        self._complete = not verdict.partial
        actions = {entry.action for entry in verdict.recipients} or {verdict.action}
        # A store that was away just now would only hold the answer up once more.
        if Action.TEMPFAIL in actions and not self._is_store_away:
            try:
                deferred_before = pipeline.state.count_deferral(fingerprint)
                verdict = after_attempts(verdict, deferred_before, pipeline.settings.policy)
                seconds = pipeline.settings.front.retry_memory_seconds
                pipeline.last_word.keep_for_retry(self.id, fingerprint, seconds=seconds)
            except StoreUnavailable as error:
                log.warning("a retry will be scanned anew", id=self.id, error=str(error))
        pipeline.counters.verdict(verdict)
        return verdict

    # Afterwards

    def answered(self, verdict: Verdict, envelope: Envelope, action: Action) -> None:
        """Note the message for the report to the owner of its domain, unless that is about nothing but reports."""
        pipeline = self._pipeline
        reports = pipeline.settings.dmarc_reports
        mailboxes = (*reports.report_mailboxes, reports.from_address)
        if (
            pipeline.reports is not None
            and reports.collect
            and not is_to_report_mailboxes(envelope.recipients, mailboxes)
        ):
            pipeline.reports.note(verdict.auth, action, is_list=came_through_list(verdict))

    def raw(self) -> bytes:
        data = self._pipeline.store.raw(self.id)
        if data is None:
            raise StoreUnavailable(f"message {self.id} is no longer in the store")
        return data

    def changed(self) -> ChangedMessage | None:
        found = self._pipeline.store.load_changed(self.id)
        if found is None:
            return None
        raw, changes = found
        # Where a header ends, the MTA knows better than whoever reads it: nothing above that may be another.
        if any(start < self._header_bytes for start, _, _ in changes.edits):
            return None
        return ChangedMessage(header=raw[: self._header_bytes], body=changes.applied(raw)[self._header_bytes :])

    def close(self) -> None:
        self._held.clear()
        if not self._stored or self._is_store_away:
            return
        # Late work still needs what a partial verdict left unlooked at; it expires by itself.
        if self._complete or not self._judged:
            self._pipeline.forgetting.add(self.id)
