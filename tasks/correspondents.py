"""Whether the recipients know the sender, asked before the pools run; and remembering it, after the answer."""

from __future__ import annotations

from mailcore.acquaintance import acquaintance, inbound_pairs, outbound_pairs
from mailcore.message import Envelope
from mailcore.organisation import Acquaintance
from mailcore.plan import Plan
from mailcore.verdict import Action, Verdict
from tasks.equipment import Equipment


def acquaintance_with(envelope: Envelope, plan: Plan, equipment: Equipment) -> Acquaintance:
    """What the history says about the sender; unknown for outbound mail, lists and bounces. Never raises."""
    if equipment.correspondents is None:
        return Acquaintance.UNKNOWN
    pairs = inbound_pairs(plan.identity, envelope.recipients, equipment.scanner.lists.free_mail)
    if not pairs:
        return Acquaintance.UNKNOWN
    history = equipment.correspondents.history(pairs)
    return acquaintance(history, equipment.clock(), equipment.settings.correspondents)


def remember_correspondents(envelope: Envelope, plan: Plan | None, verdict: Verdict, equipment: Equipment) -> None:
    """Remember who wrote to whom, of mail that nobody was warned of. Only notes it: writing is done in bundles later.

    A sender who is known not to be who he says is not remembered: a forgery would make its next one familiar.
    """
    if equipment.correspondents is None or plan is None:
        return
    if {verdict.action, *(recipient.action for recipient in verdict.recipients)} != {Action.ACCEPT}:
        return
    auth, everybodys = verdict.auth, equipment.scanner.lists.free_mail
    written = outbound_pairs(plan.identity, envelope.recipients, everybodys)
    if written:
        equipment.correspondents.remember(written, at_once=True)
    elif not auth.is_known or auth.is_aligned:
        received = inbound_pairs(plan.identity, envelope.recipients, everybodys)
        if received:
            equipment.correspondents.remember(received, at_once=False)
