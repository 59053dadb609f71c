"""A link to a domain that was registered a few days ago."""

from __future__ import annotations

from collections.abc import Iterable

from mailcore.detector import Hit, Lifecycle, detector
from mailcore.fields.message import is_discussion
from mailcore.links import unicode_host
from mailcore.verdict import Where
from mailcore.view import MailView
from workers.urls.hosts import first_of_each_domain, sender_domains, targets, way


@detector(category="suspicious-link", weight=3.0, lifecycle=Lifecycle.STABLE)
def link_domain_is_young(
    view: MailView, *, days: float = 30.0, newborn_days: float = 7.0, young_weight: float = 1.5
) -> Iterable[Hit]:
    """A link leads to a domain that was registered less than thirty days ago; less than seven: with the whole weight.

    Known only where `feeds.domain_age` is on.
    """
    # People of a list announce their new sites to each other.
    if not view.domain_days or is_discussion(view.message, view.auth):
        return
    senders = sender_domains(view.message)  # weighed as the sender's
    young = [
        link
        for link in targets(view.message)
        if view.domain_days.get(link.domain, days) < days and link.domain not in senders
    ]
    young.sort(key=lambda link: view.domain_days[link.domain])
    for index, link in enumerate(first_of_each_domain(young)):
        age = view.domain_days[link.domain]
        weight = None if age < newborn_days else young_weight
        yield Hit(
            summary=f"A link leads to {unicode_host(link.host)}, a domain that is {age:.0f} days old.",
            detail=way(link),
            where=Where(part=link.part, quote=link.written),
            weight=0.0 if index else weight,
        )
