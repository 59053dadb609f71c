"""Who a message says it is from and what is known about that: what policy asks besides findings and scores."""

from __future__ import annotations

from msgspec import Struct
from msgspec.structs import replace

from mailcore.addresses import read_addresses
from mailcore.authentication import AuthFacts
from mailcore.fields.message import is_bounce, is_discussion
from mailcore.hops import Hop
from mailcore.message import Direction, Envelope, Message


class Identity(Struct, frozen=True, kw_only=True):
    """Sender, client and kind of a message.

    Addresses are in lower case; `from_addresses` are those of every From header. Client, HELO and envelope sender are
    those of the `border`: behind relays of our own the one who handed the message to the first of them, "" where they
    do not tell. Small: it travels with the plan, so that a front can decide at the deadline without the message.
    """

    from_addresses: tuple[str, ...] = ()
    envelope_sender: str = ""
    client_address: str = ""
    helo: str = ""
    direction: Direction = Direction.INBOUND
    is_list: bool = False
    is_bounce: bool = False
    auth: AuthFacts = AuthFacts()
    border: Hop = Hop()


NOBODY = Identity()
MAX_FROM = 20  # addresses of From that are kept; honest mail has one


def identify(envelope: Envelope, message: Message, auth: AuthFacts, border: Hop | None = None) -> Identity:
    """The identity of a message; without a border its client is the peer. Never raises."""
    senders = [sender.address for value in message.header_values("from") for sender in read_addresses(value)]
    peer = known_before_reading(envelope)
    border = border or peer.border
    # One of our own networks is the client itself. A relay is not, whoever of ours handed it the message.
    if border.is_own_client and not border.address and envelope.direction is not Direction.INBOUND:
        border = replace(border, address=envelope.client_address, helo=envelope.helo)
    return replace(
        peer,
        from_addresses=tuple(dict.fromkeys(senders))[:MAX_FROM],
        envelope_sender=border.sender.lower(),
        client_address=border.address,
        helo=border.helo.lower(),
        is_list=is_discussion(message, auth),
        is_bounce=is_bounce(message),
        auth=auth,
        border=border,
    )


def known_before_reading(envelope: Envelope) -> Identity:
    """What is known of a message that nobody has read."""
    return Identity(
        envelope_sender=envelope.sender.lower(),
        client_address=envelope.client_address,
        helo=envelope.helo.lower(),
        direction=envelope.direction,
        border=Hop(address=envelope.client_address, helo=envelope.helo, sender=envelope.sender),
    )
