"""Addresses as lists of links know them: written in one way only, and cut into what a list may have of them.

Follows Safe Browsing ("URLs and Hashing", v4): of one address at most five hosts, six paths. Other than there a port
that is not the scheme's own counts: what listens there is another service.
"""

from __future__ import annotations

import enum
import ipaddress
from typing import NamedTuple
from urllib.parse import quote_from_bytes, unquote_to_bytes

from mailcore.ip_addresses import host_address
from mailcore.links import read_url, registered_domain

MOST_HOSTS = 5
MOST_DIRECTORIES = 4  # the root is one
_COMPONENTS = 5  # of a host, from the right, that those above it are made of
_ROUNDS = 20  # percent-encodings inside each other that are undone
# Safe Browsing escapes characters up to 0x20, from 0x7F on, "#" and "%"; quoting spares letters and digits by itself.
_PLAIN = "".join(chr(code) for code in range(0x21, 0x7F) if chr(code) not in "#%")
# Networks that lists have: the widest of IPv4 and IPv6, and the narrowest of IPv6 besides single addresses.
WIDEST = {4: 8, 6: 19}
_NARROWEST_V6 = 64


class Covers(enum.StrEnum):
    """What an entry of a list stands for: a page (a folder, where it ends in a slash), a host, a domain with all that
    is below it, or a network of addresses."""

    PAGE = "page"
    HOST = "host"
    DOMAIN = "domain"
    NETWORK = "network"


# What may stand in a list, in words: `page shop.example/login`, `host www.shop.example`, `network 192.0.2.0/24`.
Key = str


class Address(NamedTuple):
    """Where an address leads. `port` begins with a colon ("" is the scheme's own), `query` with a question mark."""

    host: str
    port: str = ""
    path: str = "/"
    query: str = ""


def address_of(href: str) -> Address | None:
    """The address in its canonical form; None for what leads to no host. Scheme, user and fragment are left out."""
    read = read_url(href)
    if read is None:
        return None
    url, host = read
    path = _path(url.pathname)
    query = url.search if len(url.search) > 1 else ""
    return Address(host, f":{url.port}" if url.port else "", path, _escaped(_unescaped(query)) if query else "")


def key(covers: Covers, text: str) -> Key:
    return f"{covers.value} {text}"


def read_key(found: Key) -> tuple[Covers, str]:
    """What a key stands for, and its text."""
    covers, _, text = found.partition(" ")
    return Covers(covers), text


def page_key(address: Address) -> Key:
    """The key of exactly that page."""
    return f"page {address.host}{address.port}{address.path}{address.query}"


def network_key(text: str) -> Key:
    """The key of an address or a network in any notation (`192.0.2.1`, `2001:db8::/32`).

    Raises ValueError for what is none, and for networks wider than any that is looked for.
    """
    network = ipaddress.ip_network(text.strip("[]"), strict=False)
    if network.prefixlen < WIDEST[network.version]:
        raise ValueError(f"{network} is much of the Internet")
    if network.version == 6 and _NARROWEST_V6 < network.prefixlen < network.max_prefixlen:
        raise ValueError(f"{network} is less than a /64 and more than an address")
    return f"network {network}"


def hosts_of(host: str) -> tuple[str, ...]:
    """The host, and those above it down to the registered domain, at most five in all; an IP address alone."""
    domain = registered_domain(host)
    if not domain or host == domain:
        return (host,)
    labels = host.split(".")
    least = domain.count(".") + 1
    above = [".".join(labels[-count:]) for count in range(min(_COMPONENTS, len(labels) - 1), least - 1, -1)]
    return (host, *above[-(MOST_HOSTS - 1) :])


def paths_of(address: Address) -> tuple[str, ...]:
    """The path with and without its query, and the folders above it from the root on, each once."""
    found = {address.path + address.query: None, address.path: None, "/": None}
    folder = "/"
    for name in address.path.split("/")[1 : MOST_DIRECTORIES + 1]:
        found[folder] = None
        folder += name + "/"
    return tuple(found)


def keys_of(address: Address) -> tuple[Key, ...]:
    """Everything that a list may have of this address, the narrowest first: at most 32 for names, 54 for IP addresses.

    The page at the root of a host that stands above says nothing of this one.
    """
    host, port = address.host, address.port
    paths = paths_of(address)
    hosts = hosts_of(host)
    found = [f"page {host}{port}{path}" for path in paths]
    for above in hosts[1:]:
        found += [f"page {above}{port}{path}" for path in paths if path != "/"]
    found.append(f"host {host}")
    if networks := _networks(host):
        return (*found, *networks)
    return (*found, *[f"domain {name}" for name in hosts])


def expressions_of(address: Address) -> tuple[tuple[Covers, str], ...]:
    """What Safe Browsing hashes of this address (v5, "Suffix/Prefix Expressions"): at most 30 texts, without ports.

    With each comes what an entry of that text stands for: the root of a host is all of it, and what is below it.
    """
    found: list[tuple[Covers, str]] = []
    paths = paths_of(address)
    for host in hosts_of(address.host):
        found += [(Covers.DOMAIN if path == "/" else Covers.PAGE, host + path) for path in paths]
    return tuple(found)


def names_whole_host(covers: Covers, text: str) -> bool:
    """Whether the entry condemns a host and not a page of it."""
    return covers is not Covers.PAGE or not text.partition("/")[2]


def host_of(text: str) -> str:
    """The host of an entry that is no network."""
    host = text.partition("/")[0]
    return host if host.startswith("[") else host.partition(":")[0]


def _networks(host: str) -> tuple[Key, ...]:
    """The networks that an IP address is in."""
    address = host_address(host)
    if address is None:
        return ()
    lengths = list(range(WIDEST[address.version], (_NARROWEST_V6 if address.version == 6 else 32) + 1))
    if address.version == 6:
        lengths.append(address.max_prefixlen)
    number, bits, kind = int(address), address.max_prefixlen, type(address)
    return tuple(f"network {kind(number >> (bits - length) << (bits - length))}/{length}" for length in lengths)


def _path(written: str) -> str:
    if "%" not in written and "//" not in written:
        return _escaped(written.encode())
    path = _unescaped(written).decode("latin-1")
    parts: list[str] = []
    for part in path.split("/"):
        if part == "..":
            del parts[-1:]
        elif part and part != ".":
            parts.append(part)
    ends = "/" if parts and path.endswith(("/", "/.", "/..")) else ""
    return _escaped(("/" + "/".join(parts) + ends).encode("latin-1"))


def _unescaped(text: str) -> bytes:
    found = text.encode("utf-8", "replace")
    for _ in range(_ROUNDS):
        decoded = unquote_to_bytes(found) if b"%" in found else found
        if decoded == found:
            break
        found = decoded
    return found


def _escaped(text: bytes) -> str:
    return quote_from_bytes(text, safe=_PLAIN)
