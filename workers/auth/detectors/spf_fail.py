"""A client that the domain of the envelope sender does not let send for it."""

from __future__ import annotations

from collections.abc import Iterable

from mailcore.authentication import AuthResult
from mailcore.detector import Hit, Lifecycle, detector
from mailcore.view import MailView

SOFTFAIL_WEIGHT = 1.0  # "probably not": owners who never finished their record say so too


@detector(category="spoofing", weight=2.5, lifecycle=Lifecycle.STABLE)
def spf_fail(view: MailView) -> Iterable[Hit]:
    """SPF: the domain of the envelope sender says that this client may not, or probably may not, send for it."""
    auth = view.auth
    if auth.spf not in (AuthResult.FAIL, AuthResult.SOFTFAIL):
        return
    # Forwarding breaks SPF and leaves signatures whole: the author is proven, the envelope does not matter.
    if auth.dmarc is AuthResult.PASS or auth.is_dkim_aligned:
        return
    client = auth.client.address if auth.client else ""
    yield Hit(
        summary=f"It was sent by a server that may not send for {auth.spf_domain}.",
        detail=f"SPF {auth.spf} for {auth.spf_domain} from {client or 'an unknown client'}",
        weight=SOFTFAIL_WEIGHT if auth.spf is AuthResult.SOFTFAIL else None,
    )
