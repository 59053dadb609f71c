"""Text behind the end of what was signed."""

from __future__ import annotations

from collections.abc import Iterable

from mailcore.authentication import AuthResult, are_aligned
from mailcore.detector import Hit, Lifecycle, detector
from mailcore.view import MailView

AUTHOR_WEIGHT = 3.5


@detector(category="spoofing", weight=1.5, lifecycle=Lifecycle.STABLE)
def signed_body_has_tail(view: MailView) -> Iterable[Hit]:
    """A signature that holds covers only the beginning of the body (`l=`), and more was added behind it.

    It weighs more where this signature is all that speaks for From: then anybody may have written what is shown.
    """
    auth = view.auth
    passed = [each for each in auth.dkim if each.result is AuthResult.PASS]
    tails = [each for each in passed if each.unsigned_tail_bytes]
    if not tails:
        return
    # Where another signature covers everything, or SPF proves the sender, the tail is the sender's own.
    if auth.is_spf_aligned or any(
        not each.unsigned_tail_bytes and are_aligned(each.domain, auth.from_domain) for each in passed
    ):
        return
    speaks_for_author = any(are_aligned(each.domain, auth.from_domain) for each in tails)
    yield Hit(
        summary="Something was added behind the part of the message that was signed.",
        detail=f"d={tails[0].domain}, l=: {tails[0].unsigned_tail_bytes} bytes are not signed",
        weight=AUTHOR_WEIGHT if speaks_for_author else None,
    )
