"""IP addresses as they stand in envelopes, header fields, links and answers of the DNS: each in its one form."""

from __future__ import annotations

import ipaddress

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

# RFC 5737 and 3849: no real client has such an address, and examples must work like real mail.
_DOCUMENTATION: tuple[Network, ...] = tuple(
    map(ipaddress.ip_network, ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32"))
)


def read_address(text: str) -> Address | None:
    """The address; of IPv6 without its zone (RFC 4007), and one that is mapped into it as IPv4. None for all else."""
    try:
        address = ipaddress.ip_address(text.partition("%")[0] if ":" in text else text)
    except ValueError:
        return None
    if isinstance(address, ipaddress.IPv6Address):
        return address.ipv4_mapped or address
    return address


def read_literal(text: str) -> Address | None:
    """The address in brackets, with the tag that IPv6 has there (RFC 5321, 4.1.3), or without brackets."""
    inner = text.removeprefix("[").removesuffix("]")
    if inner[:5].lower() == "ipv6:":
        inner = inner[5:]
    return read_address(inner)


def host_address(host: str) -> Address | None:
    """The address that a host of a link is, of IPv6 in brackets or without; None for a name."""
    # Nearly every host is a name, and asking the library costs microseconds each time. Addresses end in a digit or
    # have a colon.
    if not host[-1:].isdigit() and ":" not in host:
        return None
    return read_address(host.strip("[]"))


def network_of(address: Address, *, ipv4_prefix: int, ipv6_prefix: int) -> str:
    """The network that counts as one client, such as `2001:db8::/64`; the address where it is one by itself."""
    prefix = ipv4_prefix if address.version == 4 else ipv6_prefix  # IP versions
    if prefix == address.max_prefixlen:
        return str(address)
    bits = address.max_prefixlen - prefix
    first = int(address) >> bits << bits
    kind = ipaddress.IPv4Network if address.version == 4 else ipaddress.IPv6Network
    return str(kind((first, prefix)))


def is_global(address: Address) -> bool:
    """Whether it is an address of the internet, or one of examples. What may be fetched is asked more strictly."""
    return address.is_global or any(address in network for network in _DOCUMENTATION)
