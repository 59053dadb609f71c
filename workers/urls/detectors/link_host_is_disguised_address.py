"""A link to an IP address that is written so that nobody sees it."""

from __future__ import annotations

from collections.abc import Iterable

from mailcore.detector import Hit, Lifecycle, detector
from mailcore.ip_addresses import host_address
from mailcore.message import Link
from mailcore.view import MailView
from workers.urls.hosts import link_hits, targets, written_host


@detector(category="suspicious-link", weight=4.0, lifecycle=Lifecycle.STABLE)
def link_host_is_disguised_address(view: MailView) -> Iterable[Hit]:
    """A link leads to an IP address written as one number, in hexadecimal, octal or encoded (WHATWG URL, 3.5)."""
    return link_hits(filter(_is_disguised, targets(view.message)), "A link hides that it leads to the address {host}.")


def _is_disguised(link: Link) -> bool:
    return host_address(link.host) is not None and host_address(written_host(link.href)) is None
