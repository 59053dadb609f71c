"""Detector: a code that is no picture, or only half of one."""

from __future__ import annotations

from collections.abc import Iterator

from mailcore.detector import Hit, Lifecycle, detector
from mailcore.verdict import Where
from mailcore.view import MailView
from workers.ocr import codes
from workers.ocr.facts import JOINED
from workers.ocr.holders import DRAWN

_WORDS = {DRAWN: "is drawn with cells or characters", JOINED: "is cut into several pictures"}


@detector(category="phishing", weight=5.0, lifecycle=Lifecycle.STABLE)
def code_is_hidden_from_filters(view: MailView, *, plain_text_weight: float = 2.0) -> Iterator[Hit]:
    """A code with a link is made of table cells, of characters or of several pictures: only people see what it is."""
    for image in view.images:
        # Codes without a link (tickets and vouchers of shops that fear blocked pictures) lead nobody anywhere.
        urls = codes.urls(image.codes) if image.reached in _WORDS else ()
        if urls:
            # Programs on servers write codes in characters: a terminal has nothing else.
            plain = image.reached == DRAWN and image.part in view.message.text_parts
            yield Hit(
                summary=f"A code that leads to a web page {_WORDS[image.reached]}",
                detail=urls[0][:500],
                where=Where(part=image.part, quote=urls[0][:200]),
                weight=plain_text_weight if plain else None,
            )
            return
