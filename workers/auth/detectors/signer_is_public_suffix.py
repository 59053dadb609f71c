"""A signature that claims to be of a whole top-level domain."""

from __future__ import annotations

from collections.abc import Iterable

from mailcore.detector import Hit, Lifecycle, detector
from mailcore.links import is_public_suffix, registered_domain
from mailcore.view import MailView


@detector(category="spoofing", weight=4.0, lifecycle=Lifecycle.STABLE)
def signer_is_public_suffix(view: MailView) -> Iterable[Hit]:
    """A DKIM signature with `d=` of a public suffix ("co.uk"), as if it spoke for everything below it."""
    for domain in dict.fromkeys(each.domain for each in view.auth.dkim):
        # Suffixes that have mail of their own ("gov.uk") sign for themselves.
        is_suffix = is_public_suffix(domain) and not registered_domain(domain)
        if is_suffix and domain != view.auth.from_domain:
            yield Hit(summary=f"A signature claims to speak for all of {domain}.", detail=f"d={domain}")
