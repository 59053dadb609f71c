"""Signatures of which none holds."""

from __future__ import annotations

from collections.abc import Iterable

from mailcore.authentication import AuthResult
from mailcore.detector import Hit, Lifecycle, detector
from mailcore.fields.message import is_list_mail
from mailcore.view import MailView

BROKEN = (AuthResult.FAIL, AuthResult.PERMERROR)


@detector(category="spoofing", weight=1.0, lifecycle=Lifecycle.STABLE)
def dkim_all_broken(view: MailView) -> Iterable[Hit]:
    """The message is signed, and no signature holds: it was altered on its way, or signed by somebody else."""
    # A domain that only tries DKIM (t=y) asks to treat its failures as if there were no signature (RFC 6376, 3.6.1).
    signatures = [each for each in view.auth.dkim if not each.is_testing]
    if not signatures or any(each.result not in BROKEN for each in signatures):
        return
    # Lists change mail in good faith; a message that is proven otherwise needs no signature.
    if is_list_mail(view.message) or view.auth.dmarc is AuthResult.PASS or view.auth.is_spf_aligned:
        return
    domains = ", ".join(dict.fromkeys(each.domain for each in signatures if each.domain))
    yield Hit(
        summary="None of its signatures holds: it was altered, or somebody else signed it.",
        detail=f"{domains[:200]}: {signatures[0].reason}",
    )
