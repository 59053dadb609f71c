"""One pool as a task of its own: load what it needs, run it, save the report; and the same once more, late."""

from __future__ import annotations

import time
from collections.abc import Callable

import structlog
from msgspec import structs

from mailcore.clock import Deadline
from mailcore.parse import decoded_body
from mailcore.settings import AUTH
from mailcore.verdict import Action, PoolReport, PoolStatus
from mailio.message_store import Parsed
from tasks.detonation import is_detonating
from tasks.equipment import Equipment
from tasks.intake import MAX_ATTEMPTS, bury, killed_report
from tasks.queues import INTAKE, late_task, scan_task
from tasks.record import note_late_verdict
from workers.pool import Work

log = structlog.get_logger("mailchord.scan")

GoOnLate = Callable[[str, str], None]


def scan(message_id: str, pool: str, published_at: float, equipment: Equipment, go_on_late: GoOnLate) -> None:
    """Header task of the chord. Whatever happens here is a report; a raised error would break the chord.

    A pool that the deadline cut off looks again on the late path, where policy gives it time for that.
    """
    store = equipment.store
    found = store.job(message_id, scan_task(pool), seconds=equipment.claim_seconds)
    if found is None:
        log.warning("expired before scan", id=message_id, pool=pool)
        return
    job, attempt = found
    if attempt > MAX_ATTEMPTS:
        store.save(message_id, killed_report(pool), seconds=equipment.claim_seconds)
        bury(message_id, scan_task(pool), attempt, job, equipment, raw=store.raw(message_id))
        return
    deadline = Deadline(job.deadline_at, job.reserve)
    queued_ms = (equipment.clock() - published_at) * 1_000
    seconds = deadline.left_for_pools(equipment.clock) * share_of_time(pool)
    report = run_stored(message_id, pool, equipment, seconds=seconds, queued_ms=queued_ms)
    store.save(message_id, report, seconds=equipment.claim_seconds)
    overran = deadline.left_for_pools(equipment.clock) <= 0
    late_seconds = equipment.settings.pools[pool].late_seconds
    if late_seconds > 0 and (
        (overran and not report.status.is_complete)
        or is_for_later(report, equipment)
        or is_detonating(pool, equipment.settings)
    ):
        store.keep(message_id, seconds=late_seconds + equipment.claim_seconds)
        go_on_late(message_id, pool)
    elif overran:
        note_late_verdict(message_id, job, equipment)


def is_for_later(report: PoolReport, equipment: Equipment) -> bool:
    """A pool whose own short limit struck, and for which no answer waits: it may look again at leisure."""
    options, missing = equipment.settings.pools[report.pool], equipment.settings.policy.missing_pools
    struck = report.status is PoolStatus.TIMED_OUT or report.is_cut_short
    return struck and options.late_seconds > options.seconds and missing.get(report.pool) is Action.ACCEPT


def verify(message_id: str, published_at: float, equipment: Equipment) -> None:
    """Find out who is sending, which may mean to wait for the DNS; then intake goes on with what is known by then."""
    scan(message_id, AUTH, published_at, equipment, no_late_work)
    job = equipment.store.peek_job(message_id)
    if job is None or equipment.auth_queue is None:
        return
    equipment.store.begin_anew(message_id, INTAKE)
    equipment.auth_queue.hand_back(message_id, submitted_at=job.submitted_at)


def no_late_work(message_id: str, pool: str) -> None:
    """What comes after the answer would change nothing: the others have not even begun."""
    log.info("no late scan", id=message_id, pool=pool, reason="others wait for this pool")


def share_of_time(pool: str) -> float:
    """Of the time that is left: those that wait for what this pool finds out need some of it too."""
    return 0.5 if pool == AUTH else 1.0


def scan_late(message_id: str, pool: str, equipment: Equipment) -> None:
    """After the answer: the pool runs with its own late limit, and what it finds may change the verdict."""
    found = equipment.store.job(message_id, late_task(pool), seconds=equipment.claim_seconds)
    if found is None or found[1] > MAX_ATTEMPTS:
        log.info("no late scan", id=message_id, pool=pool, reason="expired" if found is None else "killed its worker")
        return
    seconds = equipment.settings.pools[pool].late_seconds
    report = run_stored(message_id, pool, equipment, seconds=seconds, queued_ms=0.0, own_limit=seconds)
    equipment.store.save(message_id, report, seconds=equipment.claim_seconds)
    equipment.counters.event("late_scans")
    note_late_verdict(message_id, found[0], equipment)


def run_stored(
    message_id: str,
    pool: str,
    equipment: Equipment,
    *,
    seconds: float,
    queued_ms: float,
    own_limit: float | None = None,
) -> PoolReport:
    """The pool on what intake stored of the message."""
    if seconds <= 0:
        return PoolReport(pool=pool, status=PoolStatus.TIMED_OUT, reason="it began too late", queued_ms=queued_ms)
    parsed = equipment.store.load_model(message_id)
    if parsed is None:
        return PoolReport(pool=pool, status=PoolStatus.FAILED, reason="the message had expired", queued_ms=queued_ms)
    scanner = equipment.scanner
    work = scanner.pools[pool].work(parsed.message)
    if work is None:
        return PoolReport(pool=pool, status=PoolStatus.SKIPPED, reason="nothing to look at", queued_ms=queued_ms)
    ends = time.monotonic() + seconds
    with equipment.room.taken(parsed.message.size, seconds=seconds) as has_room:
        if not has_room:
            reason = "too many large messages were looked at"
            return PoolReport(pool=pool, status=PoolStatus.TIMED_OUT, reason=reason, queued_ms=queued_ms)
        parts = stored_parts(message_id, parsed, work, equipment)
        if parts is None:
            return PoolReport(pool=pool, status=PoolStatus.FAILED, reason="its parts had expired", queued_ms=queued_ms)
        view = scanner.view(parsed.envelope, parsed.message, parsed.auth, parsed.acquaintance, parsed.reputation)
        view = structs.replace(view, new_link_domains=parsed.new_link_domains)
        left = ends - time.monotonic()
        return scanner.run(pool, view, parts, seconds=left, queued_ms=queued_ms, own_limit=own_limit)


def stored_parts(message_id: str, parsed: Parsed, work: Work, equipment: Equipment) -> dict[str, bytes] | None:
    """What `tasks.scanner.decoded_parts` gives, each part read from the raw message alone; None when that has expired.

    Decoding again costs less than keeping every attachment a second time, in intake's memory and in Redis.
    """
    parts: dict[str, bytes] = {}
    for part in map(parsed.message.part, work.parts):
        body = equipment.store.body(message_id, part)
        if body is None:
            return None
        parts[part.id] = decoded_body(part, body, cr_only=parsed.cr_only)
    if work.raw:
        raw = equipment.store.raw(message_id)
        if raw is None:
            return None
        parts["raw"] = raw
    return parts
