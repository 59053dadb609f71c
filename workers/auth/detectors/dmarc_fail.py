"""DMARC failed where nothing is asked for, or a list explains it."""

from __future__ import annotations

from collections.abc import Iterable

from mailcore.authentication import AuthResult
from mailcore.detector import Hit, Lifecycle, detector
from mailcore.verdict import Where
from mailcore.view import MailView
from workers.auth.lists import came_through_list

# What came through a list that proves who it is. Everybody can call his server a list, so where the owner of the domain
# in From asks for more than watching, the mail is marked: lists that readers want can be trusted by name.
LIST_WEIGHTS = {"reject": 5.5, "quarantine": 3.0}
WATCHED_LIST_WEIGHT = 0.5


@detector(category="spoofing", weight=1.5, lifecycle=Lifecycle.STABLE)
def dmarc_fail(view: MailView) -> Iterable[Hit]:
    """DMARC failed, but the owner of the domain in From only watches (p=none), or the mail came through a list."""
    auth = view.auth
    if auth.dmarc is not AuthResult.FAIL:
        return
    is_list = came_through_list(view)
    if auth.dmarc_disposition in ("reject", "quarantine") and not is_list:
        return  # its own findings
    yield Hit(
        summary=f"It cannot prove that it is from {auth.from_domain}.",
        detail=f"DMARC: {auth.dmarc_reason}; the record is at {auth.dmarc_domain}",
        where=Where(header="From", quote=view.message.header("from")),
        weight=LIST_WEIGHTS.get(auth.dmarc_disposition, WATCHED_LIST_WEIGHT) if is_list else None,
    )
