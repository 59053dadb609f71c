"""A sender whose domain was registered a few days ago, who wants a link to be opened."""

from __future__ import annotations

from collections.abc import Iterable

from mailcore.detector import Hit, Lifecycle, detector
from mailcore.fields.message import is_discussion
from mailcore.view import MailView
from workers.urls.hosts import sender_domains


@detector(category="suspicious-sender", weight=3.0, lifecycle=Lifecycle.STABLE)
def sender_domain_is_young(
    view: MailView, *, days: float = 30.0, newborn_days: float = 7.0, young_weight: float = 1.5
) -> Iterable[Hit]:
    """The domain in From was registered less than thirty days ago; less than seven: with the whole weight.

    Known only where `feeds.domain_age` is on, and asked only of mail with links.
    """
    if not view.domain_days or is_discussion(view.message, view.auth):
        return
    young = {
        domain: view.domain_days[domain]
        for domain in sender_domains(view.message)
        if view.domain_days.get(domain, days) < days
    }
    for index, (domain, age) in enumerate(sorted(young.items(), key=lambda each: each[1])):
        weight = None if age < newborn_days else young_weight
        yield Hit(
            summary=f"The sender's domain {domain} is {age:.0f} days old.",
            weight=0.0 if index else weight,
        )
