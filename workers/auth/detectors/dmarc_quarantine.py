"""A domain that asks to set mail aside that is not from it, and such mail."""

from __future__ import annotations

from collections.abc import Iterable

from mailcore.authentication import AuthResult
from mailcore.detector import Hit, Lifecycle, detector
from mailcore.verdict import Where
from mailcore.view import MailView
from workers.auth.lists import came_through_list


@detector(category="spoofing", weight=5.5, lifecycle=Lifecycle.STABLE)
def dmarc_quarantine(view: MailView) -> Iterable[Hit]:
    """DMARC failed, and the owner of the domain in From asks to treat such mail as suspicious (p=quarantine)."""
    auth = view.auth
    if auth.dmarc is not AuthResult.FAIL or auth.dmarc_disposition != "quarantine":
        return
    # Lists that send on under the author's name change the message: its author is who he says.
    if came_through_list(view):
        return
    yield Hit(
        summary=f"It says it is from {auth.from_domain}, which warns of mail that cannot prove that.",
        detail=f"DMARC: {auth.dmarc_reason}; the record is at {auth.dmarc_domain}",
        where=Where(header="From", quote=view.message.header("from")),
    )
