"""Addresses in header fields, as mail programs show them: a name and an address.

Written for decoded values of hostile mail: a decoded name may hold commas, quotes or another address, so the
address is what stands in angle brackets, and everything before it is the name (RFC 5322, 3.4, read leniently).
"""

from __future__ import annotations

import functools
import re

from msgspec import Struct

from mailcore.links import registered_domain

MAX_ADDRESSES = 200  # more recipients in one field than that say nothing more about the mail

_ANGLE = re.compile(r"<([^<>]{0,998})>")  # RFC 5322, 2.1.1: a line has at most 998 characters
_BARE = re.compile(r"[^\s<>,;:\"()\[\]@]{1,128}@[^\s<>,;:\"()@]{1,255}")
_SURROUNDING = " \t\r\n,;\"'"


class Address(Struct, frozen=True, kw_only=True):
    """One address: `name` as shown, `address` in lower case, `host` after the @, `domain` the registered one."""

    name: str = ""
    address: str = ""
    host: str = ""
    domain: str = ""


@functools.lru_cache(maxsize=64)  # several fields of rules ask for the same few headers of one message
def read_addresses(value: str) -> tuple[Address, ...]:
    """The addresses of one header value (From, To, Reply-To ...), decoded; linear in its length; never raises."""
    found: list[Address] = []
    cursor = 0
    for match in _ANGLE.finditer(value):
        found += _bare_before_comma(value[cursor : match.start()]) if found else ()
        name = value[cursor : match.start()]
        if found:  # what stands before the comma belongs to the address before
            name = name.rpartition(",")[2] if name.count('"') % 2 == 0 and '"' not in name else name
        found.append(_address(match.group(1), name))
        cursor = match.end()
        if len(found) >= MAX_ADDRESSES:
            return tuple(found[:MAX_ADDRESSES])
    found += [_address(bare.group(), "") for bare in _BARE.finditer(value, cursor)]
    return tuple(found[:MAX_ADDRESSES])


def written_addresses(text: str) -> tuple[Address, ...]:
    """Addresses that stand in running text, such as a display name that pretends to be one."""
    return tuple(_address(match.group(), "") for match in _BARE.finditer(text))[:MAX_ADDRESSES]


def _bare_before_comma(between: str) -> list[Address]:
    """Addresses without brackets between two with them: `<a@x>, b@y, Name <c@z>`."""
    head, comma, _ = between.rpartition(",")
    return [_address(match.group(), "") for match in _BARE.finditer(head)] if comma and '"' not in head else []


def _address(text: str, name: str) -> Address:
    address = text.strip(_SURROUNDING).lower()
    host = address.rpartition("@")[2].rstrip(".") if "@" in address else ""
    return Address(name=name.strip(_SURROUNDING), address=address, host=host, domain=registered_domain(host))
