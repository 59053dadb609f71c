"""Many different links that all lead to the very same place."""

from __future__ import annotations

from collections.abc import Iterable

from mailcore.detector import Hit, Lifecycle, detector
from mailcore.message import LinkOrigin
from mailcore.verdict import Where
from mailcore.view import MailView
from workers.urls.hosts import sender_domains


@detector(category="phishing", weight=2.0, lifecycle=Lifecycle.STABLE)
def many_links_one_target(view: MailView, *, texts: int = 4) -> Iterable[Hit]:
    """Links with different texts (Help, Privacy, Unsubscribe ...) all lead to one address outside the sender's domain.

    Copies of real mails keep the look of every link and change the target of all.
    """
    links = [link for link in view.message.links if link.origin is LinkOrigin.HTML and link.shown.strip()]
    hrefs = {link.href.rstrip("/") for link in links}
    shown = {link.shown.strip().lower() for link in links}
    # A sender whose every link goes to his own home page is lazy, not deceptive.
    if len(hrefs) == 1 and len(shown) >= texts and links[0].domain not in sender_domains(view.message):
        yield Hit(
            summary=f"{len(shown)} different links all lead to the same page on {links[0].host}.",
            detail=f"{links[0].href[:300]} is the target of {sorted(shown)[:8]}",
            where=Where(part=links[0].part, quote=links[0].written),
        )
