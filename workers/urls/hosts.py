"""Hosts of links: as written, as browsers read them, and who they belong to."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence

from mailcore.detector import Hit
from mailcore.fields.people import addresses_of
from mailcore.links import through_hosts, unicode_host
from mailcore.message import OPENED, Hop, Link, Message
from mailcore.verdict import Where

MAX_DOMAINS = 5  # findings of one detector on one message; the others say nothing new

# The authority of a URL as written (RFC 3986, 3.2); browsers take backslashes for slashes (WHATWG URL).
_AUTHORITY = re.compile(r"^\s*(?:[A-Za-z][A-Za-z0-9+.-]{0,30}:)?[/\\]{2,8}([^/\\?#]{0,2048})")
_BARE_AUTHORITY = re.compile(r"^\s*([^/\\?#]{0,2048})")


def targets(message: Message) -> tuple[Link, ...]:
    """Everything that a reader may be led to: the links' targets, what those may lead on to, scripts and bare hosts."""
    if not message.other_links:
        return message.links
    return (*message.links, *(link for link in message.other_links if link.use in OPENED))


def authority(href: str) -> str:
    """What stands between the slashes and the path: `user@host:port`, as written."""
    match = _AUTHORITY.match(href) or _BARE_AUTHORITY.match(href)
    return match.group(1).strip() if match else ""


def user_info(href: str) -> str:
    """What stands before the last @ of the authority; "" where there is none."""
    return authority(href).rpartition("@")[0]


def written_host(href: str) -> str:
    """The host as written, without user and port."""
    host = authority(href).rpartition("@")[2]
    return host if host.startswith("[") else host.partition(":")[0]


def port(href: str) -> int:
    """The port as written, 0 where there is none."""
    after = authority(href).rpartition("@")[2].rpartition("]")[2].rpartition(":")
    return int(after[2]) if after[1] and after[2].isascii() and after[2].isdigit() and len(after[2]) < 6 else 0


def path_of(href: str) -> str:
    """The path as written, from its first slash on; "" where there is none."""
    match = _AUTHORITY.match(href) or _BARE_AUTHORITY.match(href)
    rest = href[match.end() :] if match else ""
    return rest.replace("\\", "/").partition("?")[0].partition("#")[0]


def scripts(text: str) -> frozenset[str]:
    """Scripts of the letters of a text, by the first word of their Unicode names: LATIN, CYRILLIC, GREEK ..."""
    return frozenset(unicodedata.name(letter, "UNKNOWN").partition(" ")[0] for letter in text if letter.isalpha())


def sender_domains(message: Message) -> frozenset[str]:
    """Registered domains of From."""
    return frozenset(address.domain for address in addresses_of(message, "from"))


def first_of_each_domain(links: Iterable[Link]) -> Iterator[Link]:
    """One link for each registered domain (or host without one), at most MAX_DOMAINS."""
    seen: set[str] = set()
    for link in links:
        owner = link.domain or link.host
        if owner in seen:
            continue
        seen.add(owner)
        yield link
        if len(seen) >= MAX_DOMAINS:
            return


def way(link: Link) -> str:
    """The target, with the hosts in front of it."""
    hops = " > ".join(hop.service or hop.host for hop in link.hops)
    return f"{hops} > {link.href[:300]}" if hops else link.href[:300]


def through(hops: Sequence[Hop]) -> str:
    """The hosts in front of a target, to be put into a sentence: " through a.example and b.example"; "" without any."""
    return through_hosts(hop.host for hop in hops)


def link_hits(links: Iterable[Link], summary: str) -> Iterator[Hit]:
    """A hit for each domain. Only the first has the detector's weight: ten bad links are one bad mail."""
    for index, link in enumerate(first_of_each_domain(links)):
        yield Hit(
            summary=summary.format(host=unicode_host(link.host)),
            detail=f"{way(link)} (shown as {link.shown[:100]!r})" if link.shown else way(link),
            where=Where(part=link.part, quote=link.written),
            weight=0.0 if index else None,
        )
