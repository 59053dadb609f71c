"""A link to an IP address instead of a name."""

from __future__ import annotations

from collections.abc import Iterable

from mailcore.detector import Hit, Lifecycle, detector
from mailcore.inside import is_inside
from mailcore.ip_addresses import host_address
from mailcore.message import Link
from mailcore.view import MailView
from workers.urls.hosts import link_hits, targets, written_host


@detector(category="suspicious-link", weight=2.0, lifecycle=Lifecycle.STABLE)
def link_host_is_ip_address(view: MailView) -> Iterable[Hit]:
    """A link leads to an IP address, in plain notation; services that have nothing to hide have names."""
    return link_hits(filter(_is_plain_address, targets(view.message)), "A link leads to the bare address {host}.")


def _is_plain_address(link: Link) -> bool:
    # Private addresses are spared: printers, routers and monitoring write such mail inside.
    if host_address(link.host) is None or is_inside(link.host):
        return False
    return host_address(written_host(link.href)) is not None
