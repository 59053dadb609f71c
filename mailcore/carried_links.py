"""Which links of a message are remembered after it was delivered, and what somebody may say of them later."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from mailcore.inside import is_inside
from mailcore.link_addresses import Key, address_of, keys_of
from mailcore.message import OPENED, Message

# Of one message. A reader sees the first links, and one to each domain is more than many to one.
MOST_ADDRESSES = 40
MOST_KEYS = 480
LONGEST_ADDRESS = 2_048  # characters; the safe link to a longer one could not be made either
MOST_CHARACTERS = 32_768


def carried_addresses(message: Message) -> tuple[str, ...]:
    """Addresses that a reader of the message may be led to, and those in front of them, bounded.

    The first to each registered domain comes first, so that many harmless ones hide none.
    """
    firsts: dict[str, None] = {}
    others: dict[str, None] = {}
    owners: dict[str, bool] = {}  # whether they are of interest
    for href, owner in _ways(message):
        if len(href) > LONGEST_ADDRESS:
            continue
        is_new = owner not in owners
        if is_new:
            owners[owner] = not is_inside(owner)
        if owners[owner]:
            (firsts if is_new else others)[href] = None
        if len(firsts) >= MOST_ADDRESSES:
            break
    chosen: list[str] = []
    characters = 0
    for href in firsts | others:
        characters += len(href)
        if len(chosen) >= MOST_ADDRESSES or characters > MOST_CHARACTERS:
            break
        chosen.append(href)
    return tuple(chosen)


def carried_keys(addresses: Iterable[str]) -> tuple[Key, ...]:
    """Everything that a list may have of these addresses, the pages themselves with it, each once; bounded."""
    found: dict[Key, None] = {}
    for href in addresses:
        address = address_of(href)
        if address is not None:
            found |= dict.fromkeys(keys_of(address))
    return tuple(found)[:MOST_KEYS]


def _ways(message: Message) -> Iterator[tuple[str, str]]:
    """Addresses with whom they belong to: a registered domain, or a host without one."""
    opened = [link for link in message.other_links if link.use in OPENED]
    for links in (message.links, opened):
        for link in links:
            if link.host:
                yield link.href, link.domain or link.host
            for hop in link.hops:
                if hop.host:
                    yield hop.href, hop.domain or hop.host
