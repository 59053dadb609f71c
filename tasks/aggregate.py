"""The end of a message: reports become a verdict, the first writer wins, the waiting front hears of it."""

from __future__ import annotations

from collections.abc import Iterable

import structlog

from mailcore.plan import Plan
from mailcore.verdict import PoolReport, Verdict
from mailio.message_store import Job
from mailio.report_stream import ReportStream
from tasks.carried_links import remember_links
from tasks.correspondents import remember_correspondents
from tasks.equipment import Equipment
from tasks.link_changes import with_changed_links
from tasks.link_history import remember_link_domains
from tasks.reputation import learn_from_verdict

log = structlog.get_logger("mailchord.aggregate")


def aggregate(message_id: str, equipment: Equipment) -> None:
    """Body of the chord: every header task has ended and saved its report, or else it counts as missing."""
    job = equipment.store.peek_job(message_id)
    if job is None:
        log.info("answered before", id=message_id)
        return
    plan, reports = equipment.store.load_planned(message_id)
    answer(message_id, job, plan, reports, equipment)


def answer(
    message_id: str,
    job: Job,
    plan: Plan | None,
    reports: Iterable[PoolReport],
    equipment: Equipment,
    stream: ReportStream | None = None,
    raw: bytes | None = None,
) -> Verdict:
    """Decide and claim, through the stream of a task that has one. Returns the verdict that stands.

    `raw` is the message, where the task has it at hand.
    """
    reports = tuple(reports)
    verdict = equipment.scanner.decide(
        message_id,
        envelope=job.envelope,
        plan=plan,
        reports=reports,
        decided_by="aggregate",
        elapsed_ms=(equipment.clock() - job.submitted_at) * 1_000,
    )
    verdict = with_changed_links(
        verdict,
        job,
        equipment.link_changes,
        equipment.store,
        count=equipment.counters.event,
        now=equipment.clock(),
        raw=raw,
    )
    if stream is not None:
        standing = stream.claim(verdict, reply_to=job.reply_to)
    else:
        seconds = equipment.settings.verdict_seconds(partial=verdict.partial)
        standing = equipment.store.claim(verdict, reply_to=job.reply_to, seconds=seconds)
    if standing is verdict:
        for report in reports:
            equipment.counters.report(report)
        remember_correspondents(job.envelope, plan, verdict, equipment)
        remember_link_domains(plan, verdict, equipment)
        learn_from_verdict(job.envelope, plan, verdict, equipment)
    remember_links(job.envelope, plan, standing, equipment)
    return standing
