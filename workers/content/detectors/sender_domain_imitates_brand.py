"""A sender's domain that borrows a brand's name or looks like its domain."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from mailcore.addresses import Address
from mailcore.brand_hosts import Likeness, Resemblance, resembled
from mailcore.detector import Hit, Lifecycle, detector
from mailcore.entries import is_listed
from mailcore.fields.people import addresses_of
from mailcore.verdict import Where
from mailcore.view import MailView
from workers.content.brand_words import is_spared, outside_sender

_WEIGHTS = {
    Likeness.INSIDE: 5.0,
    Likeness.SHAPE: 5.0,
    Likeness.LURE: 4.0,
    Likeness.TYPO: 2.5,
    Likeness.WORDS: 2.0,
    Likeness.ENDING: 1.0,
}
_DELIBERATE = frozenset({Likeness.INSIDE, Likeness.SHAPE, Likeness.LURE})
# How much more it weighs where the sender calls himself by that name too, so that no other company of a like name can
# be meant.
_NAMED = {Likeness.TYPO: 2.0, Likeness.WORDS: 1.5, Likeness.ENDING: 1.0}


@detector(category="spoofing", weight=5.0, lifecycle=Lifecycle.STABLE)
def sender_domain_imitates_brand(view: MailView) -> Iterable[Hit]:
    """The domain of From or Reply-To looks like a known company's, or has its name in it, and is not its own."""
    if is_spared(view, members=False) or outside_sender(view) is None:
        return
    through_list = is_spared(view)
    best: tuple[float, str, Address, Resemblance] | None = None
    for header, address in _senders(view):
        found = resembled(address.host, view.brands) if address.host else None
        # Services that send for many, some of them of brands: `mailchimpapp.net`.
        if found is None or is_listed(address.host, view.lists.click_trackers):
            continue
        # A member's company may have a name that is like a brand's; no member's domain asks for a secret.
        if through_list and found.likeness not in _DELIBERATE:
            continue
        weight = _weight(view, address, found)
        if best is None or weight > best[0]:
            best = weight, header, address, found
    if best is not None:
        weight, header, address, found = best
        brand = found.brand
        yield Hit(
            summary=f"The sender's domain {address.host} is made to look like {brand.name}.",
            detail=f"{found.written!r}: {found.likeness.value}; {brand.name} has {brand.shown_domains}",
            where=Where(header=header, quote=address.address),
            weight=weight,
        )


def _senders(view: MailView) -> Iterator[tuple[str, Address]]:
    for header in ("From", "Reply-To"):
        for address in addresses_of(view.message, header)[:3]:
            yield header, address


def _weight(view: MailView, address: Address, found: Resemblance) -> float:
    weight = _WEIGHTS[found.likeness]
    if any(mention.brand is found.brand for mention in view.brands.mentions(address.name)):
        weight += _NAMED.get(found.likeness, 0.0)
    if found.likeness is Likeness.ENDING and address.domain.rpartition(".")[2] in view.lists.risky_tlds:
        weight += 1.5
    return weight
