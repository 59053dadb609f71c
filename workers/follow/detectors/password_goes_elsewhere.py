"""A page whose password goes to somebody else than the page belongs to."""

from __future__ import annotations

from collections.abc import Iterable

from mailcore.detector import Hit, Lifecycle, detector
from mailcore.links import read_url, registered_domain, through_hosts, unicode_host
from mailcore.verdict import Where
from mailcore.view import MailView


@detector(category="phishing", weight=4.0, lifecycle=Lifecycle.STABLE)
def password_goes_elsewhere(view: MailView) -> Iterable[Hit]:
    """A link leads to a page with a form for a password that is sent to another domain."""
    for trail in view.followed:
        for form in trail.page.password_forms if trail.page is not None else ():
            read = read_url(form)
            host = read[1] if read is not None else ""
            # Companies send logins to their own other domains (microsoft.com, live.com).
            is_known = bool(view.brands.owners(host))
            if host and host != trail.end.host and not is_known and registered_domain(host) != trail.end.domain:
                yield Hit(
                    summary=f"A link leads{through_hosts(trail.hosts_before)} to a page at "
                    f"{unicode_host(trail.end.host)} that sends the password to {unicode_host(host)}.",
                    detail=f"{trail.way}{trail.page.shown_screenshot if trail.page is not None else ''}",
                    where=Where(part=trail.part, quote=trail.href),
                )
                break
