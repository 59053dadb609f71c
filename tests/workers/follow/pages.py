"""Views with links in them, and a web of pages to follow them through."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

from mailcore.brands import Brand, BrandIndex
from mailcore.fetched_pages import FetchedPage
from mailcore.follow_settings import Following
from mailcore.following import Trail
from mailcore.links import make_link
from mailcore.message import Envelope, Header, LinkOrigin, Message
from mailcore.organisation import Organisation
from mailcore.ports import PageFetcher
from mailcore.verdict import Finding
from mailcore.view import Lists, MailView
from tests.fakes import FakePages
from workers.follow import build
from workers.runner import run_pool

BRANDS = BrandIndex(
    [
        Brand(name="Northwind Bank", domains=("northwind-bank.example",)),
        Brand(name="Harvest", domains=("harvest.example",), ambiguous=("Harvest",)),
    ]
)
START = "https://start.test/x"
BANK = b"Northwind Bank - Sign in"
LOGIN = b"<title>%s</title><form action='%s'><input name=user><input type=password></form>"


def view_of(*hrefs: str, recipients: tuple[str, ...] = ("alice@example.org",), **headers: str) -> MailView:
    made = (make_link(href, part="1", origin=LinkOrigin.HTML) for href in hrefs)
    fields = tuple(Header(name.replace("_", "-"), value) for name, value in headers.items())
    message = Message(id="m1", headers=fields, links=tuple(filter(None, made)))
    return MailView(
        envelope=Envelope(recipients=recipients),
        message=message,
        brands=BRANDS,
        organisation=Organisation(domains=("example.org",)),
        lists=Lists(click_trackers=frozenset({"counter.example"})),
    )


def page(body: bytes = b"<p>hello", **facts: object) -> FetchedPage:
    return FetchedPage(**{"url": "", "status": 200, "content_type": "text/html", "body": body, **facts})  # type: ignore[arg-type]


def to(location: str, status: int = 302) -> FetchedPage:
    return FetchedPage(url="", status=status, location=location)


EXE = page(b"MZ", content_type="application/octet-stream", filename="setup.exe")
INSIDE = FetchedPage(url="", problem="10.0.0.1 is not in the internet", is_forbidden=True)


def over(*domains: str, end: FetchedPage) -> dict[str, FetchedPage]:
    """The link leads over these sites to that page."""
    urls = [START, *(f"https://{domain}/" for domain in domains)]
    pages = {url: to(following) for url, following in pairwise(urls)}
    return {**pages, urls[-1]: end}


def trails(view: MailView, fetcher: PageFetcher, options: Following | None = None) -> tuple[Trail, ...]:
    return build(fetcher, options or Following()).gather(view, {}, seconds=10.0).view.followed


def findings(view: MailView, fetcher: PageFetcher) -> tuple[Finding, ...]:
    """Through the pool as it runs; what is found on the way is judged by nobody here."""
    report = run_pool(build(fetcher, Following()), view, {}, seconds=10.0, judge_derived=lambda _view, _text: ())
    assert report.errors == ()
    return report.findings


def heavy(pages: Mapping[str, FetchedPage]) -> list[str]:
    """What is found behind a link to `START` and weighs something."""
    return [finding.id for finding in findings(view_of(START), FakePages(pages)) if finding.weight > 0.5]
