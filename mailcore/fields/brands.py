"""Fields about known companies: whom the sender's name and the subject name, and whether the sender is one of them."""

from __future__ import annotations

import functools
from collections import Counter

from mailcore.addresses import Address
from mailcore.brands import Brand, BrandIndex
from mailcore.fields.kinds import distinct, flag, text
from mailcore.fields.people import addresses_of
from mailcore.view import MailView


@functools.lru_cache(maxsize=64)  # several fields of many rules ask about the same few lines of one message
def _named(line: str, brands: BrandIndex) -> tuple[Brand, ...]:
    return tuple(mention.brand for mention in brands.mentions(line) if not mention.is_ambiguous)


def _from(view: MailView) -> tuple[Address, ...]:
    return addresses_of(view.message, "from")


def _in_name(view: MailView) -> tuple[Brand, ...]:
    return tuple(brand for address in _from(view) for brand in _named(address.name, view.brands))


def _is_brand_domain(view: MailView) -> bool:
    return any(view.brands.owners(address.host) for address in _from(view))


def _foreign(view: MailView) -> list[Brand]:
    """Brands that sender or subject name, without those whose domain or partner the sender is.

    Where more than half of the links are the brand's, it is its mail through a service that sends from its own name.
    """
    if _is_brand_domain(view):
        return []
    named = (*_in_name(view), *_named(view.message.subject, view.brands))
    hosts = [address.host for address in _from(view)]
    return [
        brand
        for brand in dict.fromkeys(named)
        if not any(view.brands.may_own(brand, host) for host in hosts) and not leads_mostly_to(view, brand)
    ]


def leads_mostly_to(view: MailView, brand: Brand) -> bool:
    """Whether more than half of the links are the brand's own. Copies of its mail keep some of the real links."""
    hosts = [link.host for link in view.message.links if link.host]
    owned = sum(count for host, count in Counter(hosts).items() if view.brands.may_own(brand, host))
    return owned * 2 > len(hosts)


FIELDS = (
    text(
        "from.brand",
        "Known companies and authorities (`configs/brands`) in the display name of From.",
        lambda view: distinct(brand.name for brand in _in_name(view)),
    ),
    flag(
        "from.is_brand_domain",
        "From is of a domain that a known company or authority owns.",
        _is_brand_domain,
    ),
    text(
        "brands.foreign",
        "Known companies and authorities that From's name or the subject name, where From is of none's domain.",
        lambda view: distinct(brand.name for brand in _foreign(view)),
    ),
    text(
        "brands.foreign.sector",
        "Their sectors: `payments`, `carriers`, `crypto` ... (names of the files in `configs/brands`).",
        lambda view: distinct(brand.sector for brand in _foreign(view)),
    ),
)
