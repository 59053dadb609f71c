"""A signed message with header fields that somebody put above the signed ones."""

from __future__ import annotations

from collections.abc import Iterable

from mailcore.authentication import AuthResult, are_aligned
from mailcore.detector import Hit, Lifecycle, detector
from mailcore.verdict import Where
from mailcore.view import MailView

# Honest mail has each of these once (RFC 5322, 3.6); a second one is what people then see.
SHOWN = ("from", "subject", "to", "cc", "date", "reply-to", "content-type", "message-id")


@detector(category="spoofing", weight=4.5, lifecycle=Lifecycle.STABLE)
def signed_header_was_doubled(view: MailView) -> Iterable[Hit]:
    """A signature holds, but a field that it covers stands there once more, unsigned: a replay under another face."""
    for each in view.auth.dkim:
        if each.result is not AuthResult.PASS or not are_aligned(each.domain, view.auth.from_domain):
            continue
        doubled = [
            name for name in SHOWN if name in each.unsigned_headers and len(view.message.header_values(name)) > 1
        ]
        if doubled:
            yield Hit(
                summary="Header fields were added to a message that somebody else had signed.",
                detail=f"d={each.domain}; twice and not signed: {', '.join(doubled)}",
                where=Where(header=doubled[0], quote=view.message.header(doubled[0])),
            )
            return
