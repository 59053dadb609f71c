"""Addresses in header fields, as mail programs show them: a name and an address.

Written for decoded values of hostile mail: a decoded name may hold commas, quotes or another address, so the
address is what stands in angle brackets, and everything before it is the name (RFC 5322, 3.4, read leniently).
"""

from __future__ import annotations

import functools
import itertools
import re

from msgspec import Struct

from mailcore.links import registered_domain

MAX_ADDRESSES = 200  # more recipients in one field than that say nothing more about the mail

_ANGLE = re.compile(r"<([^<>]{0,998})>")  # RFC 5322, 2.1.1: a line has at most 998 characters
_BARE = re.compile(r"[^\s<>,;:\"()\[\]@]{1,128}@[^\s<>,;:\"()@]{1,255}")
# A whole entry of a list that is nothing but an address; the local part may be quoted.
_ALONE = re.compile(r'(?:"(?:[^"\\]|\\.)*+"|[^\s<>,;:"()\[\]@]{1,128})\s*+@\s*+[^\s<>,;:"()@]{1,255}', re.DOTALL)
# Up to the next comma or quotation; a quotation without its end goes on to the end of the text.
_PIECE = re.compile(r'[^",]++|"(?:[^"\\]|\\.)*+(?:"|\\?\Z)|,', re.DOTALL)
_COMMENT = re.compile(r"\([^()]*+\)")
_SURROUNDING = " \t\r\n,;\"'"


class Address(Struct, frozen=True, kw_only=True):
    """One address: `name` as shown, `address` in lower case, `host` after the @, `domain` the registered one."""

    name: str = ""
    address: str = ""
    host: str = ""
    domain: str = ""


def domain_of(address: str) -> str:
    """The domain in lower case, "" for the null sender and local names. A quoted local part may hold an `@`."""
    _, at, domain = address.rpartition("@")
    return domain.lower().rstrip(".") if at else ""


@functools.lru_cache(maxsize=64)  # several fields of rules ask for the same few headers of one message
def read_addresses(value: str) -> tuple[Address, ...]:
    """The addresses of one header value (From, To, Reply-To ...), decoded; linear in its length; never raises."""
    found: list[Address] = []
    cursor = 0
    for match in _ANGLE.finditer(value):
        between = value[cursor : match.start()]
        *before, name = _entries(between)
        bare = _bare_addresses(before) if found else _lone_addresses(before)
        if not found and not bare:
            name = between  # a decoded name may hold commas: `Doe, John <doe@example.com>`
        found += bare
        found.append(_address(match.group(1), name))
        cursor = match.end()
        if len(found) >= MAX_ADDRESSES:
            return tuple(found[:MAX_ADDRESSES])
    found += [_address(last.group(), "") for last in _BARE.finditer(value, cursor)]
    return tuple(found[:MAX_ADDRESSES])


def written_addresses(text: str) -> tuple[Address, ...]:
    """Addresses that stand in running text, such as a display name that pretends to be one."""
    return tuple(_address(match.group(), "") for match in _BARE.finditer(text))[:MAX_ADDRESSES]


def _entries(text: str) -> list[str]:
    """What commas outside of quotations separate; at least one entry."""
    entries: list[list[str]] = [[]]
    for piece in _PIECE.findall(text):
        if piece == ",":
            entries.append([])
        else:
            entries[-1].append(piece)
    return ["".join(pieces) for pieces in entries]


def _bare_addresses(entries: list[str]) -> list[Address]:
    """Addresses without brackets between two with them: `<a@x>, b@y, Name <c@z>`."""
    plain = [entry for entry in entries if '"' not in entry]
    quoted = [entry for entry in entries if '"' in entry]
    return [_address(each.group(), "") for entry in plain for each in _BARE.finditer(entry)] + _lone_addresses(quoted)


def _lone_addresses(entries: list[str]) -> list[Address]:
    """Addresses before the first bracket, each an entry of its own: `a@x, Name <b@y>`, but not `a@x <b@y>`."""
    alone = (_COMMENT.sub(" ", entry).rpartition(":")[2].strip() for entry in entries)  # `group: a@x`
    found = (text for text in alone if _ALONE.fullmatch(text))
    return [_address(text, "") for text in itertools.islice(found, MAX_ADDRESSES)]


def _address(text: str, name: str) -> Address:
    address = text.strip(_SURROUNDING).lower()
    host = domain_of(address)
    return Address(name=name.strip(_SURROUNDING), address=address, host=host, domain=registered_domain(host))
