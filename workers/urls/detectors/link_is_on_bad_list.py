"""A link that a list of bad addresses has."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from mailcore.detector import Hit, Lifecycle, detector
from mailcore.link_opinions import LinkOpinion, LinkStanding
from mailcore.links import unicode_host
from mailcore.message import Link
from mailcore.verdict import Where
from mailcore.view import MailView
from workers.urls.hosts import MAX_DOMAINS, targets, through, way
from workers.urls.opinions import is_believed


@detector(category="phishing", weight=6.0, lifecycle=Lifecycle.STABLE, fixed=True)
def link_is_on_bad_list(view: MailView) -> Iterator[Hit]:
    """A link, or an address in front of its target, is on a list of bad addresses (`feeds`)."""
    found: dict[tuple[str, str], tuple[Link, LinkOpinion]] = {}
    for link in targets(view.message) if view.link_opinions else ():
        for href in (link.href, *(hop.href for hop in link.hops)):
            for opinion in view.link_opinions.get(href, ()):
                if opinion.kind is LinkStanding.BAD and is_believed(opinion, view.lists, view.brands):
                    found.setdefault((link.domain or link.host, opinion.source), (link, opinion))
    # One bad link is a bad mail: others, and other lists that have it too, are shown and weigh nothing.
    worst = sorted(found.values(), key=lambda each: -_weight(each[1]))[:MAX_DOMAINS]
    for index, (link, opinion) in enumerate(worst):
        yield Hit(
            summary=f"A link leads{through(link.hops)} to {unicode_host(link.host)}, which the list {opinion.source} "
            "has as bad.",
            detail=f"{opinion.source} has the {opinion.covers} {opinion.entry[:200]}{_more(opinion)}; {way(link)}",
            where=Where(part=link.part, quote=link.written),
            weight=0.0 if index else opinion.weight,
        )


def _weight(opinion: LinkOpinion) -> float:
    return opinion.weight if opinion.weight is not None else link_is_on_bad_list.weight


def _more(opinion: LinkOpinion) -> str:
    since = f" since {datetime.fromtimestamp(opinion.since, UTC):%Y-%m-%d}" if opinion.since else ""
    return f"{since} ({opinion.words})" if opinion.words else since
