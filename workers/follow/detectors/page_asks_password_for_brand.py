"""A page that asks for a password in the name of a company that it does not belong to."""

from __future__ import annotations

from collections.abc import Iterable

from mailcore.brand_hosts import resembled
from mailcore.brands import Brand
from mailcore.detector import Hit, Lifecycle, detector
from mailcore.following import Trail
from mailcore.links import through_hosts, unicode_host
from mailcore.verdict import Where
from mailcore.view import MailView


@detector(category="phishing", weight=8.0, lifecycle=Lifecycle.STABLE)
def page_asks_password_for_brand(view: MailView) -> Iterable[Hit]:
    """A link leads to a page that asks for a password, has a known company's name in its title, and is not its own."""
    for trail in view.followed:
        brand = named_brand(view, trail)
        if brand is not None and trail.page is not None:
            yield Hit(
                summary=f"A link leads{through_hosts(trail.hosts_before)} to a page at {unicode_host(trail.end.host)} "
                f"that asks for a password in the name of {brand.name}.",
                detail=f"{trail.way}; title {trail.page.title[:100]!r}; {brand.name} has {brand.shown_domains}"
                f"{trail.page.shown_screenshot}",
                where=Where(part=trail.part, quote=trail.href),
            )


def named_brand(view: MailView, trail: Trail) -> Brand | None:
    """The company that a page which asks for a password names in its title, where it is not that company's."""
    page = trail.page
    if page is None or not page.password_fields:
        return None
    host = trail.end.host
    # Companies that run pages for their customers (a login for a company's own mail) show the customer's name.
    if view.brands.owners(host):
        return None
    for mention in view.brands.mentions(page.title):
        if view.brands.may_own(mention.brand, host):
            return None
        # A word that is also a name ("Apple", "Chase") counts where the host borrows it as well, or it is disguised.
        likeness = resembled(host, view.brands)
        is_borrowed = likeness is not None and likeness.brand is mention.brand
        if not mention.is_ambiguous or mention.is_disguised or is_borrowed:
            return mention.brand
    return None
