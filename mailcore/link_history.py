"""Where links led before: which domains of a message are remembered, and which were never seen here.

A domain is kept as a hash, as correspondents are (`mailcore.acquaintance`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from mailcore.acquaintance import SETTLED_SECONDS, History, is_young
from mailcore.links import registered_domain
from mailcore.message import Message
from mailcore.settings import Correspondents

MOST_DOMAINS = 20  # of one message: the first, which are those that a reader sees


def link_domains(message: Message) -> tuple[str, ...]:
    """Registered domains of the links of a message, the first of them."""
    found: dict[str, None] = {}
    for link in message.links:
        if link.domain:
            found[link.domain] = None
            if len(found) == MOST_DOMAINS:
                break
    return tuple(found)


def domain_keys(domains: Sequence[str]) -> tuple[bytes, ...]:
    """What the store knows them by."""
    return tuple(hashlib.blake2b(f"link {domain}".encode(), digest_size=8).digest() for domain in domains)


def new_domains(domains: Sequence[str], history: History, now: float, settings: Correspondents) -> tuple[str, ...]:
    """Those that no link led to before today; none where the history is too short to say so, or does not answer."""
    if len(history.first_seen) != len(domains) or is_young(history, now, settings):
        return ()
    return tuple(
        domain
        for domain, seen in zip(domains, history.first_seen, strict=True)
        if seen is None or now - seen < SETTLED_SECONDS
    )


def own_domains(addresses: Sequence[str]) -> frozenset[str]:
    """Registered domains of addresses: a stranger's own is as new as he is, which is told where he is judged."""
    return frozenset(filter(None, (registered_domain(address.rpartition("@")[2]) for address in addresses)))
