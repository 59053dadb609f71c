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
    if equipment.reputations is None or plan is None:
        return
    evidence = evidence_of(verdict, equipment.settings.policy.thresholds)
    if evidence == NOTHING:
        return
    everybodys = equipment.scanner.lists.free_mail
    subjects = proven_subjects(plan.identity, verdict.auth, envelope.recipients, everybodys=everybodys)
    if subjects:
        equipment.reputations.learn(Lesson(subjects=subjects, evidence=evidence))
