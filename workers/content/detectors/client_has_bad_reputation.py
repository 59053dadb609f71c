"""A server that has sent bad mail before."""

from __future__ import annotations

from collections.abc import Iterable

from mailcore.detector import Hit, Lifecycle, detector
from mailcore.fields.reputation import standing
from mailcore.reputation import CATEGORY, Role
from mailcore.view import MailView
from workers.content.history import first_known, is_bad, told

NETWORK_SHARE = 0.5  # neighbours: of a network of 256 addresses, some are other people's


@detector(category=CATEGORY, weight=2.5, lifecycle=Lifecycle.STABLE, fixed=True)
def client_has_bad_reputation(view: MailView) -> Iterable[Hit]:
    """Mail from this client was mostly bad so far; of a client that is new, mail from its network.

    It weighs as much as is known: at most all of its weight.
    """
    # Servers of big providers send good and bad mail: there the counts come out even.
    role = first_known(view, (Role.IP, Role.NETWORK))
    if role is None or not is_bad(found := standing(view, role)):
        return
    share = NETWORK_SHARE if role is Role.NETWORK else 1.0
    where = "network" if role is Role.NETWORK else "server"
    yield Hit(
        summary=f"Mail from the {where} that sent it was mostly bad so far.",
        detail=told(view, role),
        weight=round(client_has_bad_reputation.weight * share * -found.strength, 2),
    )
