"""Follows the links of one message, each to its end, within the time that there is."""

from __future__ import annotations

import base64
import binascii
import hashlib
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Protocol
from urllib.parse import unquote_to_bytes

from msgspec import Struct, structs

from mailcore.entries import is_listed
from mailcore.fetched_pages import FetchedPage
from mailcore.follow_settings import Following
from mailcore.following import Download, Page, Step, StepKind, Trail
from mailcore.links import registered_domain
from mailcore.message import Link
from mailcore.page_icons import MOST_BYTES as ICON_BYTES
from mailcore.ports import PageFetcher
from mailcore.view import FileFacts, MailView
from workers.follow.choice import absolute, chosen, may_act, spared_by
from workers.follow.page import Document, joined
from workers.pool import DerivedText, Gather, Gathered

REDIRECTS = frozenset({301, 302, 303, 307, 308})
# What a browser shows; everything else it saves.
PAGES = ("text/html", "application/xhtml+xml")
SHOWN = (*PAGES, "text/plain", "image/", "audio/", "video/", "font/", "text/css", "application/json", "text/xml")
LOOK_BYTES = 512
ICON_SECONDS = 2.0
NO_TIME = "no picture of a page: there was no time left"
TEXT_CHARACTERS = 4_096
# Of the time that there is: detectors come after it.
SHARE = 0.9


class LookInto(Protocol):
    """Opens a file behind a link as the files of a message are opened; raises what interrupts the pool."""

    def __call__(self, view: MailView, name: str, data: bytes, *, seconds: float) -> Gathered: ...


class SeeIcons(Protocol):
    """Names the brands (by their keys in the list) whose listed logos are among these icons, and says what is wrong."""

    def __call__(
        self, view: MailView, icons: Sequence[bytes], *, seconds: float
    ) -> tuple[tuple[str, ...], tuple[str, ...]]: ...


class TakePicture(Protocol):
    """Draws a page and keeps the picture: the way to it, or "" and why there is none. Never raises for a page."""

    def __call__(self, page: bytes, name: str, *, seconds: float) -> tuple[str, str]: ...


