"""A link that borrows the address of a well-known site to lead elsewhere."""

from __future__ import annotations

from collections.abc import Iterable

from mailcore.detector import Hit, detector
from mailcore.fields.message import is_discussion
from mailcore.inside import is_inside
from mailcore.links import unicode_host
from mailcore.message import Link
from mailcore.verdict import Where
from mailcore.view import MailView
from workers.urls.hosts import first_of_each_domain, sender_domains, through, way

# Portals that pass everybody on to anywhere. Not scanners of links and counters of clicks: those are put in front of
# links in good faith, by the receiver's or the sender's own servers.
_REDIRECTORS = frozenset(  # names of `mailcore.link_services`
    (
        *("google", "google-translate", "google-ads", "amp", "bing", "yahoo", "baidu", "yandex", "duckduckgo", "vk"),
        *("facebook", "linkedin", "youtube", "steam", "slack", "reddit", "tumblr", "disqus", "pinterest", "medium"),
    )
)


@detector(category="suspicious-link", weight=1.0)
def link_hides_behind_redirector(view: MailView) -> Iterable[Hit]:
    """A link begins at a well-known site and leads through it to a stranger's (open redirector)."""
    # People who write to each other copy links out of search results.
    if is_discussion(view.message, view.auth):
        return
    senders = sender_domains(view.message)
    hidden = (link for link in view.message.links if _is_hidden(link, senders))
    for index, link in enumerate(first_of_each_domain(hidden)):
        yield Hit(
            summary=f"A link to {unicode_host(link.hops[0].host)} really leads{through(link.hops[1:])} to "
            f"{unicode_host(link.host)}.",
            detail=way(link),
            where=Where(part=link.part, quote=link.written),
            weight=0.0 if index else None,
        )


def _is_hidden(link: Link, senders: frozenset[str]) -> bool:
    through = [hop for hop in link.hops if hop.service in _REDIRECTORS]
    if not through or link.domain in senders or is_inside(link.host):
        return False
    # What belongs to the same owner is no stranger: a portal's counter in front of its own pages.
    return all(hop.domain not in (link.domain, *senders) for hop in through)
