"""A link that goes by way of the internet into a network that is reached only from inside."""

from __future__ import annotations

from collections.abc import Iterable

from mailcore.detector import Hit, Lifecycle, detector
from mailcore.links import unicode_host
from mailcore.verdict import Where
from mailcore.view import MailView


@detector(category="suspicious-link", weight=3.0, lifecycle=Lifecycle.STABLE)
def link_leads_into_network(view: MailView) -> Iterable[Hit]:
    """A server in the internet sends whoever clicks on to an address inside of a private network."""
    for trail in view.followed:
        # A link straight to a server of the network is how colleagues link.
        if trail.is_forbidden and len(trail.steps) > 1:
            yield Hit(
                summary=f"{unicode_host(trail.steps[0].host)} sends on to {unicode_host(trail.end.host)}, which is "
                "inside of a network.",
                detail=f"{trail.way}: {trail.problem}",
                where=Where(part=trail.part, quote=trail.href),
            )
