"""Somebody who has never written before asks for money."""

from __future__ import annotations

from collections.abc import Iterable

from mailcore.detector import Hit, Lifecycle, detector
from mailcore.verdict import Where
from mailcore.view import MailView
from workers.content.requests import SHORT, Letter, Wish, read_letter
from workers.content.senders import is_personal, is_proven, is_stranger, sender


@detector(category="business-email-compromise", weight=2.0, lifecycle=Lifecycle.STABLE)
def stranger_asks_for_money(view: MailView) -> Iterable[Hit]:
    """The first mail of this sender asks for a payment, another bank account, gift cards or lists of people."""
    if not is_stranger(view) or not is_personal(view):
        return
    message = view.message
    # Long mail of strangers is offers and terms; reading it would cost the most.
    if len(message.text or message.html_text) > 2 * SHORT:
        return
    letter = read_letter(message)
    if letter.costly is None or not letter.is_short:
        return
    weight = _weight(view, letter, is_free=sender(message).domain in view.lists.free_mail)
    yield Hit(
        summary=f"The sender has never written to you before, and asks for {letter.costly}.",
        detail=f"From {sender(message).address}",
        where=Where(header="From", quote=message.header("from")),
        weight=weight,
    )


def _weight(view: MailView, letter: Letter, *, is_free: bool) -> float:
    if is_free and (letter.costly is not Wish.MONEY or letter.is_pressing):
        return 5.0
    if is_free or letter.is_pressing:
        return 3.0
    return 1.0 if is_proven(view) else 2.0
