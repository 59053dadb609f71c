"""A sender who has sent bad mail before."""

from __future__ import annotations

from collections.abc import Iterable

from mailcore.detector import Hit, Lifecycle, detector
from mailcore.fields.reputation import standing
from mailcore.reputation import CATEGORY, Role
from mailcore.verdict import Where
from mailcore.view import MailView
from workers.content.history import first_known, is_bad, told

# From who it is to whose services are used: a good customer of a provider with bad ones is judged by his own mail.
ROLES = (Role.PAIR, Role.ADDRESS, Role.DOMAIN, Role.DKIM, Role.ENVELOPE)


@detector(category=CATEGORY, weight=3.0, lifecycle=Lifecycle.STABLE, fixed=True)
def sender_has_bad_reputation(view: MailView) -> Iterable[Hit]:
    """Mail of this address, domain or signer was mostly bad so far; it weighs as much as is known of them."""
    role = first_known(view, ROLES)
    if role is None or not is_bad(found := standing(view, role)):
        return
    yield Hit(
        summary="Mail of this sender was mostly bad so far.",
        detail=told(view, role),
        where=Where(header="From", quote=view.message.header("from")),
        weight=round(sender_has_bad_reputation.weight * -found.strength, 2),
    )
