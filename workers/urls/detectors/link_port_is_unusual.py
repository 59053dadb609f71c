"""A link to a port where public web sites do not live."""

from __future__ import annotations

from collections.abc import Iterable

from mailcore.detector import Hit, Lifecycle, detector
from mailcore.inside import is_inside
from mailcore.message import Link
from mailcore.view import MailView
from workers.urls.hosts import link_hits, port

# The default ports, and those that application servers use in good faith.
_USUAL = frozenset({0, 80, 443, 8080, 8443})


@detector(category="suspicious-link", weight=1.0, lifecycle=Lifecycle.STABLE)
def link_port_is_unusual(view: MailView) -> Iterable[Hit]:
    """A link names a port where public web sites do not live: often a hijacked machine."""
    return link_hits(filter(_is_unusual, view.message.links), "A link leads to an unusual port of {host}.")


def _is_unusual(link: Link) -> bool:
    # Hosts inside are spared: developers write links to localhost:3000. FTP has ports of its own.
    return link.scheme in ("http", "https") and port(link.href) not in _USUAL and not is_inside(link.host)
