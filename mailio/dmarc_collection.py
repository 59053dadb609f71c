"""Collects what aggregate reports will say, beside the mail: noted in memory, counted and written a little later."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from datetime import date

import structlog
from msgspec import Struct

from mailcore.authentication import AuthFacts
from mailcore.clock import Clock, system_clock
from mailcore.dmarc_report_settings import DmarcReports
from mailcore.dmarc_rows import Row, row_of
from mailcore.errors import StoreUnavailable
from mailcore.verdict import Action
from mailio.dmarc_store import GROUPS_AT_ONCE, ROWS_AT_ONCE, DmarcStore, DomainRows, utc_day
from mailio.flush_timer import FlushTimer

log = structlog.get_logger("mailchord.dmarc")

# Messages between two writes. Beyond, nobody could write them in time either.
MAX_WAITING = 10_000


class Answered(Struct, frozen=True):
    """A message as it was answered."""

    at: float
    auth: AuthFacts
    action: Action
    is_list: bool


class DmarcCollection:
    """Neither method raises or makes mail wait: what cannot be written is lost, and its number is said in the reports.

    Nothing is written twice, so counts are never too high. What came in the last `every` seconds is lost when the
    process is killed.
    """

    def __init__(self, store: DmarcStore, *, every: float = 2.0, clock: Clock = system_clock) -> None:
        self._store = store
        self._clock = clock
        self._waiting: list[Answered] = []
        self._lost: Counter[date] = Counter()
        self._lock = threading.Lock()
        self._timer = FlushTimer(seconds=every)

    def note(self, auth: AuthFacts, action: Action, *, is_list: bool = False) -> None:
        """Note how a message was answered; whether there is anything to report is found out later."""
        published = auth.dmarc_published
        if published is None or not published.report_to or action is Action.TEMPFAIL:
            return
        now = self._clock()
        with self._lock:
            if len(self._waiting) < MAX_WAITING:
                self._waiting.append(Answered(now, auth, action, is_list))
            else:
                self._lost[utc_day(now)] += 1
            self._timer.begin(self.flush)

    def adopt(self, settings: DmarcReports) -> None:
        """Use these settings from now on."""
        self._store.adopt(settings)

    def flush(self) -> None:
        """Write what has come together."""
        with self._lock:
            self._timer.end()
            waiting, self._waiting = self._waiting, []
        grouped = list(_grouped(waiting))
        for start in range(0, len(grouped), GROUPS_AT_ONCE):
            groups = grouped[start : start + GROUPS_AT_ONCE]
            try:
                dropped = self._store.add(groups)
            except StoreUnavailable as error:
                self._count_lost(groups, error)
            else:
                if dropped:
                    log.warning("more DMARC results than are kept", dropped=dropped)
        self._write_lost()

    def _count_lost(self, groups: list[DomainRows], error: StoreUnavailable) -> None:
        lost: Counter[date] = Counter()
        for group in groups:
            lost[group.day] += sum(group.rows.values())
        with self._lock:
            self._lost.update(lost)
        log.warning("DMARC results are lost", messages=lost.total(), error=str(error))

    def _write_lost(self) -> None:
        with self._lock:
            lost, self._lost = self._lost, Counter()
        for day, messages in lost.items():
            try:
                self._store.add_lost(day, messages)
            except StoreUnavailable:
                with self._lock:
                    self._lost[day] += messages


def _grouped(waiting: list[Answered]) -> Iterator[DomainRows]:
    """The rows by domain and day, with the record that was seen last, in pieces that the store takes at once."""
    counts: dict[tuple[date, str], Counter[Row]] = {}
    published = {}
    for answered in waiting:
        noted = row_of(answered.auth, answered.action, is_list=answered.is_list)
        if noted is not None:
            key = (utc_day(answered.at), noted.domain)
            counts.setdefault(key, Counter())[noted.row] += 1
            published[key] = noted.published
    for (day, domain), rows in counts.items():
        counted = list(rows.items())
        for start in range(0, len(counted), ROWS_AT_ONCE):
            piece = dict(counted[start : start + ROWS_AT_ONCE])
            yield DomainRows(day=day, domain=domain, published=published[day, domain], rows=piece)
