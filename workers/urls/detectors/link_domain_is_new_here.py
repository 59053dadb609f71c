"""A link to a domain that no mail to us ever led to."""

from __future__ import annotations

from collections.abc import Iterable

from mailcore.detector import Hit, Lifecycle, detector
from mailcore.entries import is_listed
from mailcore.fields.message import is_discussion
from mailcore.organisation import Acquaintance
from mailcore.view import MailView
from workers.urls.hosts import link_hits


@detector(category="suspicious-link", weight=0.5, lifecycle=Lifecycle.STABLE)
def link_domain_is_new_here(view: MailView) -> Iterable[Hit]:
    """A stranger's link leads to a domain that no accepted mail has led to before today."""
    # People whom we know send each other new pages all the time, and so do lists.
    if not view.new_link_domains or view.acquaintance is Acquaintance.KNOWN or is_discussion(view.message, view.auth):
        return ()
    new = (
        link
        for link in view.message.links
        if link.domain in view.new_link_domains
        and not is_listed(link.host, view.lists.click_trackers)  # services that send for others
        and not view.brands.owners(link.host)
    )
    return link_hits(new, "A link leads to {host}, where no mail here has led before.")
