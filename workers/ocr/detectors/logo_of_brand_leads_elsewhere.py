"""Detector: a known company's logo in a mail that is not the company's, and leads somewhere else."""

from __future__ import annotations

from collections.abc import Iterator

from mailcore.addresses import Address, read_addresses
from mailcore.brands import SHOWN_BY_ALL, Brand
from mailcore.detector import Hit, Lifecycle, detector
from mailcore.entries import is_listed
from mailcore.fields.message import is_bounce, is_discussion
from mailcore.links import make_link
from mailcore.message import Direction, Link, LinkOrigin
from mailcore.organisation import Acquaintance
from mailcore.verdict import Where
from mailcore.view import ImageFacts, MailView
from workers.ocr import codes, logos
from workers.ocr.holders import INLINE

# Part of what the mail itself shows; pages and members of files are shown by who opens them.
_SHOWN = frozenset({"", INLINE})


@detector(category="phishing", weight=1.5, lifecycle=Lifecycle.STABLE)
def logo_of_brand_leads_elsewhere(view: MailView, *, named_weight: float = 3.0) -> Iterator[Hit]:
    """A picture shows a logo of `configs/lists/logos.txt`; neither the sender nor any link or code is that brand's.

    Heavier where the sender's name or the subject speaks for that brand.
    """
    entries = view.lists.named(logos.LIST)
    listed = logos.read_entries(entries) if isinstance(entries, frozenset) else ()
    if not listed or _is_spared(view):
        return
    address = next(iter(read_addresses(view.message.header("from"))), Address())
    shown = _shown(view, listed)
    # Rows of "find us on" and "we accept" have the logos of several; a lure has one.
    if len(shown) != 1 or is_listed(address.host, frozenset(view.organisation.domains)):
        return
    ((brand, image),) = shown.values()
    is_named = _is_named(brand, address.name, view)
    if _may_show(brand, address, view, is_named=is_named):
        return
    links = _links(image, view)
    elsewhere = [link for link in links if _is_elsewhere(link, brand, address, view, is_named=is_named)]
    # Copies of a brand's mail keep its links; so does every mail that tells of a brand in good faith.
    if not elsewhere or any(view.brands.may_own(brand, link.host) for link in links):
        return
    yield Hit(
        summary=f"{image.name or 'A picture'} shows the logo of {brand.name}, but it leads to {elsewhere[0].host}.",
        detail=f"from {address.host or 'nobody'}; {brand.name} has {brand.shown_domains}",
        where=Where(part=image.part, quote=elsewhere[0].href),
        weight=named_weight if is_named or _is_named(brand, view.message.subject, view) else None,
    )


def _is_spared(view: MailView) -> bool:
    message = view.message
    return (
        not any(image.logos for image in view.images)
        or view.envelope.direction is not Direction.INBOUND  # our own people show whom they work with
        or view.acquaintance is Acquaintance.KNOWN  # so do those who write to us
        or bool(message.header("in-reply-to"))  # a logo in what is quoted
        or is_discussion(message, view.auth)
        or is_bounce(message)  # it has what could not be delivered
    )


def _shown(view: MailView, listed: tuple[logos.Logo, ...]) -> dict[str, tuple[Brand, ImageFacts]]:
    """The brands whose logos are seen, each with the first picture of it."""
    found: dict[str, tuple[Brand, ImageFacts]] = {}
    for image in view.images:
        for key in logos.brands_of(image.logos, listed):
            brand = view.brands.named(key)
            if brand is not None:
                found.setdefault(brand.name, (brand, image))
    return found


def _is_named(brand: Brand, text: str, view: MailView) -> bool:
    return any(mention.brand is brand and not mention.is_ambiguous for mention in view.brands.mentions(text))


def _may_show(brand: Brand, address: Address, view: MailView, *, is_named: bool) -> bool:
    """Whether the sender may have that logo in its mail: the brand itself, its partners, those who show much else."""
    # A sender that is refuted is nobody's.
    is_refuted = view.auth.is_known and not view.auth.is_aligned
    if not is_refuted and (view.brands.owners(address.host) or view.brands.may_own(brand, address.host)):
        return True
    others = [image for image in view.images if image.reached in _SHOWN]
    # A button or a badge is one picture among others.
    return brand.sector in SHOWN_BY_ALL and len(others) > 1 and not is_named


def _links(image: ImageFacts, view: MailView) -> list[Link]:
    """Where somebody gets who follows what is shown: the links of the mail and the codes in the picture."""
    in_codes = (make_link(url, part=image.part, origin=LinkOrigin.QR_CODE) for url in codes.urls(image.codes))
    links = view.message.links if image.reached in _SHOWN else ()
    return [link for link in (*in_codes, *links) if link is not None and link.scheme in ("http", "https", "")]


def _is_elsewhere(link: Link, brand: Brand, address: Address, view: MailView, *, is_named: bool) -> bool:
    """Whether a link leads to strangers: nobody known, and not where the sender is at home."""
    if not link.host or view.brands.owners(link.host) or view.brands.sharer(link.host) is brand:
        return False
    # Shops and clubs show whose cards they take, and lead to their own pages; who has the brand's name does not.
    is_refuted = view.auth.is_known and not view.auth.is_aligned
    is_own = bool(link.domain) and link.domain == address.domain and not is_refuted
    return is_named or not is_own
