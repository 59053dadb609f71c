"""Which IP addresses lie in the internet: everything that somebody else names is only ever fetched from these.

`mailcore.inside` asks less, and of names too: what a mail may link to without suspicion. There examples are of the
internet, and an inner address that is taken for an outer one costs a finding; here it would let a stranger in.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator

from mailcore.ip_addresses import Address

# What the standard library takes for global: IETF protocol assignments (RFC 6890; a cloud's metadata are there), the
# relays of 6to4 (RFC 7526), the address at which every machine of Azure finds its host, and examples (RFC 9637).
_CLOSED = tuple(map(ipaddress.ip_network, ("192.0.0.0/24", "192.88.99.0/24", "168.63.129.16/32", "3fff::/20")))
# All of IPv6 that IANA has given to anybody. Elsewhere are forms of IPv4 addresses (RFC 4291, 2.5.5.1; RFC 2765, 2.1),
# an organisation's own NAT64 (RFC 8215), what was site-local (RFC 3879), and networks that people made up.
_GIVEN = ipaddress.IPv6Network("2000::/3")
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")  # RFC 6052: an IPv4 address stands in the last four bytes


def is_public(address: str) -> bool:
    """Whether the internet leads there: no private, loopback, link-local, multicast or reserved network.

    An IPv6 address that carries an IPv4 address must be public in both. Raises ValueError for what is no address.
    """
    return all(map(_is_public, _with_carried(ipaddress.ip_address(address.partition("%")[0]))))


def _is_public(address: Address) -> bool:
    if not address.is_global or address.is_multicast:
        return False
    if isinstance(address, ipaddress.IPv6Address) and address not in _GIVEN and address not in _NAT64:
        return False
    return not any(address in network for network in _CLOSED if network.version == address.version)


def _with_carried(address: Address) -> Iterator[Address]:
    if isinstance(address, ipaddress.IPv4Address):
        yield address
        return
    if address.ipv4_mapped is not None:  # the same address, written otherwise
        yield address.ipv4_mapped
        return
    yield address
    if address.sixtofour is not None:
        yield address.sixtofour
    if address.teredo is not None:
        yield from address.teredo
    if address in _NAT64:
        yield ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF)
