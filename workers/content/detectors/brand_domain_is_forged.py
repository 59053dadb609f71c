"""A sender's address that is a brand's, and a failed proof of it."""

from __future__ import annotations

from collections.abc import Iterable

from mailcore.authentication import AuthFacts, AuthResult
from mailcore.detector import Hit, Lifecycle, detector
from mailcore.verdict import Where
from mailcore.view import MailView
from workers.content.brand_words import is_spared, outside_sender

_FAILED = (AuthResult.FAIL, AuthResult.SOFTFAIL)


@detector(category="spoofing", weight=4.5, lifecycle=Lifecycle.STABLE)
def brand_domain_is_forged(view: MailView, *, forwarded: float = 2.5) -> Iterable[Hit]:
    """From is a known company's own address, but the proof of it failed (DMARC, or SPF without a signature)."""
    auth = view.auth
    address = None if is_spared(view) or not auth.is_known else outside_sender(view)
    if address is None or not _is_forged(auth):
        return
    owners = view.brands.owners(address.host)
    if owners:
        # A signature that broke or a chain of ARC: somebody may have passed on a real mail and changed it on the way.
        # A chain alone proves nothing: everybody can seal. Where a trusted server did, DMARC has passed by its word.
        was_signed = auth.arc is AuthResult.PASS or any(each.result is not AuthResult.NONE for each in auth.dkim)
        yield Hit(
            summary=f"It is not from {owners[0].name}: the sender's address {address.address} is forged.",
            detail=f"DMARC {auth.dmarc.value}, SPF {auth.spf.value} for {auth.spf_domain or 'nobody'}, "
            f"DKIM {', '.join(signature.result.value for signature in auth.dkim) or 'none'}",
            where=Where(header="From", quote=address.address),
            weight=forwarded if was_signed else None,
        )


def _is_forged(auth: AuthFacts) -> bool:
    if auth.is_aligned:
        return False
    if auth.dmarc is AuthResult.FAIL:
        return True
    passed = any(signature.result is AuthResult.PASS for signature in auth.dkim)
    return auth.dmarc is AuthResult.NONE and auth.spf in _FAILED and not passed
