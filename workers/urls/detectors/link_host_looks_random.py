"""A link to a host whose name a program drew."""

from __future__ import annotations

import re
from collections.abc import Iterable

from mailcore.detector import Hit, Lifecycle, detector
from mailcore.entries import is_listed
from mailcore.fields.message import is_discussion
from mailcore.ip_addresses import host_address
from mailcore.links import unicode_host
from mailcore.message import Link
from mailcore.verdict import Where
from mailcore.view import MailView
from workers.urls.hosts import first_of_each_domain, sender_domains, targets, through, way
from workers.urls.letters import surprise

# Services that draw the names of their customers' hosts: content networks, buckets, counters of clicks, shared files,
# tunnels and gateways (which have rules of their own).
_DRAWN = ("click_trackers", "storage_buckets", "file_sharing", "free_mail", "ipfs_gateways", "tunnels", "shorteners")
_LEAST_DOMAIN, _LEAST_BELOW = 7, 12  # letters: shorter names are abbreviations, and names of machines

_JOINED = re.compile(r"([a-z-]+)[0-9]([a-z-]+)")


@detector(category="suspicious-link", weight=1.0, lifecycle=Lifecycle.STABLE)
def link_host_looks_random(view: MailView, *, bits: float = 5.5) -> Iterable[Hit]:
    """The letters of a link's domain, or of a long label below it, follow each other as in no word and no name.

    `bits` are those of surprise a letter, from which on it is told.
    """
    # People of a list show each other machines and builds.
    if is_discussion(view.message, view.auth):
        return
    senders = sender_domains(view.message)  # weighed where the sender is
    drawn = {
        link: label
        for link in targets(view.message)
        if link.domain and link.domain not in senders and (label := _drawn(link, bits)) and not _is_spared(link, view)
    }
    for index, link in enumerate(first_of_each_domain(drawn)):
        yield Hit(
            summary=f"A link leads{through(link.hops)} to {unicode_host(link.host)}, a name that a program drew.",
            detail=f"{drawn[link]!r}: {surprise(drawn[link]):.1f} bits a letter; {way(link)}",
            where=Where(part=link.part, quote=link.written),
            weight=0.0 if index else None,
        )


def _drawn(link: Link, bits: float) -> str:
    """The first label that nobody chose, "" where there is none."""
    own = link.domain.partition(".")[0]
    if _looks_drawn(own, bits, least=_LEAST_DOMAIN):
        return own
    below = link.host[: -len(link.domain)].split(".")
    return next((label for label in below if _looks_drawn(label, bits, least=_LEAST_BELOW)), "")


def _looks_drawn(label: str, bits: float, *, least: int) -> bool:
    # A single digit joins two abbreviations, as in "gfx2swf": each stands for itself.
    if sum(map(str.isdigit, label)) == 1 and (joined := _JOINED.fullmatch(label)):
        return any(_looks_drawn(part, bits, least=least) for part in joined.groups())
    # Names in other letters have their own ways; numbers are those of phones and customers.
    is_name = not label.startswith("xn--") and not label.replace("-", "").isdecimal()
    return is_name and len(label) >= least and surprise(label) >= bits


def _is_spared(link: Link, view: MailView) -> bool:
    if host_address(link.host) is not None or view.brands.owners(link.host):
        return True
    # What stands in front of the target may be such a service as well, and then it drew the name.
    return any(is_listed(link.host, view.lists.named(name)) for name in _DRAWN)
