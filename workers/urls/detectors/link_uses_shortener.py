"""A link through a shortening service."""

from __future__ import annotations

from collections.abc import Iterable

from mailcore.detector import Hit, Lifecycle, detector
from mailcore.entries import is_listed
from mailcore.view import MailView
from workers.urls.hosts import link_hits, targets


@detector(category="suspicious-link", weight=1.5, lifecycle=Lifecycle.STABLE)
def link_uses_shortener(view: MailView) -> Iterable[Hit]:
    """A link goes through a shortening service, which hides where it leads."""
    short = (link for link in targets(view.message) if is_listed(link.host, view.lists.shorteners))
    return link_hits(short, "A link is shortened by {host}, which hides where it leads.")
