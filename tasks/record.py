"""What is written down after the answer: never in its way."""

from __future__ import annotations

import structlog

from mailcore.clicks import Mark
from mailcore.verdict import Action, Verdict
from mailio.message_store import Job
from tasks.equipment import Equipment
from tasks.reputation import learn_from_late_verdict

log = structlog.get_logger("mailchord.record")


def note_late_verdict(message_id: str, job: Job, equipment: Equipment) -> None:
    """If the reports that are there now lead to another action than the one answered, say so: an event.

    Acting on it (pulling a delivered mail back) is for whoever follows the events.
    """
    standing = equipment.store.standing(message_id)
    if standing is None:
        return
    plan, reports = equipment.store.load_planned(message_id)
    verdict = equipment.scanner.decide(
        message_id,
        envelope=job.envelope,
        plan=plan,
        reports=reports,
        decided_by="late",
        elapsed_ms=(equipment.clock() - job.submitted_at) * 1_000,
    )
    learn_from_late_verdict(job.envelope, plan, verdict, standing, equipment)
    if verdict.action == standing.action:
        return
    mark_message(verdict, standing, equipment)
    equipment.state.raise_event(
        "late verdict",
        id=message_id,
        queue_id=job.envelope.queue_id,
        answered=str(standing.action),
        now=str(verdict.action),
        score=verdict.score,
        reason=verdict.reasons[0] if verdict.reasons else "",
    )
    equipment.counters.event("late_verdicts")
    log.warning("late verdict", id=message_id, answered=str(standing.action), now=str(verdict.action))


def mark_message(verdict: Verdict, standing: Verdict, equipment: Equipment) -> None:
    """Its safe links lead nowhere any more, where it would be held now and was answered milder."""
    if equipment.link_marks is None or verdict.action.severity < Action.QUARANTINE.severity:
        return
    if verdict.action.severity > standing.action.severity:
        reason = verdict.reasons[0] if verdict.reasons else "The message turned out to be bad."
        equipment.link_marks.mark_message(verdict.id, Mark(is_bad=True, reason=reason, at=equipment.clock()))
