"""A client without a name of its own in the DNS."""

from __future__ import annotations

from collections.abc import Iterable

from mailcore.authentication import AuthResult
from mailcore.detector import Hit, Lifecycle, detector
from mailcore.view import MailView

UNCONFIRMED_WEIGHT = 0.5


@detector(category="client", weight=0.8, lifecycle=Lifecycle.STABLE)
def client_has_no_name(view: MailView) -> Iterable[Hit]:
    """The client's address has no name, or none of its names leads back to it: mail servers usually have one."""
    client = view.auth.client
    if client is None or client.reverse is None:
        return
    # The author proves who he is: how his server is set up says nothing more.
    if view.auth.is_aligned:
        return
    if client.reverse.result is AuthResult.PERMERROR:
        yield Hit(summary="The sending server has no name.", detail=f"{client.address} has no reverse name")
    elif client.reverse.result is AuthResult.FAIL:
        yield Hit(
            summary="The sending server's name leads elsewhere.",
            detail=f"{client.address} is called {', '.join(client.reverse.names[:3])}",
            weight=UNCONFIRMED_WEIGHT,
        )
