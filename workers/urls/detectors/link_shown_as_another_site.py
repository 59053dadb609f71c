"""A link whose visible text is an address of another site than the one it leads to."""

from __future__ import annotations

import re
from collections.abc import Iterable

from mailcore.detector import Hit, Lifecycle, detector
from mailcore.entries import is_listed
from mailcore.inside import is_inside
from mailcore.links import make_link
from mailcore.message import Link, LinkOrigin
from mailcore.verdict import Where
from mailcore.view import MailView
from workers.urls.hosts import first_of_each_domain, sender_domains, through, way

_EXPLICIT = re.compile(r"(?:https?://|www\.)", re.IGNORECASE)


@detector(category="phishing", weight=2.5, lifecycle=Lifecycle.STABLE)
def link_shown_as_another_site(view: MailView, *, own_tracker_weight: float = 0.5) -> Iterable[Hit]:
    """The text of a link is an address of another organisation than the one it leads to."""
    senders = sender_domains(view.message)
    deceptive = {
        link: claimed
        for link in view.message.links
        if link.shown and (claimed := _claimed_domain(link)) and not _is_harmless(link, claimed, view)
    }
    for index, link in enumerate(first_of_each_domain(deceptive)):
        # Newsletters count clicks on a host of their own: milder, but not nothing, since an attacker who owns
        # the sender's domain does the same.
        weight = own_tracker_weight if link.domain in senders else None
        yield Hit(
            summary=f"A link that reads {deceptive[link]} leads{through(link.hops)} to {link.domain or link.host}.",
            detail=f"shown {link.shown[:150]!r}, target {way(link)}",
            where=Where(part=link.part, quote=link.written),
            weight=0.0 if index else weight,
        )


def _claimed_domain(link: Link) -> str:
    """The registered domain that the visible text is an address of, or "" where it is no address.

    A bare "example.com" is a name as often as an address ("ASP.NET", "Booking.com"): only text with a scheme
    or "www." claims a target.
    """
    shown = link.shown.strip(" \t\r\n<>()[].,;:\"'")
    if not _EXPLICIT.match(shown) or any(map(str.isspace, shown)):
        return ""
    claimed = make_link(shown, origin=LinkOrigin.HTML)
    return claimed.domain if claimed is not None else ""


def _is_harmless(link: Link, claimed: str, view: MailView) -> bool:
    # Shown and clicked is the way through a service, of which the text shows only the beginning.
    if claimed in (link.domain, *(hop.domain for hop in link.hops)) or is_inside(link.host):
        return True
    # Click counters and link scanners of known services: nearly every newsletter, and mail through Safe Links.
    return is_listed(link.host, view.lists.click_trackers)
