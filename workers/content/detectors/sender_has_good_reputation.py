"""A sender whose mail was good for long."""

from __future__ import annotations

from collections.abc import Iterable

from mailcore.detector import Hit, Lifecycle, detector
from mailcore.fields.reputation import standing
from mailcore.reputation import CATEGORY, Role
from mailcore.view import MailView
from workers.content.history import first_known, is_good, told

# Not the provider's: that somebody is a customer of a good one says little.
ROLES = (Role.PAIR, Role.ADDRESS, Role.DOMAIN)


@detector(category=CATEGORY, weight=-1.5, lifecycle=Lifecycle.STABLE, fixed=True)
def sender_has_good_reputation(view: MailView) -> Iterable[Hit]:
    """Mail of this address or domain was good for weeks, and this one is proven to be from there.

    Little, whatever is known: accounts are stolen, and whoever wants a good name can earn one.
    """
    if not (view.auth.is_known and view.auth.is_aligned):
        return
    role = first_known(view, ROLES)
    if role is None or not is_good(found := standing(view, role)):
        return
    yield Hit(
        summary="Mail of this sender was good for long.",
        detail=told(view, role),
        weight=round(sender_has_good_reputation.weight * found.strength, 2),
    )
