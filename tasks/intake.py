"""The first task of a message: parse once, run the cheap pools here, hand the others on as a chord."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence

import structlog
from msgspec import structs

from mailcore.authentication import AuthFacts
from mailcore.clock import Deadline
from mailcore.decide import verified_sender
from mailcore.errors import StoreUnavailable
from mailcore.parse import ParsedMail
from mailcore.plan import Plan
from mailcore.settings import AUTH
from mailcore.verdict import PoolReport, PoolStatus
from mailcore.view import MailView
from mailio.message_store import Claimed, Job, Parsed
from mailio.state import DeadLetter
from tasks.aggregate import answer
from tasks.backlog import LONGEST_SECONDS, MOST_TAKEN
from tasks.correspondents import acquaintance_with
from tasks.equipment import Equipment
from tasks.in_place import run_in_place, verify_in_place
from tasks.link_history import new_domains_of
from tasks.queues import INTAKE
from tasks.reputation import reputation_of
from tasks.scanner import Planned

log = structlog.get_logger("mailchord.intake")

FanOut = Callable[[str, Sequence[str]], None]

# A message that waited this long tells that others wait too.
BACKLOG_SECONDS = 0.01

# What the same bytes do not settle: who delivered them, and what others say of their links by now.
ASKED_EACH_TIME = {AUTH, "urls"}

# A message that kills its worker twice is not given a third one.
MAX_ATTEMPTS = 2


def intake(message_id: str, equipment: Equipment, fan_out: FanOut) -> None:
    """One message, and while others wait, some of those too (see `tasks.backlog`)."""
    began = equipment.clock()
    queued_seconds = take_in(message_id, equipment, fan_out)
    backlog = equipment.backlog
    if backlog is None or queued_seconds < BACKLOG_SECONDS:
        return
    for _ in range(MOST_TAKEN):
        if equipment.clock() - began > LONGEST_SECONDS:
            backlog.done(message_id)
            return
        other = backlog.take(message_id)
        if other is None:
            return
        take_in(other, equipment, fan_out)
    backlog.done(message_id)


def take_in(message_id: str, equipment: Equipment, fan_out: FanOut) -> float:
    """Parse the message, run what is cheap, answer at once or fan out; returns the seconds that it had waited.

    A second attempt (the broker delivered the task again: its worker died) runs nothing in place, so that
    whatever killed the worker happens to a pool's worker now; after that the message is a dead letter.
    """
    store = equipment.store
    claimed = store.claim_check(message_id, INTAKE, seconds=equipment.claim_seconds)
    if (claimed is None or claimed.attempt > 1) and equipment.backlog is not None:
        equipment.backlog.give_back(message_id)
    if claimed is None:
        log.info("answered before, or expired", id=message_id)
        return 0.0
    if claimed.attempt > 1 and store.standing(message_id) is not None:
        return 0.0
    waited = equipment.clock() - claimed.job.submitted_at
    if claimed.attempt > MAX_ATTEMPTS:
        give_up(message_id, claimed.job, equipment)
        bury(message_id, INTAKE, claimed.attempt, claimed.job, equipment, raw=claimed.raw)
    elif Deadline(claimed.job.deadline_at, claimed.job.reserve).left_for_pools(equipment.clock) <= 0:
        log.warning("too late for intake", id=message_id)
    else:
        scan_here_or_fan_out(message_id, claimed, equipment, fan_out)
    return waited


def scan_here_or_fan_out(message_id: str, claimed: Claimed, equipment: Equipment, fan_out: FanOut) -> None:
    """The story of one message in a worker; who sends it comes first, so that all that follows sees that."""
    store, scanner, job = equipment.store, equipment.scanner, claimed.job
    parsed = scanner.parse(claimed.raw, message_id=message_id, truncated=job.truncated)
    planned = scanner.plan(job.envelope, parsed.message)
    view = scanner.view(job.envelope, parsed.message)
    reports, elsewhere = verified_first(claimed, parsed, planned, view, equipment)
    with store.stream(message_id, seconds=equipment.claim_seconds) as stream:
        if elsewhere:
            stream.save_plan(planned.plan, ())
        else:
            view = with_history(scanner.verified(view, reports), planned.plan, equipment)
            known = [*reports, *reports_of_earlier_delivery(job, planned, view.auth, equipment)]
            stream.save_plan(planned.plan, known)
            reports, elsewhere = run_in_place(claimed, parsed, planned, known, view, equipment, stream)
            if not elsewhere:
                answer(message_id, job, planned.plan, reports, equipment, stream, raw=claimed.raw)
                return
        stream.settle()
    store.save_model(message_id, parsed_of(view, claimed, parsed), seconds=equipment.claim_seconds)
    fan_out(message_id, elsewhere)


def verified_first(
    claimed: Claimed, parsed: ParsedMail, planned: Planned, view: MailView, equipment: Equipment
) -> tuple[list[PoolReport], list[str]]:
    """The report about the sender, or the pool that has to make it elsewhere; neither where nobody asks for it."""
    work = planned.works.get(AUTH)
    if work is None:
        return [], []
    report = verify_in_place(claimed, parsed, work, view, equipment)
    return ([report], []) if report is not None else ([], [AUTH])


def with_history(view: MailView, plan: Plan, equipment: Equipment) -> MailView:
    """The view with what is remembered of the sender, and of where links led before."""
    return structs.replace(
        view,
        acquaintance=acquaintance_with(view.envelope, plan, equipment),
        reputation=reputation_of(view, plan, equipment),
        new_link_domains=new_domains_of(plan, equipment),
    )


def parsed_of(view: MailView, claimed: Claimed, parsed: ParsedMail) -> Parsed:
    """What the pools elsewhere get of the message."""
    return Parsed(
        view.envelope,
        view.message,
        view.acquaintance,
        cr_only=parsed.raw is not claimed.raw,
        auth=view.auth,
        reputation=view.reputation,
        new_link_domains=view.new_link_domains,
    )


def reports_of_earlier_delivery(
    job: Job, planned: Planned, sender: AuthFacts, equipment: Equipment
) -> list[PoolReport]:
    """Complete reports on the same bytes under the same rules, from the same sender: scanning again would say the same.

    The fingerprint covers what was read. Of a truncated message that is not all: the one before may have ended there.
    Nor does it cover who delivered it, which is found out each time, as is what lists say of links by now.
    """
    if not job.previous or job.truncated:
        return []
    plan, reports = equipment.store.load_planned(job.previous)
    if plan is None or plan.version != planned.plan.version:
        return []
    if standing_of(verified_sender(plan.identity.auth, reports)) != standing_of(sender):
        return []
    wanted = set(planned.plan.expected) - ASKED_EACH_TIME
    return [report for report in reports if report.pool in wanted and report.status is PoolStatus.OK]


def standing_of(sender: AuthFacts) -> tuple[object, ...]:
    """What rules and detectors of other pools ask about a sender."""
    return (
        sender.is_known,
        sender.is_aligned,
        sender.from_domain,
        sender.spf,
        sender.spf_domain,
        tuple((signature.domain, signature.result) for signature in sender.dkim),
        sender.dmarc,
        sender.dmarc_policy,
        sender.arc,
    )


def give_up(message_id: str, job: Job, equipment: Equipment) -> None:
    """Answer for a message that no worker survives: every pool that has no report yet has failed."""
    plan, reports = equipment.store.load_planned(message_id)
    expected = plan.expected if plan else tuple(equipment.scanner.pools)
    done = {report.pool for report in reports}
    failed = tuple(killed_report(name) for name in expected if name not in done)
    answer(message_id, job, plan or Plan(expected=expected), (*reports, *failed), equipment)


def killed_report(pool: str) -> PoolReport:
    return PoolReport(pool=pool, status=PoolStatus.FAILED, reason="its worker died on this message twice")


def bury(message_id: str, task: str, attempt: int, job: Job, equipment: Equipment, *, raw: bytes | None = None) -> None:
    """Put the message on the list of dead letters, with what somebody needs to find out why.

    Only the log has it when the state is away: that must not break a chord.
    """
    envelope = job.envelope
    log.error("dead letter", id=message_id, task=task, attempts=attempt, queue_id=envelope.queue_id)
    letter = DeadLetter(
        id=message_id,
        task=task,
        attempts=attempt,
        at=equipment.clock(),
        sender=envelope.sender,
        recipients=envelope.recipients[:20],
        client_address=envelope.client_address,
        queue_id=envelope.queue_id,
        size=len(raw) if raw is not None else 0,
        sha256=hashlib.sha256(raw).hexdigest() if raw is not None else "",
    )
    equipment.counters.event("dead_letters")
    try:
        equipment.state.bury(letter)
    except StoreUnavailable as error:
        log.warning("not on the list of dead letters", id=message_id, error=str(error))
