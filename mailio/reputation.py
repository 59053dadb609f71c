"""The history of senders as mail needs it: asked once a message, written in bundles after the answers."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from itertools import islice

import redis
import structlog

from mailcore.clock import Clock, system_clock
from mailcore.errors import StoreUnavailable
from mailcore.reputation import (
    DAY,
    SETTLED_DAYS,
    UNKNOWN,
    Evidence,
    Lesson,
    Reputation,
    ReputationSettings,
    Standing,
    Subject,
    standing_of,
)
from mailio.flush_timer import FlushTimer
from mailio.reputation_store import Known, ReputationStore

log = structlog.get_logger("mailchord.reputation")

# A store that does not answer is left alone for so long: what it would say is worth less than the time of waiting.
SILENCE_SECONDS = 30.0
MAX_WAITING = 20_000  # senders that wait for a store that is away
BUNDLE = 250  # senders written in one step


class RedisReputations:
    """Implements `mailcore.ports.Reputations`.

    Neither method raises: without its store nobody has a reputation, and what was to be learned waits, bounded. What
    came in the last `every` seconds is lost when the process is killed.
    """

    def __init__(
        self, client: redis.Redis, settings: ReputationSettings, *, every: float = 2.0, clock: Clock = system_clock
    ) -> None:
        self._store = ReputationStore(client, settings)
        self._half_life = settings.half_life_days * DAY
        self._clock = clock
        self._silent_until = 0.0
        self._waiting: dict[Subject, Evidence] = {}
        self._lock = threading.Lock()
        self._timer = FlushTimer(seconds=every)

    def standings(self, subjects: Sequence[Subject]) -> Reputation:
        """What is known of these senders; nothing where the store is away."""
        now = self._clock()
        if not subjects or now < self._silent_until:
            return UNKNOWN
        try:
            known, since = self._store.read(subjects, now)
        except StoreUnavailable as error:
            self._silent_until = now + SILENCE_SECONDS
            log.warning("senders have no reputation for now", error=str(error))
            return UNKNOWN
        return Reputation(
            is_known=since is not None and now - since >= SETTLED_DAYS * DAY,
            standings=tuple(
                (subject, judged(each, now, half_life=self._half_life))
                for subject, each in zip(subjects, known, strict=True)
            ),
        )

    def learn(self, lesson: Lesson) -> None:
        """Note what a message, or a person, teaches; written a little later."""
        with self._lock:
            # A domain may have sent a message in two roles, and has one history.
            for subject in dict.fromkeys(Subject(each.kind, each.name) for each in lesson.subjects):
                if subject in self._waiting:
                    self._waiting[subject] += lesson.evidence
                elif len(self._waiting) < MAX_WAITING:
                    self._waiting[subject] = lesson.evidence
            if self._waiting:
                self._timer.begin(self.flush)

    def flush(self) -> None:
        """Write what has come together; what cannot be written now is kept for the next time."""
        with self._lock:
            self._timer.end()
            waiting, self._waiting = self._waiting, {}
        left: dict[Subject, Evidence] = {}
        try:
            while waiting:
                bundle = dict(islice(waiting.items(), BUNDLE))
                left |= self._store.learn(bundle, self._clock())
                for subject in bundle:
                    del waiting[subject]
        except StoreUnavailable as error:
            log.warning("reputation is written later", error=str(error))
        self._keep(left | waiting)

    def _keep(self, left: dict[Subject, Evidence]) -> None:
        if not left:
            return
        with self._lock:
            for subject, evidence in left.items():
                if subject in self._waiting:
                    self._waiting[subject] += evidence
                elif len(self._waiting) < MAX_WAITING:
                    self._waiting[subject] = evidence
            self._timer.begin(self.flush)


def judged(known: Known, now: float, *, half_life: float) -> Standing:
    """What was learned, or the value of an administrator in its place, which is certain."""
    standing = standing_of(known.record, now, half_life=half_life)
    if known.set_value is None:
        return standing
    return Standing(
        score=known.set_value.score,
        confidence=1.0,
        volume=standing.volume,
        first_seen_days=standing.first_seen_days,
        is_set=True,
    )
