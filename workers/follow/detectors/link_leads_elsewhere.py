"""A link that leads, when it is followed, to another site than it names."""

from __future__ import annotations

from collections.abc import Iterable

from mailcore.detector import Hit, Lifecycle, detector
from mailcore.entries import is_listed
from mailcore.links import through_hosts, unicode_host
from mailcore.verdict import Where
from mailcore.view import MailView

MANY = 3


@detector(category="suspicious-link", weight=1.0, lifecycle=Lifecycle.STABLE)
def link_leads_elsewhere(view: MailView, *, many_domains: int = MANY) -> Iterable[Hit]:
    """A link leads over several strangers' sites; each way is shown, and weighs where it is long."""
    for trail in view.followed:
        domains = list(dict.fromkeys(step.domain or step.host for step in trail.steps))
        if len(domains) < 2:
            continue
        # Counters of clicks in front and one move of a site behind are everyday.
        strangers = [name for name in domains if not is_listed(name, view.lists.click_trackers)]
        yield Hit(
            summary=f"A link to {unicode_host(trail.steps[0].host)} leads{through_hosts(trail.hosts_before[1:])} to "
            f"{unicode_host(trail.end.host)}.",
            detail=f"{trail.way}" + (f" ({trail.problem})" if trail.problem else ""),
            where=Where(part=trail.part, quote=trail.href),
            weight=None if len(strangers) > many_domains else 0.0,
        )
