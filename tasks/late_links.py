"""Links that turn bad after the answer: the messages that carried them are marked, and an event tells of each."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Mapping, Sequence

import structlog
from msgspec import Struct

from mailcore.clicks import Mark
from mailcore.clock import Clock, system_clock
from mailcore.errors import StoreUnavailable
from mailcore.link_addresses import Address, Key, page_key
from mailcore.settings import Settings
from mailio.carried_links import Carrier, RedisCarriedLinks
from mailio.link_marks import UNSEEN_SECONDS, LinkMarks
from mailio.redis_client import connect
from mailio.state import RedisState
from mailio.urls_of_redis import RedisUrls

log = structlog.get_logger("mailchord.late_links")

EVENT = "late verdict by link"
SUMMARY_EVENT = "late verdicts by link"  # where there are more than are told one by one
MOST_EVENTS = 100  # of one occasion: the stream of events has others, and who reads it has seen enough
MOST_WAITING = 1_000  # blocked links that wait to be told


class Cause(Struct, frozen=True, kw_only=True):
    """Why a link is bad, in a sentence for the reader of the mail, and the host that it leads to."""

    reason: str
    host: str


class LateLinks:
    """Marks messages by what they carried. Every method raises StoreUnavailable when Redis cannot be reached."""

    def __init__(
        self,
        carried: RedisCarriedLinks | None,
        marks: LinkMarks,
        state: RedisState,
        *,
        clock: Clock = system_clock,
    ) -> None:
        self.marks = marks
        self.carried = carried
        self._state = state
        self._clock = clock

    def turned_bad(
        self, causes: Mapping[Key, Cause], *, seconds: int | None = None, besides: Mapping[Carrier, Key] = {}
    ) -> int:
        """Mark the messages that carried one of these, and raise one event for each that had no mark yet.

        `seconds` is how long the marks last, other than usual; `besides` are messages of which it is known otherwise.
        Returns how many were marked; of many only the first are told one by one.
        """
        found = {**besides, **(self.carried.carriers(list(causes)) if self.carried is not None else {})}
        by_id = {carrier.id: (carrier, causes[key], key) for carrier, key in found.items()}
        now = self._clock()
        marked = self.marks.mark_messages(
            {
                message_id: Mark(is_bad=True, reason=cause.reason, at=now, about=key)
                for message_id, (_, cause, key) in by_id.items()
            },
            seconds=seconds,
        )
        for message_id in marked[:MOST_EVENTS]:
            carrier, cause, _ = by_id[message_id]
            self._state.raise_event(
                EVENT, id=message_id, queue_id=carrier.queue_id, host=cause.host, reason=cause.reason
            )
        if len(marked) > MOST_EVENTS:
            self._state.raise_event(SUMMARY_EVENT, messages=len(marked), told=MOST_EVENTS)
        if marked:
            self._state.add_counts({"late_verdicts_by_link": len(marked)})
            log.warning(EVENT, messages=len(marked), hosts=sorted({cause.host for cause in causes.values()})[:10])
        return len(marked)


class BlockedClicks:
    """Tells of links that were blocked at a click: after the answer, in a thread that lives while there are some.

    What cannot be written is told again at the next click on it.
    """

    def __init__(self, late: LateLinks, *, clock: Clock = system_clock) -> None:
        self._late = late
        self._clock = clock
        self._waiting: deque[tuple[Address, Cause, str]] = deque()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def tell(self, address: Address, cause: Cause, message_id: str) -> None:
        """Note that a link of that message was blocked. Never waits, never raises."""
        with self._lock:
            if len(self._waiting) >= MOST_WAITING or (address, cause, message_id) in self._waiting:
                return
            self._waiting.append((address, cause, message_id))
            if not self.is_telling:
                self._thread = threading.Thread(target=self._run, name="blocked clicks", daemon=True)
                self._thread.start()

    @property
    def is_telling(self) -> bool:
        """Whether something is still to be told."""
        return self._thread is not None and self._thread.is_alive()

    def _run(self) -> None:
        while waiting := self._taken():
            try:
                self._mark(waiting)
            except StoreUnavailable as error:
                log.warning("blocked links are not marked", links=len(waiting), error=str(error))

    def _taken(self) -> list[tuple[Address, Cause, str]]:
        with self._lock:
            waiting = list(self._waiting)
            self._waiting.clear()
            if not waiting:
                self._thread = None
            return waiting

    def _mark(self, waiting: Sequence[tuple[Address, Cause, str]]) -> None:
        for address, cause, _ in waiting:
            # The query may name a recipient: it is not written down.
            about = page_key(address._replace(query=""))
            mark = Mark(is_bad=True, reason=cause.reason, at=self._clock(), about=about)
            self._late.marks.mark_link(address, mark, seconds=UNSEEN_SECONDS)
        self._late.turned_bad(
            {page_key(address): cause for address, cause, _ in waiting},
            seconds=UNSEEN_SECONDS,
            besides={Carrier(id=name, queue_id="", at=0.0): page_key(address) for address, _, name in waiting if name},
        )


def build_late_links(settings: Settings, marks: LinkMarks | None = None) -> LateLinks:
    """On the Redis of the settings, connected when it is first asked. Raises ConfigurationError without a broker."""
    client = connect(RedisUrls.of(settings.redis).state, timeout=settings.redis.timeout_seconds)
    return LateLinks(build_carried_links(settings), marks or LinkMarks(client), RedisState(client))


def build_carried_links(settings: Settings) -> RedisCarriedLinks | None:
    """None where they are not remembered."""
    if not settings.carried_links.enabled:
        return None
    client = connect(RedisUrls.of(settings.redis).state, timeout=settings.redis.timeout_seconds)
    return RedisCarriedLinks(client, settings.carried_links)
