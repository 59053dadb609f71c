"""Which thresholds, overrides and limits hold for whom.

The more special place goes first: recipient address, recipient domain, sender domain, direction, the general policy.
What a place leaves out comes from the next one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from msgspec import Struct, structs

from mailcore.identity import Identity
from mailcore.policy import Override, OwnThresholds, Policy, SenderPolicy, SpecialPolicy, Thresholds
from mailcore.sender_lists import is_proven, sender_keys
from mailcore.verdict import Action

Place = SpecialPolicy | SenderPolicy


class Governing(Struct, frozen=True, kw_only=True):
    """What holds in one case. `overrides` are levels, the most special first; `places` say where that comes from."""

    thresholds: Thresholds
    overrides: tuple[tuple[Override, ...], ...]
    at_most: Action | None = None
    places: tuple[str, ...] = ()


def general(policy: Policy, identity: Identity) -> Governing:
    """What holds for the message whoever gets it."""
    if not policy.senders and not policy.directions:
        return Governing(thresholds=policy.thresholds, overrides=(policy.overrides,) if policy.overrides else ())
    return _layered(policy, _of_message(policy, identity))


def special_recipients(policy: Policy) -> Mapping[str, SpecialPolicy]:
    """By address or domain in lower case. Keys may be written in any case, and a domain with an @ before it."""
    return {name.lower().lstrip("@"): own for name, own in policy.recipients.items()}


def for_recipient(
    policy: Policy, identity: Identity, recipient: str, special: Mapping[str, SpecialPolicy]
) -> Governing | None:
    """What holds for one recipient; None where it is what holds for all."""
    address = recipient.lower().strip("<>").rstrip(".")
    places: list[tuple[str, Place]] = []
    for name in dict.fromkeys((address, address.rpartition("@")[2])):
        if name in special:
            places.append((f"recipients.{name}", special[name]))
    return _layered(policy, [*places, *_of_message(policy, identity)]) if places else None


def _of_message(policy: Policy, identity: Identity) -> list[tuple[str, Place]]:
    places: list[tuple[str, Place]] = []
    if policy.senders and len(identity.from_addresses) == 1:
        # Keys come closest first: the domain itself, then patterns for the domains above it.
        address = identity.from_addresses[0]
        domain = address.rpartition("@")[2]
        for name in sender_keys(address):
            sender = policy.senders.get(name)
            if sender is not None and is_proven(identity.auth, sender.requires, domain):
                places.append((f"senders.{name}", sender))
    direction = policy.directions.get(identity.direction)
    if direction is not None:
        places.append((f"directions.{identity.direction}", direction))
    return places


def _layered(policy: Policy, places: Iterable[tuple[str, Place]]) -> Governing:
    places = list(places)
    thresholds = policy.thresholds
    for _, place in reversed(places):
        thresholds = merged(thresholds, place.thresholds)
    limits = (place.at_most for _, place in places if place.at_most is not None)
    levels = (*(place.overrides for _, place in places), policy.overrides)
    return Governing(
        thresholds=thresholds,
        overrides=tuple(filter(None, levels)),
        at_most=next(limits, None),
        places=tuple(name for name, _ in places),
    )


def merged(thresholds: Thresholds, own: OwnThresholds | None) -> Thresholds:
    """Thresholds with those in their place that are given."""
    if own is None:
        return thresholds
    given = {name: value for name in own.__struct_fields__ if (value := getattr(own, name)) is not None}
    return structs.replace(thresholds, **given)
