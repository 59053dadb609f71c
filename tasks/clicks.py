"""Judges a link at the time of the click: by the lists, the marks and, where it is on, a look at the page behind it."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from threading import Lock

import structlog
from msgspec import structs

from mailcore.clicks import ClickAnswer, Judgement, Mark, judge_click
from mailcore.errors import StoreUnavailable
from mailcore.link_addresses import address_of
from mailcore.links import make_link, passed_links
from mailcore.message import Envelope, Link, LinkOrigin, Message
from mailcore.safe_links import SafeLink
from mailcore.settings import Settings
from mailcore.verdict import PoolReport, PoolStatus
from mailio.link_marks import LinkMarks, keys_about
from tasks.following import FOLLOW
from tasks.late_links import BlockedClicks, Cause, build_late_links
from tasks.pools import build_scanner
from tasks.scanner import Scanner

log = structlog.get_logger("mailchord.clicks")

URLS = "urls"
# Somebody clicks twice, a mail goes to a hundred people: what was found a moment ago is so still.
REMEMBERED_SECONDS = 30.0
MOST_REMEMBERED = 10_000


class ClickJudge:
    """Usable by several threads. Never raises for a link, whatever is in it."""

    def __init__(
        self,
        scanner: Scanner,
        marks: LinkMarks | None,
        settings: Settings,
        blocked: BlockedClicks | None = None,
        *,
        stopwatch: Callable[[], float] = time.monotonic,
    ) -> None:
        self._scanner = scanner
        self._marks = marks
        self._blocked = blocked
        self._options = settings.clicks
        self._pools = [name for name in (URLS, FOLLOW) if name in scanner.pools]
        self._remembered: OrderedDict[str, tuple[float, tuple[PoolReport, ...]]] = OrderedDict()
        self._lock = Lock()
        self._stopwatch = stopwatch

    def judge(self, safe: SafeLink) -> Judgement:
        """What is known of the link now."""
        link = make_link(safe.target, part="", origin=LinkOrigin.HTML)
        if link is None:
            return Judgement(answer=ClickAnswer.BLOCK)
        others = passed_links(link)
        marks, is_known = self._marked(link, others, safe.reference)
        reports = () if marks else self._reports(safe, link, others)
        judgement = judge_click(reports, marks, self._options, way=_way(link))
        if not marks and judgement.answer is ClickAnswer.BLOCK and judgement.score >= self._options.block_score:
            self._tell(link, judgement, safe.reference)
        if is_known or judgement.answer is ClickAnswer.BLOCK:
            return judgement
        # Nobody can say what became known of it since.
        answer = ClickAnswer.WARN if self._options.unchecked else ClickAnswer.BLOCK
        return structs.replace(judgement, answer=answer, is_checked=False)

    def _tell(self, link: Link, judgement: Judgement, reference: str) -> None:
        """Whoever carried that link hears of it, after the answer."""
        address = address_of(link.href)
        if self._blocked is not None and address is not None:
            reason = judgement.reasons[0] if judgement.reasons else "A link was found to be bad when it was clicked."
            self._blocked.tell(address, Cause(reason=reason, host=link.host), reference)

    def _marked(self, link: Link, others: tuple[Link, ...], reference: str) -> tuple[tuple[Mark, ...], bool]:
        hrefs = (href for each in (link, *others) for href in _hrefs(each))
        addresses = list(dict.fromkeys(filter(None, map(address_of, hrefs))))
        if self._marks is None:
            return (), True
        try:
            marks = self._marks.find(addresses, reference)
            # Good is what the link leads to: anybody can write a good address inside of his own, or go through one.
            target = address_of(link.href)
            good = keys_about(target) if target is not None else ()
            return tuple(mark for mark in marks if mark.is_bad or mark.about in good), True
        except StoreUnavailable as error:
            log.warning("marks on links cannot be asked for", reason=str(error))
            return (), False

    def _reports(self, safe: SafeLink, link: Link, others: tuple[Link, ...]) -> tuple[PoolReport, ...]:
        now = self._stopwatch()
        with self._lock:
            known = self._remembered.get(safe.target)
        if known is not None and now - known[0] < REMEMBERED_SECONDS:
            return known[1]
        message = Message(id=safe.reference or "click", links=(link,), other_links=others)
        view = self._scanner.view(Envelope(), message)
        ends = now + self._options.seconds
        reports = tuple(
            self._scanner.run(name, view, {}, seconds=max(0.05, ends - self._stopwatch()))
            for name in self._pools
            if self._scanner.pools[name].work(message) is not None
        )
        with self._lock:
            self._remembered.pop(safe.target, None)
            # What was not seen to its end may be seen at the next click.
            if all(report.status is PoolStatus.OK for report in reports):
                self._remembered[safe.target] = (now, reports)
            while self._remembered and (len(self._remembered) > MOST_REMEMBERED or self._is_oldest_past(now)):
                self._remembered.popitem(last=False)
        return reports

    def _is_oldest_past(self, now: float) -> bool:
        return now - next(iter(self._remembered.values()))[0] >= REMEMBERED_SECONDS


def build_click_judge(settings: Settings, configs: Path, marks: LinkMarks | None) -> ClickJudge:
    """The judge of this installation. Raises ConfigurationError when a file is wrong."""
    # Pages are looked at, files behind links are not opened: that takes longer than anybody waits for a page.
    pools = {name: options for name, options in settings.pools.items() if name in (URLS, FOLLOW)}
    scanner = build_scanner(structs.replace(settings, pools=pools), configs)
    blocked = BlockedClicks(build_late_links(settings, marks)) if marks is not None else None
    return ClickJudge(scanner, marks, settings, blocked)


def _hrefs(link: Link) -> tuple[str, ...]:
    return (link.href, *(hop.href for hop in link.hops))


def _way(link: Link) -> str:
    return " > ".join((*(hop.host for hop in link.hops), link.host))