class Follower(Struct, frozen=True, kw_only=True):
    """What following one message needs. `ends` is by `time.monotonic`."""

    fetcher: PageFetcher
    options: Following
    recipients: tuple[str, ...]
    spared: frozenset[str]
    ends: float
    view: MailView
    see_icons: SeeIcons | None = None

    def follow(self, link: Link) -> tuple[Trail, FetchedPage | None]:
        """The way of one link, and the page or file at its end, where there is one."""
        url, host = absolute(link.href, self.recipients)
        trail, kind = Trail(part=link.part, href=link.written[:TEXT_CHARACTERS]), StepKind.LINK
        steps: list[Step] = []
        asked: set[str] = set()  # as steps have only their beginnings
        while len(steps) < self.options.hops:
            step = Step(url[:TEXT_CHARACTERS], host, registered_domain(host), kind)
            if url in asked:
                return structs.replace(trail, steps=tuple(steps), problem="it leads in a circle"), None
            asked.add(url)
            fetched = self._fetched(url) if not steps or not (why := self._why_not(url, host)) else _unasked(url, why)
            steps.append(structs.replace(step, status=fetched.status))
            trail = structs.replace(
                trail, steps=tuple(steps), problem=fetched.problem, is_forbidden=fetched.is_forbidden
            )
            document = Document(url, fetched.body) if _is_page(fetched) else None
            onwards = self._onwards(url, fetched, document)
            if onwards is None:
                return self._arrived(trail, fetched, document)
            kind, target = onwards
            url, host = absolute(target, self.recipients)
            if not url:
                return structs.replace(trail, problem="it leads to no page of the web"), None
        return structs.replace(trail, problem=f"more than {self.options.hops} hops"), None

    def _onwards(self, url: str, fetched: FetchedPage, document: Document | None) -> tuple[StepKind, str] | None:
        if fetched.status in REDIRECTS and fetched.location:
            return StepKind.REDIRECT, joined(url, fetched.location)
        return document.leads_on() if document is not None else None

    def _why_not(self, url: str, host: str) -> str:
        """Why nobody is asked there, as with links of the mail; "" where there is no reason."""
        if is_listed(host, self.spared):
            return "it leads to a site that is not asked"
        return "what comes next may do something when it is opened" if may_act(url) else ""

    def _fetched(self, url: str) -> FetchedPage:
        """The answer. What it is (HEAD) says how much of it is wanted, and is not believed: only programs ask so."""
        began = time.monotonic()
        head = self._asked(url, most_bytes=0, only_head=True)
        if head.is_forbidden:
            return head
        # Who says nothing may want to be asked like browsers do it, or is not there: both together get the same time.
        passed = 0.0 if head.status else time.monotonic() - began
        most = self._wanted(head)
        is_late = passed >= self.options.request_seconds
        answer = self._asked(url, most_bytes=most, passed=passed) if most and not is_late else head
        if _is_page(answer) and answer.is_cut and most < self.options.page_bytes:
            return self._asked(url, most_bytes=self.options.page_bytes)
        return answer

    def _wanted(self, head: FetchedPage) -> int:
        """Bytes: of what browsers only show as many as tell that it is that."""
        if head.status != 200 or not head.content_type or head.content_type in PAGES:
            return self.options.page_bytes
        if not head.filename and head.content_type.startswith(SHOWN):
            return LOOK_BYTES
        return self.options.download_bytes

    def _asked(self, url: str, *, most_bytes: int, only_head: bool = False, passed: float = 0.0) -> FetchedPage:
        left = min(self.options.request_seconds - passed, self.ends - time.monotonic())
        if left <= 0:
            return FetchedPage(url=url, problem="the time was up")
        return self.fetcher.fetch(url, seconds=left, most_bytes=most_bytes, only_head=only_head)

    def _arrived(
        self, trail: Trail, fetched: FetchedPage, document: Document | None
    ) -> tuple[Trail, FetchedPage | None]:
        if document is not None and not fetched.filename:
            page = document.facts()
            if page.password_fields:
                page = self._with_icons(page, list(self._icons(document)))
            return structs.replace(trail, page=page), fetched
        is_file = fetched.status == 200 and (fetched.filename or not fetched.content_type.startswith(SHOWN))
        if not is_file:
            return trail, None
        name = fetched.filename or trail.end.url.partition("?")[0].rpartition("/")[2][:200] or "download"
        download = Download(
            name=name,
            content_type=fetched.content_type,
            size=len(fetched.body),
            sha256=hashlib.sha256(fetched.body).hexdigest() if fetched.body and not fetched.is_cut else "",
            is_cut=fetched.is_cut,
        )
        return structs.replace(trail, download=download), fetched

    def _with_icons(self, page: Page, icons: Sequence[bytes]) -> Page:
        brands: tuple[str, ...] = ()
        problems: tuple[str, ...] = ()
        left = self.ends - time.monotonic()
        if icons and self.see_icons is not None and left > 0:
            brands, problems = self.see_icons(self.view, icons, seconds=min(ICON_SECONDS, left))
        hashes = tuple(hashlib.sha256(icon).hexdigest() for icon in icons)
        return structs.replace(page, icons=hashes, icon_brands=brands, problems=problems)

    def _icons(self, document: Document) -> Iterable[bytes]:
        for icon in document.icons():
            if inside := _inside(icon):
                yield inside
                continue
            url, host = absolute(icon, self.recipients)
            is_asked = url and not self._why_not(url, host)
            found = self._asked(url, most_bytes=ICON_BYTES) if is_asked else None
            if found is not None and found.status == 200 and found.body and not found.is_cut:
                yield found.body


