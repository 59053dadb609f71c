"""Who has written to whom: which pairs a message is remembered by, and what a history of pairs says about a sender.

A pair is one of our domains and a stranger's address, or the stranger's domain unless everybody can have an address
there. It is kept as a hash: nobody reads a list of correspondents out of the store.
"""

from __future__ import annotations

import hashlib
from collections.abc import Container, Iterable

from msgspec import Struct

from mailcore.addresses import domain_of, read_addresses
from mailcore.identity import Identity
from mailcore.links import registered_domain
from mailcore.message import Direction
from mailcore.organisation import Acquaintance
from mailcore.settings import Correspondents

# A sender is known from the day after: whoever writes to ten of us within an hour is a stranger to all ten.
SETTLED_SECONDS = 86_400.0
DAY = 86_400.0
MAX_DOMAINS = 5  # of our own in one envelope
MAX_WRITTEN_TO = 50  # recipients of one message of ours that become known; circulars are no correspondence


class History(Struct, frozen=True, kw_only=True):
    """What the store knows: when each pair was seen first (None: never), since when it remembers, how many messages.

    Times are in seconds since the epoch.
    """

    first_seen: tuple[float | None, ...] = ()
    since: float = 0.0
    messages: int = 0


def inbound_pairs(identity: Identity, recipients: Iterable[str], everybodys: Container[str]) -> tuple[bytes, ...]:
    """Pairs of a message to us: the sender's address and domain with each domain of the recipients.

    None for mail to or from nobody in particular: lists and bounces. `everybodys` are domains of free mail.
    """
    if identity.direction is not Direction.INBOUND or identity.is_list or identity.is_bounce:
        return ()
    if not identity.envelope_sender or not identity.from_addresses:
        return ()
    ours = dict.fromkeys(domain for recipient in recipients if (domain := _domain(recipient)))
    return tuple(
        pair for domain in list(ours)[:MAX_DOMAINS] for pair in _pairs(domain, identity.from_addresses[0], everybodys)
    )


def outbound_pairs(identity: Identity, recipients: tuple[str, ...], everybodys: Container[str]) -> tuple[bytes, ...]:
    """Pairs of a message of ours: who we wrote to is no stranger when the answer comes."""
    if identity.direction is not Direction.OUTBOUND or identity.is_list or not identity.from_addresses:
        return ()
    ours = _domain(identity.from_addresses[0])
    if not ours or len(recipients) > MAX_WRITTEN_TO:
        return ()
    return tuple(
        pair
        for recipient in recipients
        if (found := read_addresses(recipient.lower())) and found[0].host != ours
        for pair in _pairs(ours, found[0].address, everybodys)
    )


def sender_pairs(sender: str, recipient: str) -> tuple[bytes, ...]:
    """The pairs of an envelope, before there is a header: the sender's address and domain with the recipient's domain.

    A domain where everybody can have an address is asked for too: it is never remembered, so it is not found.
    """
    ours = _domain(recipient)
    return _pairs(ours, sender.lower().strip("<>"), ()) if ours else ()


def acquaintance(history: History, now: float, settings: Correspondents) -> Acquaintance:
    """Known since yesterday or longer; else a first contact, where the history is long enough to say that."""
    if any(seen is not None and now - seen >= SETTLED_SECONDS for seen in history.first_seen):
        return Acquaintance.KNOWN
    unsure = is_young(history, now, settings) or not history.first_seen
    return Acquaintance.UNKNOWN if unsure else Acquaintance.FIRST_CONTACT


def is_young(history: History, now: float, settings: Correspondents) -> bool:
    """Whether too little is remembered to say that something was never there."""
    return now - history.since < settings.history_days * DAY or history.messages < settings.history_messages


def _pairs(ours: str, address: str, everybodys: Container[str]) -> tuple[bytes, ...]:
    domain = registered_domain(_domain(address))
    if not domain:
        return ()
    if domain in everybodys:
        return (_hash(ours, address),)
    return _hash(ours, address), _hash(ours, "@" + domain)


def _domain(address: str) -> str:
    return domain_of(address.strip("<>"))


def _hash(ours: str, theirs: str) -> bytes:
    return hashlib.blake2b(f"{ours} {theirs}".encode("utf-8", "replace"), digest_size=8).digest()
