"""A lure in a brand's name whose links lead somewhere else."""

from __future__ import annotations

from collections.abc import Iterable

from mailcore.brands import Mention
from mailcore.detector import Hit, Lifecycle, detector
from mailcore.fields.words import is_answer, is_forward
from mailcore.verdict import Where
from mailcore.view import MailView
from workers.content.brand_words import (
    is_spared,
    leads_to,
    links_elsewhere,
    may_write_for,
    outside_sender,
    says_through,
)
from workers.content.lures import Lure, lures_of

_OPENING_CHARACTERS = 120  # "Dear PayPal customer" stands at the beginning
_SERIOUS = {Lure.CREDENTIALS, Lure.THREAT}


@detector(category="phishing", weight=2.5, lifecycle=Lifecycle.STABLE)
def brand_lure_leads_elsewhere(view: MailView, *, weight: float = 2.5, opening: float = 1.5) -> Iterable[Hit]:
    """Subject or opening speak for a known company about your account, and no link leads to that company."""
    message = view.message
    address = None if is_spared(view) or not message.links else outside_sender(view)
    if address is None or _is_passed_on(view) or says_through(address.name):
        return
    for where, text, counts in (
        ("Subject", message.subject, weight),
        ("", (message.html_text or message.text)[:_OPENING_CHARACTERS], opening),
    ):
        mentions = [mention for mention in view.brands.mentions(text) if not mention.is_ambiguous]
        for mention in mentions:
            if may_write_for(address, mentions, view) or _is_named_by_sender(address.name, mention, view):
                return
            elsewhere = links_elsewhere(view, mention.brand)
            # Shops name the ways to pay and the carriers; they do not ask to confirm an account there.
            lures = lures_of(message) if elsewhere and not leads_to(view, mention.brand) else frozenset()
            if lures & _SERIOUS:
                yield Hit(
                    summary=f"It speaks for {mention.brand.name} about your account, "
                    f"but its links lead to {elsewhere[0].host}.",
                    detail=f"{', '.join(sorted(lure.value for lure in lures))}; {mention.brand.name} has "
                    f"{mention.brand.shown_domains}",
                    where=Where(header=where, quote=message.subject)
                    if where
                    else Where(part=elsewhere[0].part, quote=elsewhere[0].href),
                    weight=counts + (0.5 if len(lures & _SERIOUS) == len(_SERIOUS) else 0.0),
                )
                return


def _is_passed_on(view: MailView) -> bool:
    """People answer and forward such mail to ask what to think of it."""
    return is_answer(view) or is_forward(view.message.subject)


def _is_named_by_sender(name: str, mention: Mention, view: MailView) -> bool:
    """Then sender_name_is_foreign_brand weighs it."""
    return any(own.brand is mention.brand for own in view.brands.mentions(name))
