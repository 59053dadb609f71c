"""A link whose host is written so that people read another one."""

from __future__ import annotations

from collections.abc import Iterable

from mailcore.detector import Hit, Lifecycle, detector
from mailcore.inside import is_inside
from mailcore.ip_addresses import host_address
from mailcore.links import unicode_host
from mailcore.message import Link
from mailcore.view import MailView
from workers.urls.hosts import link_hits, scripts, targets, written_host

# Scripts with letters that look like Latin ones; Japanese and Korean names mix Latin with theirs in good faith.
_LOOKALIKE = frozenset({"CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE"})


@detector(category="suspicious-link", weight=3.0, lifecycle=Lifecycle.STABLE)
def link_host_hides_with_encoding(view: MailView) -> Iterable[Hit]:
    """The host of a link is percent-encoded, in full-width letters, or mixes scripts that look alike."""
    return link_hits(filter(_hides, targets(view.message)), "A link disguises its target {host}.")


def _hides(link: Link) -> bool:
    # Addresses have their own detector; a name without a dot is a template or a host inside.
    if host_address(link.host) is not None or is_inside(link.host):
        return False
    written = written_host(link.href)
    if "%" in written:
        return True
    if not written.isascii() and link.host.isascii() and "xn--" not in link.host:
        return True  # letters that browsers turn into ASCII: full-width, mathematical
    return any(_mixes_scripts(label) for label in unicode_host(link.host).split("."))


def _mixes_scripts(label: str) -> bool:
    found = scripts(label)
    return "LATIN" in found and bool(found & _LOOKALIKE)
