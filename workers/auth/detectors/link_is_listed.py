"""A link to what a DNS list has."""

from __future__ import annotations

from collections.abc import Iterable

from mailcore.detector import Hit, Lifecycle, detector
from mailcore.dns_lists import Subject
from mailcore.view import MailView
from workers.auth.listed import CATEGORY, hits_about


@detector(category=CATEGORY, weight=2.0, lifecycle=Lifecycle.STABLE)
def link_is_listed(view: MailView) -> Iterable[Hit]:
    """A link leads to a domain or an address that stands in a DNS list."""
    yield from hits_about(view, (Subject.LINKS,), "A link leads to {value}, which stands in the list {list}.")
