"""IP addresses as they stand in envelopes, header fields, links and answers of the DNS: each in its one form."""

from __future__ import annotations

import ipaddress

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


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
