"""A sender whose name is a brand's, and whose address is not."""

from __future__ import annotations

from collections.abc import Iterable

from mailcore.addresses import Address
from mailcore.brand_hosts import resembled
from mailcore.brands import Mention
from mailcore.detector import Hit, Lifecycle, detector
from mailcore.fields.brands import leads_mostly_to
from mailcore.organisation import Acquaintance
from mailcore.verdict import Where
from mailcore.view import MailView
from workers.content.brand_words import (
    is_company_itself,
    is_mailbox_of_anybody,
    is_spared,
    may_write_for,
    outside_sender,
    says_through,
)
from workers.content.lures import lures_of

# What is stolen in the name of these is gone at once.
_WORSE = {"crypto": 1.5, "banks": 0.5, "carriers": 0.5, "government": 0.5}


@detector(category="spoofing", weight=3.5, lifecycle=Lifecycle.STABLE)
def sender_name_is_foreign_brand(
    view: MailView, *, weight: float = 3.5, with_other_words: float = 2.0
) -> Iterable[Hit]:
    """The sender's name is a known company's or authority's, but the address belongs to somebody else."""
    address = None if is_spared(view) else outside_sender(view)
    if address is None or not address.name or view.acquaintance is Acquaintance.KNOWN:
        return
    mentions = view.brands.mentions(address.name)
    if not mentions or says_through(address.name) or may_write_for(address, mentions, view):
        return
    mention = next((mention for mention in mentions if not mention.is_ambiguous), mentions[0])
    weight = _weight(view, address, mention, weight, with_other_words)
    if weight <= 0:
        return
    brand = mention.brand
    where = address.host or "an address that is none"
    written = f", written as {mention.shown}" if mention.is_disguised else ""
    yield Hit(
        summary=f"It calls itself {brand.name}, but comes from {where}.",
        detail=f"{address.name[:100]!r} names {brand.name}{written}; {brand.name} has {brand.shown_domains}",
        where=Where(header="From", quote=view.message.header("from")),
        weight=weight,
    )


def _weight(view: MailView, address: Address, mention: Mention, weight: float, with_other_words: float) -> float:
    """What the name weighs with what stands beside it; 0 where it may be a coincidence."""
    brand = mention.brand
    lures = lures_of(view.message)
    if not is_company_itself(mention):
        # "Apple growers of the valley", "Bob (Microsoft)", a club of owners: only with a lure, and the name in front.
        if mention.is_ambiguous or mention.start or not lures:
            return 0.0
        weight = with_other_words
    elif mention.is_ambiguous and not lures:
        return 0.0  # Chase is a first name, Orange a town
    weight += sum(more for sector, more in _WORSE.items() if brand.sector.startswith(sector))
    if mention.is_disguised:
        weight += 1.0
    if is_mailbox_of_anybody(address, view):
        weight += 0.5
    if _may_be_unknown_domain(view, address, mention):
        weight -= 2.0
    if leads_mostly_to(view, brand):
        weight -= 2.5  # a sending service of the brand's that is not known yet: there is little to catch anybody with
    return weight


def _may_be_unknown_domain(view: MailView, address: Address, mention: Mention) -> bool:
    """Whether the domain has the brand's name in it: brands own more of these than anybody lists."""
    found = resembled(address.host, view.brands)
    if found is not None and found.brand is mention.brand:
        return True  # sender_domain_imitates_brand weighs it
    key = "".join(mention.shown.lower().split())
    return len(key) > 3 and key in address.domain.replace("-", "")
