"""Whether links led to the same domains before, asked before the pools run; and remembering it, after the answer."""

from __future__ import annotations

from mailcore.link_history import domain_keys, new_domains, own_domains
from mailcore.message import Direction
from mailcore.plan import Plan
from mailcore.verdict import Action, Verdict
from tasks.equipment import Equipment


def new_domains_of(plan: Plan, equipment: Equipment) -> tuple[str, ...]:
    """Domains of links of mail to us that were never seen here, without the sender's own. Never raises."""
    if equipment.link_domains is None or plan.identity.direction is not Direction.INBOUND:
        return ()
    own = own_domains(plan.identity.from_addresses)
    domains = [domain for domain in plan.link_domains if domain not in own]
    if not domains:
        return ()
    history = equipment.link_domains.history(domain_keys(domains))
    return new_domains(domains, history, equipment.clock(), equipment.settings.correspondents)


def remember_link_domains(plan: Plan | None, verdict: Verdict, equipment: Equipment) -> None:
    """Remember where links of mail led that nobody was warned of. Only notes it: writing is done in bundles later."""
    if equipment.link_domains is None or plan is None or not plan.link_domains:
        return
    if {verdict.action, *(recipient.action for recipient in verdict.recipients)} == {Action.ACCEPT}:
        at_once = plan.identity.direction is not Direction.INBOUND
        equipment.link_domains.remember(domain_keys(plan.link_domains), at_once=at_once)
