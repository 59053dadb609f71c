"""Detector: a code that sets up the telephone of whoever scans it."""

from __future__ import annotations

from collections.abc import Iterator

from mailcore.detector import Hit, Lifecycle, detector
from mailcore.organisation import Acquaintance
from mailcore.verdict import Where
from mailcore.view import MailView
from workers.ocr.codes import Payload, payload

_WORDS = {
    Payload.ONE_TIME_PASSWORDS: "adds an account for one-time passwords to the telephone",
    Payload.NETWORK: "joins a wireless network",
}
QUOTE = 40  # the rest of such a code is a secret


@detector(category="phishing", weight=2.0, lifecycle=Lifecycle.STABLE)
def picture_holds_setup_code(view: MailView, *, network_weight: float = 0.5) -> Iterator[Hit]:
    """A code adds a secret for one-time passwords, or a wireless network, to a telephone; strangers have no reason."""
    # Administrators send such codes to their own people, who know the address; hotels and hosts send their network's.
    if view.acquaintance is Acquaintance.KNOWN or view.message.header("in-reply-to"):
        return
    for image in view.images:
        for code in image.codes:
            kind = payload(code)
            if kind in _WORDS:
                yield Hit(
                    summary=f"A code in a picture {_WORDS[kind]}",
                    detail=f"{kind} in {image.name}"[:500],
                    where=Where(part=image.part, quote=code[:QUOTE]),
                    weight=network_weight if kind is Payload.NETWORK else None,
                )
                return
