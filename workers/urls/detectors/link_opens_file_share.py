"""A link to a Windows file share somewhere on the internet."""

from __future__ import annotations

from collections.abc import Iterable

from mailcore.detector import Hit, Lifecycle, detector
from mailcore.inside import is_inside
from mailcore.view import MailView
from workers.urls.hosts import link_hits


@detector(category="suspicious-link", weight=4.0, lifecycle=Lifecycle.STABLE)
def link_opens_file_share(view: MailView) -> Iterable[Hit]:
    """A link opens a file share on the internet: Windows sends the user's password hash there."""
    # Shares inside are spared: colleagues send each other \\server\folder.
    shares = (link for link in view.message.links if link.scheme == "file" and not is_inside(link.host))
    return link_hits(shares, "A link opens a file share on {host}, which can steal the Windows password.")
