"""A client that introduces itself as nobody can be called."""

from __future__ import annotations

from collections.abc import Iterable

from mailcore.authentication import AuthResult
from mailcore.detector import Hit, Lifecycle, detector
from mailcore.view import MailView

OWN_WEIGHT = 3.0


@detector(category="client", weight=0.8, lifecycle=Lifecycle.STABLE)
def helo_is_wrong(view: MailView) -> Iterable[Hit]:
    """The name in HELO is ours, an address without brackets, another's address, or no full name (RFC 5321, 4.1.3)."""
    client = view.auth.client
    if client is None or client.helo_facts is None:
        return
    helo = client.helo_facts
    # Our own name by a client that the name leads to: a server of ours that is not in our networks.
    if helo.is_own and helo.result is not AuthResult.PASS:
        # What is recovered from Received may be the name that one of our servers gave.
        weight = None if client.inferred else OWN_WEIGHT
        yield Hit(summary="The sending server says it is one of ours.", detail=f"HELO {helo.name}", weight=weight)
    elif helo.is_bare_address or (helo.is_literal and not helo.is_client_address):
        yield Hit(summary="The sending server gives an address as its name.", detail=f"HELO {helo.name}")
    # A literal of its own address is allowed, and devices without a name have no other.
    elif not helo.is_qualified and not helo.is_literal:
        yield Hit(summary="The sending server does not give its full name.", detail=f"HELO {helo.name}")
