"""A domain that asks for the refusal of mail that is not from it, and such mail."""

from __future__ import annotations

from collections.abc import Iterable

from mailcore.authentication import AuthResult
from mailcore.detector import Hit, Lifecycle, detector
from mailcore.verdict import Where
from mailcore.view import MailView
from workers.auth.lists import came_through_list


@detector(category="spoofing", weight=8.0, lifecycle=Lifecycle.STABLE, fixed=True)
def dmarc_reject(view: MailView) -> Iterable[Hit]:
    """DMARC failed, and the owner of the domain in From asks to refuse such mail (RFC 7489, 6.3: p=reject).

    The shipped policy refuses it at SMTP.
    """
    auth = view.auth
    if auth.dmarc is not AuthResult.FAIL or auth.dmarc_disposition != "reject":
        return
    # Lists that send on under the author's name change the message: refusing would unsubscribe the reader.
    if came_through_list(view):
        return
    yield Hit(
        summary=f"It says it is from {auth.from_domain}, which wants mail refused that cannot prove that.",
        detail=f"DMARC: {auth.dmarc_reason}; the record is at {auth.dmarc_domain}",
        where=Where(header="From", quote=view.message.header("from")),
    )
