"""What is reached only from inside of a network: private addresses, and names that the public DNS does not have."""

from __future__ import annotations

from mailcore.entries import is_listed
from mailcore.ip_addresses import host_address, is_global

# RFC 6761, 6762, 8375, what ICANN gives to nobody (`internal`, `corp`, `home`), and what networks are usually called.
INSIDE_NAMES = frozenset(
    (
        *("localhost", "local", "home.arpa", "internal", "corp", "home"),
        *("intranet", "lan", "localdomain", "private"),
    )
)


def is_inside(host: str) -> bool:
    """Whether a host of a link is reached only from inside: a private or loopback address, or a name of an own network.

    `host` is in lower case; addresses of IPv6 may be in brackets.
    """
    address = host_address(host)
    if address is not None:
        return not is_global(address)
    return "." not in host or is_listed(host, INSIDE_NAMES)
