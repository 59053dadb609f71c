"""The pools that intake runs itself, one after the other, on the message that it has just parsed."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import structs

from mailcore.clock import Deadline
from mailcore.parse import ParsedMail
from mailcore.settings import AUTH, InPlace
from mailcore.verdict import PoolReport, PoolStatus
from mailcore.view import MailView
from mailio.message_store import Claimed
from mailio.report_stream import ReportStream
from tasks.equipment import Equipment
from tasks.scanner import Planned, Scanner, decoded_parts
from tasks.time_limit import killed_after
from workers.pool import Work

# What is called light work must be done by then, or it goes to the pool's own worker. A second later the process is
# ended: what hangs in C is then delivered again, and runs nothing in place.
LIGHT_SECONDS = 2.0
# For a sender whom nobody can wait for: half a second is kept for what is computed, the rest is to look into the cache.
HURRIED_SECONDS = 0.55


def verify_in_place(
    claimed: Claimed, parsed: ParsedMail, work: Work, view: MailView, equipment: Equipment
) -> PoolReport | None:
    """The report of the pool that finds out who is sending; None where the message has to wait for the DNS elsewhere.

    Where too many wait there already, it goes on with what is remembered of the DNS, and policy says what follows
    (`policy.missing_pools`). So who keeps all workers waiting for his own silent servers does not get a forgery through
    in the name of a domain that others write from.
    """
    if claimed.verified is not None:
        return claimed.verified
    scanner, clock = equipment.scanner, equipment.clock
    left = Deadline(claimed.job.deadline_at, claimed.job.reserve).left_for_pools(clock)
    queued_ms = (clock() - claimed.job.submitted_at) * 1_000
    report = None
    runs_here = claimed.attempt == 1 and scanner.runs_in_place(AUTH, work)
    if runs_here:
        report = run_one(scanner, AUTH, view, decoded_parts(parsed, work), seconds=left, queued_ms=queued_ms)
    if report is None and equipment.auth_queue is not None and equipment.auth_queue.is_overdue:
        hurried = PoolReport(pool=AUTH, status=PoolStatus.TIMED_OUT, queued_ms=queued_ms)
        if runs_here:
            with killed_after(LIGHT_SECONDS + 1.0):
                seconds = min(left, HURRIED_SECONDS)
                hurried = scanner.run(AUTH, view, decoded_parts(parsed, work), seconds=seconds, queued_ms=queued_ms)
        return structs.replace(hurried, status=PoolStatus.TIMED_OUT, reason="too many messages wait for its workers")
    return report


def run_in_place(
    claimed: Claimed,
    parsed: ParsedMail,
    planned: Planned,
    known: Sequence[PoolReport],
    view: MailView,
    equipment: Equipment,
    stream: ReportStream,
) -> tuple[list[PoolReport], list[str]]:
    """Runs the cheap pools, saving each report as it ends; returns the reports and the pools left to others."""
    scanner, clock = equipment.scanner, equipment.clock
    deadline = Deadline(claimed.job.deadline_at, claimed.job.reserve)
    queued_ms = (clock() - claimed.job.submitted_at) * 1_000
    reports = list(known)
    elsewhere: list[str] = []
    done = {report.pool for report in known}
    for name, work in planned.works.items():
        if name in done:
            continue
        if claimed.attempt > 1 or not scanner.runs_in_place(name, work):
            elsewhere.append(name)
            continue
        parts = decoded_parts(parsed, work)
        if scanner.settings.pools[name].in_place is InPlace.LIGHT:
            stream.flush()
        report = run_one(scanner, name, view, parts, seconds=deadline.left_for_pools(clock), queued_ms=queued_ms)
        if report is None:
            elsewhere.append(name)
            continue
        stream.save(report)
        reports.append(report)
    return reports, elsewhere


def run_one(
    scanner: Scanner, name: str, view: MailView, parts: dict[str, bytes], *, seconds: float, queued_ms: float
) -> PoolReport | None:
    """The report; None for work that only looked light: the pool's own worker has all the time that is left.

    Light work does not wait for others either.
    """
    if scanner.settings.pools[name].in_place is not InPlace.LIGHT:
        return scanner.run(name, view, parts, seconds=seconds, queued_ms=queued_ms)
    with killed_after(LIGHT_SECONDS + 1.0):
        report = scanner.run(
            name, view, parts, seconds=min(seconds, LIGHT_SECONDS), queued_ms=queued_ms, may_wait=False
        )
    return None if report.status is PoolStatus.TIMED_OUT else report
