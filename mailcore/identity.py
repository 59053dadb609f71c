"""Who a message says it is from and what is known about that: what policy asks besides findings and scores."""

from __future__ import annotations

from msgspec import Struct
from msgspec.structs import replace

from mailcore.addresses import read_addresses
from mailcore.authentication import AuthFacts
from mailcore.message import Direction, Envelope, Message
from mailcore.rule_fields import is_bounce, is_discussion


class Identity(Struct, frozen=True, kw_only=True):
    """Sender, client and kind of a message.

    Addresses are in lower case; `from_addresses` are those of every From header. Small: it travels with the plan, so
    that a front can decide at the deadline without the message.
    """

    from_addresses: tuple[str, ...] = ()
    envelope_sender: str = ""
    client_address: str = ""
    helo: str = ""
    direction: Direction = Direction.INBOUND
    is_list: bool = False
    is_bounce: bool = False
    auth: AuthFacts = AuthFacts()


NOBODY = Identity()
MAX_FROM = 20  # addresses of From that are kept; honest mail has one


def identify(envelope: Envelope, message: Message, auth: AuthFacts) -> Identity:
    """The identity of a message. Never raises."""
    senders = [sender.address for value in message.header_values("from") for sender in read_addresses(value)]
    return replace(
        known_before_reading(envelope),
        from_addresses=tuple(dict.fromkeys(senders))[:MAX_FROM],
        is_list=is_discussion(message),
        is_bounce=is_bounce(message),
        auth=auth,
    )


def known_before_reading(envelope: Envelope) -> Identity:
    """What is known of a message that nobody has read."""
    return Identity(
        envelope_sender=envelope.sender.lower(),
        client_address=envelope.client_address,
        helo=envelope.helo.lower(),
        direction=envelope.direction,
    )
