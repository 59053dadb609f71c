"""A link whose host borrows a brand's name or looks like its domain."""

from __future__ import annotations

from collections.abc import Iterable

from mailcore.brand_hosts import Likeness, Resemblance, resembled
from mailcore.detector import Hit, Lifecycle, detector
from mailcore.entries import is_listed
from mailcore.fields.message import is_discussion
from mailcore.links import unicode_host
from mailcore.message import Link
from mailcore.verdict import Where
from mailcore.view import MailView
from workers.urls.hosts import first_of_each_domain, sender_domains, targets, through, way

_WEIGHTS = {
    Likeness.INSIDE: 4.0,
    Likeness.SHAPE: 4.0,
    Likeness.LURE: 3.5,
    Likeness.TYPO: 1.5,
    Likeness.WORDS: 1.0,
    Likeness.ENDING: 0.5,
}


@detector(category="phishing", weight=4.0, lifecycle=Lifecycle.STABLE)
def link_host_imitates_brand(view: MailView) -> Iterable[Hit]:
    """A link leads to a host that looks like a known company's, or has its name in it, and is not its own."""
    # Mailing lists are spared: administrators show each other such links.
    if not view.brands.brands or is_discussion(view.message, view.auth):
        return
    found = [
        (link, resemblance)
        for link in first_of_each_domain(link for link in _one_a_host(view) if resembled(link.host, view.brands))
        if (resemblance := resembled(link.host, view.brands)) is not None
        and not is_listed(link.host, view.lists.click_trackers)  # counters of brands that send for others
    ]
    found.sort(key=lambda each: -_weight(view, *each))
    senders = sender_domains(view.message)
    for index, (link, resemblance) in enumerate(found):
        brand = resemblance.brand
        # The sender's own domain is weighed where the sender is: a company is not worse for linking to itself.
        is_counted = index == 0 and link.domain not in senders
        yield Hit(
            summary=f"A link leads{through(link.hops)} to {unicode_host(link.host)}, which is made to look like "
            f"{brand.name}.",
            detail=f"{resemblance.written!r}: {resemblance.likeness.value}; {brand.name} has {brand.shown_domains}; "
            f"{way(link)}",
            where=Where(part=link.part, quote=link.written),
            weight=_weight(view, link, resemblance) if is_counted else 0.0,
        )


def _one_a_host(view: MailView) -> Iterable[Link]:
    return {link.host: link for link in reversed(targets(view.message))}.values()


def _weight(view: MailView, link: Link, found: Resemblance) -> float:
    weight = _WEIGHTS[found.likeness]
    if link.domain.rpartition(".")[2] in view.lists.risky_tlds:
        weight += 1.0
    return weight
