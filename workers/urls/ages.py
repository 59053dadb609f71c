"""Adds to the facts how old domains are: those of links and of the sender that nobody here knows."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from itertools import islice

from msgspec import structs

from mailcore.clock import Clock, system_clock
from mailcore.domain_age_settings import DomainAge
from mailcore.entries import is_listed
from mailcore.imitation import is_hosted
from mailcore.message import Direction
from mailcore.organisation import Acquaintance
from mailcore.ports import DomainAges
from mailcore.view import MailView
from workers.pool import Gather, Gathered, Pool
from workers.urls.hosts import sender_domains, targets

DAY = 86_400.0
# Services under whose names anybody can have a page or a mailbox: their age says nothing of whose it is.
_POPULAR = (
    *("free_mail", "file_sharing", "shorteners", "click_trackers", "form_hosts", "site_builders", "storage_buckets"),
    *("dynamic_dns", "tunnels", "ipfs_gateways", "alias_relays", "disposable_mail"),
)


def with_ages(pool: Pool, ages: DomainAges, settings: DomainAge, *, clock: Clock = system_clock) -> Pool:
    """The same pool of links, which asks how old unknown domains are."""
    return structs.replace(pool, gather=asking_ages(pool.gather, ages, settings, clock=clock))


def asking_ages(gather: Gather, ages: DomainAges, settings: DomainAge, *, clock: Clock) -> Gather:
    """The same gathering, with ages of domains in the facts."""

    def gather_with_ages(view: MailView, parts: Mapping[str, bytes], *, seconds: float) -> Gathered:
        ends = time.monotonic() + seconds
        gathered = gather(view, parts, seconds=seconds)
        domains = tuple(islice(domains_to_ask(view, settings), settings.domains))
        if not domains:
            return gathered
        registered = ages.registered(domains, seconds=ends - time.monotonic())
        days = {domain: max(0.0, clock() - at) / DAY for domain, at in registered.items()}
        return structs.replace(gathered, view=structs.replace(gathered.view, domain_days=days))

    return gather_with_ages


def domains_to_ask(view: MailView, settings: DomainAge) -> Iterator[str]:
    """Domains whose age may say something, each once: the sender's, then those of links."""
    if view.envelope.direction is not Direction.INBOUND:
        return
    found = view.acquaintance
    is_stranger = found is Acquaintance.FIRST_CONTACT if settings.unseen_only else found is not Acquaintance.KNOWN
    ours = frozenset((*view.organisation.domains, *view.organisation.partners, *settings.never))
    senders = sender_domains(view.message)
    asked: set[str] = set()
    if is_stranger:
        for domain in sorted(senders):
            if domain and _is_strange(domain, domain, view, ours):
                asked.add(domain)
                yield domain
    for link in targets(view.message):
        if not link.domain or link.domain in asked or link.domain in senders:
            continue
        if settings.unseen_only and link.domain not in view.new_link_domains:
            continue
        if _is_strange(link.host, link.domain, view, ours):
            asked.add(link.domain)
            yield link.domain


def _is_strange(host: str, domain: str, view: MailView, ours: frozenset[str]) -> bool:
    # Names below a hosting service are of no registry: its own age says nothing.
    if is_hosted(domain) or is_listed(host, ours) or view.brands.owners(host):
        return False
    return not any(is_listed(host, view.lists.named(name)) for name in _POPULAR)
