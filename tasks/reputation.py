"""How the senders of a message behaved so far, asked before the pools run; and what it teaches, after the answer."""

from __future__ import annotations

from mailcore.message import Envelope
from mailcore.plan import Plan
from mailcore.reputation import UNKNOWN, Evidence, Lesson, Reputation
from mailcore.senders import evidence_of, proven_subjects, subjects_of
from mailcore.verdict import Verdict
from mailcore.view import MailView
from tasks.equipment import Equipment

NOTHING = Evidence()


def reputation_of(view: MailView, plan: Plan, equipment: Equipment) -> Reputation:
    """What is known of everybody whom the message names; nothing for mail of our own. Never raises.

    Of signers only those whose signature holds: the others may be anybody's.
    """
    if equipment.reputations is None:
        return UNKNOWN
    signers, everybodys = view.auth.dkim_domains, equipment.scanner.lists.free_mail
    subjects = subjects_of(plan.identity, view.envelope.recipients, signers=signers, everybodys=everybodys)
    return equipment.reputations.standings(subjects) if subjects else UNKNOWN


def learn_from_verdict(envelope: Envelope, plan: Plan | None, verdict: Verdict, equipment: Equipment) -> None:
    """Learn about those whose part in the message is proven. Only notes it: writing is done in bundles later."""
    if plan is not None:
        _learn(envelope, plan, verdict, evidence_of(verdict, equipment.settings.policy.thresholds), equipment)


def learn_from_late_verdict(
    envelope: Envelope, plan: Plan | None, verdict: Verdict, standing: Verdict, equipment: Equipment
) -> None:
    """What work after the answer found against the senders, besides what the verdict that stands had taught."""
    if plan is None:
        return
    thresholds = equipment.settings.policy.thresholds
    # A front that decides at the deadline has seen a part, and teaches nothing.
    before = NOTHING if standing.decided_by == "front" else evidence_of(standing, thresholds)
    after = evidence_of(verdict, thresholds)
    if after.bad > before.bad:
        more = Evidence(bad=after.bad - before.bad, messages=after.messages - before.messages)
        _learn(envelope, plan, verdict, more, equipment)


def _learn(envelope: Envelope, plan: Plan, verdict: Verdict, evidence: Evidence, equipment: Equipment) -> None:
    if equipment.reputations is None or evidence == NOTHING:
        return
    everybodys = equipment.scanner.lists.free_mail
    subjects = proven_subjects(plan.identity, verdict.auth, envelope.recipients, everybodys=everybodys)
    if subjects:
        equipment.reputations.learn(Lesson(subjects=subjects, evidence=evidence))
