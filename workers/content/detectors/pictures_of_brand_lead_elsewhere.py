"""A brand's own pictures in a mail that is not the brand's."""

from __future__ import annotations

from collections.abc import Iterable

from mailcore.brands import SHOWN_BY_ALL
from mailcore.detector import Hit, Lifecycle, detector
from mailcore.verdict import Where
from mailcore.view import MailView
from workers.content.brand_words import (
    is_spared,
    leads_to,
    links_elsewhere,
    may_write_for,
    outside_sender,
    says_through,
)
from workers.content.lures import Lure, lures_of

_SERIOUS = {Lure.CREDENTIALS, Lure.THREAT}


@detector(category="phishing", weight=3.0, lifecycle=Lifecycle.STABLE)
def pictures_of_brand_lead_elsewhere(view: MailView, *, shown_by_all: float = 2.0) -> Iterable[Hit]:
    """The pictures are loaded from a known company's servers, but neither sender nor any link is that company's.

    Copies of real mails keep the logo where it was, and change where the buttons lead.
    """
    message = view.message
    address = None if is_spared(view) or not message.html.picture_hosts or not message.links else outside_sender(view)
    if address is None or says_through(address.name) or may_write_for(address, (), view):
        return
    hosts = message.html.picture_hosts
    owners = dict.fromkeys(owner for host in hosts for owner in view.brands.owners(host)[:1])
    if not owners or not lures_of(message) & _SERIOUS:
        return
    for brand in owners:
        # A button or a badge is one picture among others; a copy has nothing else.
        is_common = brand.sector in SHOWN_BY_ALL
        elsewhere = links_elsewhere(view, brand)
        if (is_common and len(hosts) > 1) or not elsewhere or leads_to(view, brand):
            continue
        yield Hit(
            summary=f"It shows pictures of {brand.name}, but its links lead to {elsewhere[0].host}.",
            detail=f"pictures from {', '.join(hosts[:5])}; {brand.name} has {brand.shown_domains}",
            where=Where(part=elsewhere[0].part, quote=elsewhere[0].href),
            weight=shown_by_all if is_common else None,
        )
        return
