"""Mail from outside that says it is from our own domain, without proof."""

from __future__ import annotations

from collections.abc import Iterable

from mailcore.authentication import AuthResult
from mailcore.detector import Hit, Lifecycle, detector
from mailcore.fields.message import is_bounce, is_bulk, is_discussion
from mailcore.message import Direction
from mailcore.verdict import Where
from mailcore.view import MailView
from workers.content.requests import Letter, read_letter
from workers.content.senders import ours, sender


@detector(category="business-email-compromise", weight=4.0, lifecycle=Lifecycle.STABLE)
def sender_claims_our_domain(view: MailView) -> Iterable[Hit]:
    """From is of our own domain, the mail comes from outside, and SPF, DKIM and DMARC do not say that it is ours."""
    address = sender(view.message)
    if view.envelope.direction is not Direction.INBOUND or not ours(view).is_own(address.host):
        return
    if is_bounce(view.message) or (view.auth.is_known and view.auth.is_aligned):
        return
    letter = read_letter(view.message)
    weight = _with_results(view, letter) if view.auth.is_known else _without_results(view, letter)
    if not weight:
        return
    wish = letter.costly or letter.leading
    asks = f" It asks for {wish}." if wish else ""
    auth, client = view.auth, view.delivery.client_address
    results = (
        f"SPF {auth.spf}, DMARC {auth.dmarc}, ARC {auth.arc}" if auth.is_known else "nobody looked at SPF and DKIM"
    )
    yield Hit(
        summary=f"It says it is from your own domain {address.host}, but comes from outside without proof.{asks}",
        detail=f"{results}; client {client}",
        where=Where(header="From", quote=view.message.header("from")),
        weight=weight,
    )


def _with_results(view: MailView, letter: Letter) -> float:
    auth = view.auth
    if AuthResult.TEMPERROR in (auth.spf, auth.dmarc):
        return 0.0  # nobody could look
    # A chain of ARC spares nobody: everybody can seal. Where a trusted server did, DMARC has passed by its word.
    if is_discussion(view.message, auth):
        return 0.5  # our own word on somebody's list: that breaks SPF and often DKIM
    if is_bulk(view.message, auth):
        return 1.5  # our own newsletter through a service that was never entered in SPF
    if letter.costly and letter.is_short:
        return 9.0
    return 6.0 if letter.costly or letter.leading else 5.0 if letter.asks and letter.is_short else 4.0


def _without_results(view: MailView, letter: Letter) -> float:
    """Where nobody looked, web forms, scanners and services that write in our name look the same as a forger."""
    is_outside = bool(view.envelope.client_address)
    if (
        not is_outside
        or is_discussion(view.message, view.auth)
        or is_bulk(view.message, view.auth)
        or not letter.is_short
    ):
        return 0.0
    return 2.5 if letter.costly and letter.is_pressing else 1.0 if letter.costly else 0.0
