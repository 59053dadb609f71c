"""Hits of DNS lists as findings: one for each list, however many things it lists."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from mailcore.detector import Hit
from mailcore.dns_lists import ListKind, Subject
from mailcore.list_answers import ListHit
from mailcore.verdict import Where
from mailcore.view import MailView

CATEGORY = "dns-list"
MOST_SHOWN = 5

_NAMES = {
    Subject.CLIENT: "client",
    Subject.AUTHOR: "author",
    Subject.FROM: "From",
    Subject.SENDER: "envelope sender",
    Subject.HELO: "HELO",
    Subject.REVERSE: "name of the client",
    Subject.DKIM: "DKIM signature",
    Subject.LINKS: "link",
}


def hits_about(view: MailView, subjects: Collection[Subject], summary: str) -> Iterable[Hit]:
    """A hit for each list that has something against one of the subjects, with the weight of the worst of it."""
    by_list: dict[str, list[ListHit]] = {}
    for hit in view.auth.lists:
        if hit.kind is not ListKind.ALLOW and hit.subject in subjects and hit.weight > 0:
            by_list.setdefault(hit.list, []).append(hit)
    for found in by_list.values():
        worst = max(found, key=lambda hit: hit.weight)
        more = f"; and {len(found) - MOST_SHOWN} more" if len(found) > MOST_SHOWN else ""
        yield Hit(
            summary=summary.format(value=worst.value, list=worst.list),
            detail="; ".join(map(described, found[:MOST_SHOWN])) + more,
            where=Where(header="From" if worst.subject is Subject.FROM else "", quote=worst.value),
            weight=worst.weight,
        )


def described(hit: ListHit) -> str:
    """What was looked up, and what the list says of it."""
    reason = f' "{hit.reason}"' if hit.reason else ""
    return (
        f"{hit.list} lists {hit.value} ({_NAMES[hit.subject]}): {', '.join(hit.means)} [{', '.join(hit.codes)}]{reason}"
    )
