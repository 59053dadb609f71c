"""A link that goes through one service after the other."""

from __future__ import annotations

from collections.abc import Iterable

from mailcore.detector import Hit, detector
from mailcore.links import unicode_host
from mailcore.message import Link
from mailcore.verdict import Where
from mailcore.view import MailView
from workers.urls.hosts import first_of_each_domain, targets, way


@detector(category="suspicious-link", weight=1.5)
def link_is_wrapped_again(view: MailView, *, sites: int = 4) -> Iterable[Hit]:
    """A link leads through four different sites or more, one inside of the other, so that nobody sees where it ends."""
    wrapped = (link for link in targets(view.message) if len(link.hops) >= sites and _sites(link) >= sites)
    for index, link in enumerate(first_of_each_domain(wrapped)):
        yield Hit(
            summary=f"A link goes through {_sites(link)} sites, one inside of the other, to {unicode_host(link.host)}.",
            detail=way(link),
            where=Where(part=link.part, quote=link.written),
            weight=0.0 if index else None,
        )


def _sites(link: Link) -> int:
    """Different ones in front of the target; scanners that are passed twice, as replies do, count once."""
    return len({hop.service or hop.domain or hop.host for hop in link.hops})
