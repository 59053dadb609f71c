"""A link that puts another site's name before an @."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import unquote

from mailcore.detector import Hit, Lifecycle, detector
from mailcore.links import is_known_tld
from mailcore.message import Link
from mailcore.view import MailView
from workers.urls.hosts import link_hits, targets, user_info


@detector(category="suspicious-link", weight=4.0, lifecycle=Lifecycle.STABLE)
def link_has_user_info(view: MailView) -> Iterable[Hit]:
    """What looks like the host of a link is a user name before an @; the link leads elsewhere (RFC 3986, 7.6)."""
    return link_hits(
        filter(_pretends, targets(view.message)), "A link pretends to be another site; it leads to {host}."
    )


def _pretends(link: Link) -> bool:
    # Plain user names are spared: `https://bob@git.example.org/` and `ftp://anonymous@...` are written in good faith.
    name = unquote(user_info(link.href)).partition(":")[0].rpartition("@")[2].strip("/\\ ")
    host = name.partition("/")[0].lower()
    return "." in host and is_known_tld(host.rpartition(".")[2])
