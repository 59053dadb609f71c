"""A link to a host that is made to be taken for one of our domains, or of a partner."""

from __future__ import annotations

from collections.abc import Iterable

from mailcore.detector import Hit, Lifecycle, detector
from mailcore.imitation import Imitation, ImitationKind, imitates, worth_imitating
from mailcore.links import unicode_host
from mailcore.message import Direction
from mailcore.verdict import Where
from mailcore.view import Lists, MailView
from workers.urls.hosts import first_of_each_domain, targets, through, way

_WEIGHTS = {
    ImitationKind.LETTERS: 5.0,
    ImitationKind.SUBDOMAIN: 5.0,
    ImitationKind.SPELLING: 4.0,
    ImitationKind.ADDED_WORD: 2.0,
    # Our name at a hosting service, and under most other endings, is another company's: no finding.
}
_RISKY_ENDING, _CHEAP_ENDING = 2.0, 1.0


@detector(category="business-email-compromise", weight=5.0, lifecycle=Lifecycle.STABLE)
def link_imitates_our_domain(view: MailView) -> Iterable[Hit]:
    """A link leads to a host that looks like one of our domains or of a partner's: letters, spelling, a word added.

    Under another ending it counts where that is cheap (configs/lists/risky-tlds.txt, cheap-tlds.txt).
    """
    domains = worth_imitating(view.organisation.domains, view.organisation.partners)
    if not domains or view.envelope.direction is not Direction.INBOUND:
        return
    imitations = {
        host: (imitation, weight)
        for host in dict.fromkeys(link.host for link in targets(view.message))
        if (imitation := imitates(host, of=domains)) is not None and (weight := _weight(imitation, view.lists))
    }
    deceptive = [link for link in targets(view.message) if link.host in imitations]
    deceptive.sort(key=lambda link: -imitations[link.host][1])
    for index, link in enumerate(first_of_each_domain(deceptive)):
        imitation, weight = imitations[link.host]
        yield Hit(
            summary=f"A link leads{through(link.hops)} to {unicode_host(link.host)}, which looks like "
            f"{imitation.original}, and is not.",
            detail=f"{imitation.kind}: {way(link)}",
            where=Where(part=link.part, quote=link.written),
            weight=0.0 if index else weight,
        )


def _weight(imitation: Imitation, lists: Lists) -> float:
    if imitation.kind is not ImitationKind.OTHER_ENDING:
        return _WEIGHTS.get(imitation.kind, 0.0)
    ending = imitation.host.rpartition(".")[2]
    if ending in lists.risky_tlds:
        return _RISKY_ENDING
    return _CHEAP_ENDING if ending in lists.named("cheap_tlds") else 0.0
