"""The click service: reads a safe link, judges its target now, and leads on, warns or blocks.

It leads nowhere but to what stands, signed, in a safe link of ours: it is no open redirector. `GET` leads on, `POST`
is for what the pages' buttons do, and for forms of mail whose action became a safe link.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol
from urllib.parse import urlsplit

import can_ada
import structlog
from msgspec import Struct, structs
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response

from mailcore import safe_links
from mailcore.click_settings import Clicks, Recorded
from mailcore.clicks import ClickAnswer, Judgement
from mailcore.clock import Clock, system_clock
from mailcore.ip_addresses import network_of, read_address
from mailcore.links import make_link
from mailcore.message import LinkOrigin
from mailcore.ports import RateLimits
from mailcore.rate import Bucket
from mailcore.safe_links import Flag, Keys, Refusal, SafeLink
from rest_api.click_pages import PRIVATE, ClickPages

log = structlog.get_logger("mailchord.clicks")

CONTINUE, BAD, GOOD = "continue", "report-bad", "report-good"
# Of one address, and on one link: the stream of events is bounded, and nobody must push others out of it.
REPORTS_PER_HOUR = 20
# A page of somebody else must not press our buttons (Fetch Metadata, "Sec-Fetch-Site").
OWN_SITES = ("", "same-origin", "none")


class JudgeClick(Protocol):
    """Judges a link now; never raises."""

    def __call__(self, link: SafeLink) -> Judgement: ...


class ClickEvents(Protocol):
    """Where clicks and reports are written down; never raises, never waits long."""

    def count(self, name: str) -> None: ...

    def tell(self, kind: str, **fields: str | float) -> None: ...


class ClickService(Struct, frozen=True, kw_only=True):
    """The handlers of the service. `keys` are those of now: they may be renewed while it runs."""

    base_url: str
    keys: Callable[[], Keys]
    judge: JudgeClick
    pages: ClickPages
    options: Clicks
    events: ClickEvents
    limits: RateLimits
    clock: Clock = system_clock

    def open(self, request: Request) -> Response:
        """A click."""
        if (refused := self._refused(request)) is not None:
            return refused
        reading = self._read(request)
        if reading.link is None or reading.refusal is not None:
            return self._no_link(request, reading)
        link = reading.link
        is_form = request.method == "POST"
        if is_form and not link.flags & Flag.FORM:
            return self._page(request, "unknown")
        sent = _filled_in(request, link)
        judged = sent if _leads_on(sent) else link
        judgement = self.judge(judged)
        self._record(request, link, judgement, str(judgement.answer))
        if judgement.answer is ClickAnswer.GO:
            return self._lead_on(sent, status=307 if is_form else 302)  # 307: what was filled in goes along
        return self._warning(request, judged, judgement, with_form=is_form)

    def unknown(self, request: Request) -> Response:
        """Any other address."""
        return self._page(request, "unknown")

    def act(self, request: Request, action: str) -> Response:
        """A button of a page was pressed."""
        if (refused := self._refused(request)) is not None:
            return refused
        reading = self._read(request)
        if reading.link is None or reading.refusal is not None:
            return self._no_link(request, reading)
        if request.headers.get("sec-fetch-site", "") not in OWN_SITES:
            return self._page(request, "unknown")
        link = reading.link
        judgement = self.judge(link)
        if action != CONTINUE:
            if self._may_report(request):
                self._report(link, judgement, is_bad=action == BAD)
            else:
                self.events.count("links_reported_too_often")
            if judgement.answer is ClickAnswer.GO:
                return self._page(request, "reported", link=link)
            return self._warning(request, link, judgement, said="reported")
        if judgement.answer is ClickAnswer.BLOCK:
            return self._warning(request, link, judgement)
        self._record(request, link, judgement, "went on")
        return self._lead_on(link, status=303)

    def _read(self, request: Request) -> safe_links.Reading:
        label, token = request.path_params["label"], request.path_params["token"]
        reading = safe_links.read(label, token, self.keys(), now=self.clock())
        # A link to ourselves would lead in a circle.
        if reading.link is not None and safe_links.split(reading.link.target, self.base_url) is not None:
            return safe_links.Reading(refusal=Refusal.MALFORMED)
        return reading

    def _no_link(self, request: Request, reading: safe_links.Reading) -> Response:
        self.events.count(f"clicks_{str(reading.refusal).replace(' ', '_')}")
        if reading.refusal is Refusal.EXPIRED and reading.link is not None:
            return self._page(request, "expired", link=reading.link)
        return self._page(request, "unknown")

    def _lead_on(self, link: SafeLink, *, status: int) -> Response:
        return RedirectResponse(can_ada.parse(link.target).href, status_code=status, headers=PRIVATE)

    def _warning(
        self, request: Request, link: SafeLink, judgement: Judgement, *, said: str = "", with_form: bool = False
    ) -> Response:
        kind = "block" if judgement.answer is ClickAnswer.BLOCK else "warn"
        if kind == "warn" and not judgement.is_checked and judgement.score < self.options.warn_score:
            kind = "unchecked"
        actions = [] if kind == "block" else [(CONTINUE, "go_on")]
        if not said:
            actions += [(GOOD, "report_good")] if kind == "block" else [(BAD, "report_bad")]
        buttons = [(f"{self._address(request)}/{action}", word) for action, word in actions]
        return self._page(
            request, kind, link=link, reasons=judgement.reasons, actions=buttons, said=said, with_form=with_form
        )

    def _address(self, request: Request) -> str:
        """The path of the link that the request is about."""
        prefix = urlsplit(self.base_url).path.rstrip("/")
        return f"{prefix}/{request.path_params['label']}/{request.path_params['token']}"

    def _page(self, request: Request, kind: str, *, link: SafeLink | None = None, **words: object) -> Response:
        accepted = request.headers.get("accept-language", "")
        return self.pages.page(kind, accepted, target=link.target if link is not None else "", **words)  # type: ignore[arg-type]

    def _refused(self, request: Request) -> Response | None:
        """The page for whoever asks too often."""
        bucket = Bucket(f"click:{_whose(request)}", self.options.clicks_per_minute, 60.0)
        if self.limits.take((bucket,)) is None:
            return None
        return self._page(request, "busy")

    def _may_report(self, request: Request) -> bool:
        _, _, _, mac, _ = request.path_params["token"].split(".")
        who, what = f"report:{_whose(request)}", f"report:{mac}"
        return self.limits.take(tuple(Bucket(key, REPORTS_PER_HOUR, 3_600.0) for key in (who, what))) is None

    def _record(self, request: Request, link: SafeLink, judgement: Judgement, became: str) -> None:
        self.events.count("clicks")
        self.events.count(f"clicks_{became.replace(' ', '_')}")
        if self.options.record is Recorded.COUNTS:
            return
        fields: dict[str, str | float] = {
            "id": link.reference,
            "host": can_ada.parse(link.target).hostname,
            "became": became,
            "score": judgement.score,
        }
        if self.options.record is Recorded.PEOPLE:
            fields["client"] = request.client.host if request.client is not None else ""
            fields["program"] = request.headers.get("user-agent", "")[:200]
        self.events.tell("click", **fields)

    def _report(self, link: SafeLink, judgement: Judgement, *, is_bad: bool) -> None:
        """Somebody says that we are wrong. The target goes along: without it nobody could look."""
        self.events.count("links_reported")
        log.warning(
            "link reported", id=link.reference, says="bad" if is_bad else "good", answered=str(judgement.answer)
        )
        self.events.tell(
            "link reported",
            id=link.reference,
            target=link.target,
            says="bad" if is_bad else "good",
            answered=str(judgement.answer),
            score=judgement.score,
        )


def _filled_in(request: Request, link: SafeLink) -> SafeLink:
    """The link with what a form has put into its query: in place of the one that it had, as in browsers."""
    query = request.url.query
    if not query or request.method == "POST" or not link.flags & Flag.FORM:
        return link
    target = can_ada.parse(link.target)
    target.search = query
    return structs.replace(link, target=target.href)


def _leads_on(link: SafeLink) -> bool:
    """Whether its query says to a service where to lead on to; what else was filled into a form is its reader's own."""
    found = make_link(link.target, origin=LinkOrigin.HTML)
    return found is None or bool(found.hops)


def _whose(request: Request) -> str:
    return client_of(request.client.host if request.client is not None else "")


def client_of(address: str) -> str:
    """Whom requests are counted for: an IPv4 address, a /64 of IPv6."""
    found = read_address(address)
    return network_of(found, ipv4_prefix=32, ipv6_prefix=64) if found is not None else "unknown"


def health(_request: Request) -> Response:
    return PlainTextResponse("ok\n")
