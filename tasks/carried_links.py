"""Remembers which links a delivered message carried, after the answer."""

from __future__ import annotations

from mailcore.message import Envelope
from mailcore.plan import Plan
from mailcore.verdict import Verdict
from tasks.equipment import Equipment
from tasks.link_changes import is_delivered


def remember_links(envelope: Envelope, plan: Plan | None, verdict: Verdict, equipment: Equipment) -> None:
    """Of mail that anybody gets. Only notes it: writing is done in bundles later."""
    if equipment.carried_links is None or plan is None or not plan.links:
        return
    if is_delivered(verdict, equipment.settings.mode):
        equipment.carried_links.remember(verdict.id, envelope.queue_id, plan.links)
