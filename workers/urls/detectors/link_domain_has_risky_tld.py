"""A link under a top-level domain that is mostly abused."""

from __future__ import annotations

from collections.abc import Iterable

from mailcore.detector import Hit, detector
from mailcore.view import MailView
from workers.urls.hosts import link_hits, targets


@detector(category="suspicious-link", weight=1.0)
def link_domain_has_risky_tld(view: MailView) -> Iterable[Hit]:
    """A link leads to a top-level domain where names cost next to nothing and are mostly abused."""
    risky = (link for link in targets(view.message) if link.domain.rpartition(".")[2] in view.lists.risky_tlds)
    return link_hits(risky, "A link leads to {host}, under an ending that is mostly abused.")
