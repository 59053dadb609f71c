"""A sender that a DNS list vouches for."""

from __future__ import annotations

from collections.abc import Iterable

from mailcore.detector import Hit, Lifecycle, detector
from mailcore.dns_lists import ListKind, Subject
from mailcore.view import MailView
from workers.auth.listed import described


@detector(category="vouched", weight=-2.0, lifecycle=Lifecycle.STABLE)
def sender_is_vouched_for(view: MailView, *, most: float = 4.0) -> Iterable[Hit]:
    """A list of good senders has the client, or the domain of From where DMARC passed. `most` is taken off at most."""
    client = view.auth.client
    # A client that was recovered from Received is one that the sender may have written there.
    is_guessed = client is None or bool(client.inferred)
    found = [
        hit
        for hit in view.auth.lists
        if hit.kind is ListKind.ALLOW and hit.weight < 0 and not (hit.subject is Subject.CLIENT and is_guessed)
    ]
    if not found:
        return
    best = min(found, key=lambda hit: hit.weight)  # lists repeat each other: one good word counts
    yield Hit(
        summary=f"The list {best.list} vouches for {best.value}.",
        detail="; ".join(map(described, found)),
        weight=max(best.weight, -abs(most)),
    )