def build_gather(
    fetcher: PageFetcher,
    options: Following,
    look_into: LookInto | None,
    see_icons: SeeIcons | None = None,
    take_picture: TakePicture | None = None,
) -> Gather:
    """The pool's `gather`. It never raises for what servers do; files behind links go to `look_into`."""

    def gather(view: MailView, parts: Mapping[str, bytes], *, seconds: float) -> Gathered:  # noqa: ARG001
        ends = time.monotonic() + seconds * SHARE
        follower = Follower(
            fetcher=fetcher,
            options=options,
            recipients=_people(view),
            spared=spared_by(view, options.never),
            ends=ends,
            view=view,
            see_icons=see_icons,
        )
        trails: list[Trail] = []
        files: list[FileFacts] = []
        derived: list[DerivedText] = []
        problems: list[str] = []
        bodies: list[bytes] = []
        for link in chosen(view, never=options.never, most=options.links):
            if time.monotonic() >= ends:
                problems.append("there was no time to follow all links")
                break
            trail, file = follower.follow(link)
            trails.append(trail)
            derived += _led_to(view, trail)
            bodies.append(file.body if file is not None else b"")
            if file is None or look_into is None or not file.body or trail.download is None:
                continue
            seen = look_into(view, trail.download.name, file.body, seconds=max(0.1, ends - time.monotonic()))
            files += seen.view.files
            derived += seen.derived
            problems += seen.problems
        # Last, so that a picture takes no time from what is judged.
        for number, body in enumerate(bodies):
            trails[number] = _pictured(trails[number], body, f"{view.message.id}-{number + 1}", take_picture, ends)
        return Gathered(
            view=structs.replace(view, followed=tuple(trails), files=tuple(files)),
            derived=tuple(derived),
            problems=(*problems, *_unseen(trails)),
            is_whole=False,
        )

    return gather


def _unseen(trails: Iterable[Trail]) -> Iterator[str]:
    """What could not be seen of the pages."""
    for trail in trails:
        yield from trail.page.problems if trail.page is not None else ()


def _pictured(trail: Trail, body: bytes, name: str, take_picture: TakePicture | None, ends: float) -> Trail:
    """The way with a picture of its page, or a word why there is none, where one is wanted."""
    if trail.page is None or not trail.page.password_fields or take_picture is None:
        return trail
    left = ends - time.monotonic()
    path, problem = take_picture(body, name, seconds=left) if left > 0 else ("", NO_TIME)
    problems = (*trail.page.problems, problem) if problem else trail.page.problems
    return structs.replace(trail, page=structs.replace(trail.page, screenshot=path, problems=problems))


def _is_page(fetched: FetchedPage) -> bool:
    """Whether browsers show it as HTML, by its type or, where the server says none, by how it begins."""
    if not fetched.content_type:
        return fetched.body[:LOOK_BYTES].lstrip(b"\xef\xbb\xbf\t\n\f\r ").startswith(b"<")
    return fetched.content_type in PAGES and bool(fetched.body)


def _unasked(url: str, why: str) -> FetchedPage:
    return FetchedPage(url=url, problem=why)


def _inside(url: str) -> bytes:
    """What a `data:` URL holds (RFC 2397); b"" for others, damaged and large ones."""
    head, comma, data = url[: 4 * ICON_BYTES].partition(",")
    if not comma or head[:5].lower() != "data:":
        return b""
    held = unquote_to_bytes(data)
    if head.rstrip().lower().endswith(";base64"):
        try:
            held = base64.b64decode(held.rstrip(b"=") + b"==")
        except binascii.Error:
            return b""
    return held if len(held) <= ICON_BYTES else b""


def _led_to(view: MailView, trail: Trail) -> list[DerivedText]:
    """The pages on the way that the mail itself does not name: they are judged like links of the mail."""
    known = {link.host for link in view.message.links} | {link.host for link in view.message.other_links}
    new = tuple(dict.fromkeys(step.url for step in trail.steps[1:] if step.host not in known))
    return [DerivedText(part=trail.part, source=trail.way[:TEXT_CHARACTERS], urls=new)] if new else []


def _people(view: MailView) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*view.envelope.recipients, *view.delivery.recipients)))
