"""Views with links in them, as the parser makes them."""

from __future__ import annotations

from mailcore.links import make_link
from mailcore.message import Envelope, Header, LinkOrigin, Message
from mailcore.view import Lists, MailView
from workers.runner import run_pool
from workers.urls import build

LISTS = Lists(
    shorteners=frozenset({"short.example"}),
    risky_tlds=frozenset({"zip", "top"}),
    click_trackers=frozenset({"tracker.example", "safelinks.example.net"}),
)


def view_of(*links: tuple[str, str] | str, sender: str = "Alice <alice@example.org>") -> MailView:
    """A view of HTML links given as (href, shown) or href alone."""
    pairs = [(link, "") if isinstance(link, str) else link for link in links]
    made = (make_link(href, shown=shown, part="1", origin=LinkOrigin.HTML) for href, shown in pairs)
    message = Message(id="m1", headers=(Header("From", sender),), links=tuple(filter(None, made)))
    return MailView(envelope=Envelope(), message=message, lists=LISTS)


def found(view: MailView, detector: str) -> list[str]:
    """Quotes of what that detector found, through the pool as it runs."""
    report = run_pool(build(), view, {}, seconds=5.0)
    assert report.errors == ()
    return [finding.where.quote for finding in report.findings if finding.id == detector]
