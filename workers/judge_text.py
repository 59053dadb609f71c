"""Judges text that was found on the way (in a picture, a document, a code) like the mail's own text and links."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from msgspec import structs

from mailcore.detector import Hit
from mailcore.links import find_links, make_link, passed_links
from mailcore.message import Link, LinkOrigin
from mailcore.verdict import Finding
from mailcore.view import MailView
from mailcore.written_hosts import find_written
from workers.pool import DerivedText, Pool
from workers.runner import finding_of

LOOK_UP_SECONDS = 1.0  # for what is known of the links of one text
MAX_LINKS = 200  # in one derived text; a page of a document rarely has more than twenty


def build_judge(content: Pool, urls: Pool) -> Callable[[MailView, DerivedText], Iterable[Finding]]:
    """A function that yields what the content rules and the link detectors find in a derived text.

    Rules see it together with the mail's own text, since half of a message is often put into a picture; what
    they find without it is not found again. Detectors that raise do so into the caller's `try`.
    """

    known = Known(content)

    def judge(view: MailView, derived: DerivedText) -> Iterator[Finding]:
        if derived.text.strip() or derived.urls:
            yield from _judge_words(content, known, view, derived)
        links = _links(view, derived)
        others = _other_links(derived, links)
        if links or others:
            message = structs.replace(view.message, links=links, other_links=others)
            with_links = structs.replace(view, message=message)
            with_links = urls.gather(with_links, {}, seconds=LOOK_UP_SECONDS).view
            yield from _findings(urls, with_links, derived)

    return judge


class Known:
    """What the content rules find in a mail without any derived text: asked once for all texts of that mail."""

    def __init__(self, content: Pool) -> None:
        self._content = content
        self._last: tuple[MailView, frozenset[str]] | None = None

    def of(self, view: MailView) -> frozenset[str]:
        """Ids of those findings."""
        last = self._last
        if last is None or last[0] is not view:
            # Rules may ask what pictures and files hold: without them is what the content pool itself has seen.
            without = structs.replace(view, images=(), files=())
            found = ((detector, hit) for detector in self._content.detectors for hit in detector.run(without))
            last = self._last = (view, frozenset(hit.id or detector.id for detector, hit in found))
        return last[1]


def _judge_words(content: Pool, known: Known, view: MailView, derived: DerivedText) -> Iterator[Finding]:
    text = f"{view.message.text}\n{derived.text}"
    with_text = structs.replace(view, message=structs.replace(view.message, text=text))
    for finding in _findings(content, with_text, derived):
        # Most texts say nothing: then nobody needs to know what the mail says without them.
        if finding.id not in known.of(view):
            yield finding


def _findings(pool: Pool, view: MailView, derived: DerivedText) -> Iterator[Finding]:
    for detector in pool.detectors:
        for hit in detector.run(view):
            yield finding_of(pool.name, detector, _placed(hit, derived))


def _placed(hit: Hit, derived: DerivedText) -> Hit:
    """The evidence is in the derived text, unless the hit names a header."""
    if hit.where.header:
        return hit
    where = structs.replace(hit.where, part=derived.part, file=derived.source, offset=None)
    return structs.replace(hit, where=where)


def _other_links(derived: DerivedText, links: tuple[Link, ...]) -> tuple[Link, ...]:
    """What those links may lead on to, and the hosts that the text tells its reader to type."""
    known = {link.host for link in links}
    written = find_written(derived.text, part=derived.part, limit=MAX_LINKS, known=known)
    passed = [each for link in links for each in passed_links(link)]
    return (*passed[:MAX_LINKS], *written)


def _links(view: MailView, derived: DerivedText) -> tuple[Link, ...]:
    is_picture = any(image.part == derived.part for image in view.images)
    in_text = find_links(
        derived.text,
        part=derived.part,
        origin=LinkOrigin.IMAGE_TEXT if is_picture else LinkOrigin.FILE,
        limit=MAX_LINKS,
    )
    codes = LinkOrigin.QR_CODE if is_picture else LinkOrigin.FILE
    in_codes = (make_link(url, part=derived.part, origin=codes) for url in derived.urls[:MAX_LINKS])
    return (*in_text, *filter(None, in_codes))
