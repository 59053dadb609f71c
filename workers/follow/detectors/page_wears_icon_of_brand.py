"""A page that asks for a password under the icon of a company that it does not belong to."""

from __future__ import annotations

from collections.abc import Iterable

from mailcore.brands import Brand
from mailcore.detector import Hit, Lifecycle, detector
from mailcore.following import Page, Trail
from mailcore.links import through_hosts, unicode_host
from mailcore.page_icons import LIST, read_entries
from mailcore.verdict import Where
from mailcore.view import MailView
from workers.follow.detectors.page_asks_password_for_brand import named_brand


@detector(category="phishing", weight=8.0, lifecycle=Lifecycle.STABLE)
def page_wears_icon_of_brand(
    view: MailView, *, likeness_weight: float = 4.0, confirming_weight: float = 1.0
) -> Iterable[Hit]:
    """A link leads to a page that asks for a password, has a known company's icon in the tab, and is not its own.

    Icons are known by `configs/lists/icons.txt`, byte for byte. Those that only look like one of `logos.txt` weigh
    less, and least where the title says already whose page it pretends to be.
    """
    for trail in view.followed:
        page = trail.page
        # Companies that run pages for their customers show the customer's icon.
        if page is None or not page.password_fields or view.brands.owners(trail.end.host):
            continue
        brand, is_same = _same(view, trail, page), True
        if brand is None:
            brand, is_same = _strangers(view, trail, page.icon_brands), False
        if brand is None:
            continue
        weight = None if is_same else likeness_weight
        verb = "wears the icon" if is_same else "wears an icon like that"
        yield Hit(
            summary=f"A link leads{through_hosts(trail.hosts_before)} to a page at {unicode_host(trail.end.host)} that "
            f"asks for a password and {verb} of {brand.name}.",
            detail=f"{trail.way}; icon SHA-256 {page.icons[0] if page.icons else ''}; "
            f"{brand.name} has {brand.shown_domains}{page.shown_screenshot}",
            where=Where(part=trail.part, quote=trail.href),
            weight=confirming_weight if named_brand(view, trail) is brand else weight,
        )


def _same(view: MailView, trail: Trail, page: Page) -> Brand | None:
    entries = view.lists.named(LIST)
    known = read_entries(entries) if isinstance(entries, frozenset) else {}
    return _strangers(view, trail, [key for icon in page.icons for key in known.get(icon, ())])


def _strangers(view: MailView, trail: Trail, keys: Iterable[str]) -> Brand | None:
    """The first of these brands, where the page belongs to none of them and stands on no server that one lends out."""
    host = trail.end.host
    brands = [brand for key in keys if (brand := view.brands.named(key)) is not None]
    sharer = view.brands.sharer(host)
    if any(brand is sharer or view.brands.may_own(brand, host) for brand in brands):
        return None
    return brands[0] if brands else None
