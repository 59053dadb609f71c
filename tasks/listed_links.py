"""Compares what lists of bad links have since their update with the links of delivered mail."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import structlog

from mailcore.errors import StoreUnavailable
from mailcore.feed_settings import Feed, FeedFormat, is_local
from mailcore.link_addresses import Covers, Key, address_of, host_of, read_key
from mailcore.link_opinions import LinkOpinion, LinkStanding
from mailcore.links import unicode_host
from mailcore.settings import Settings
from mailio.brand_files import load_brands
from mailio.carried_links import Carried
from mailio.feed_update import Heed, heeded
from mailio.link_marks import UNSEEN_SECONDS
from mailio.list_files import load_lists
from tasks.late_links import Cause, LateLinks, build_late_links
from workers.urls.opinions import is_believed

log = structlog.get_logger("mailchord.late_links")

MOST_FOUND = 20_000  # entries that delivered mail has: more are a list that condemns everything


class ListedLinks:
    """One comparison: `heed` while lists are read, `read` after each that was taken over, `tell` in the end."""

    def __init__(self, late: LateLinks, carried: Carried, settings: Settings, configs: Path, directory: Path) -> None:
        self._late = late
        self._carried = carried
        self._least = settings.clicks.block_score
        self._configs = configs
        self._directory = directory
        self._seen: dict[Key, None] = {}
        self._found: dict[Key, tuple[str, Feed]] = {}
        self._read: list[str] = []

    def heed(self, feed: Feed) -> Heed | None:
        """What hears of entries of that list; None where nobody is to: it is no list whose links are blocked."""
        self._seen = {}
        if not self._counts(feed):
            return None
        carried, seen = self._carried, self._seen

        def hear(key: Key) -> None:
            if key in carried and len(seen) < MOST_FOUND:
                seen[key] = None

        return hear

    def read(self, name: str, feed: Feed) -> None:
        """The list was taken over, with what was heard of."""
        if self._counts(feed):
            self._read.append(name)
            self._found |= {key: (name, feed) for key in self._seen if key not in self._found}

    def tell(self) -> int:
        """Mark the messages that carried them; returns how many. Where Redis is away, the next update compares."""
        try:
            count = self._late.turned_bad(dict(self._causes()), seconds=UNSEEN_SECONDS) if self._found else 0
        except StoreUnavailable as error:
            log.warning("new entries of lists are compared with delivered mail next time", error=str(error))
            return 0
        for name in self._read:
            try:
                heeded(self._directory, name)
            except OSError as error:  # all of it is compared next time
                log.warning("it cannot be kept what a list had", feed=name, reason=error.strerror)
        return count

    def _counts(self, feed: Feed) -> bool:
        """Parts of hashes say of no address that it is bad: who has them is asked at each click."""
        is_whole = feed.format is not FeedFormat.SAFE_BROWSING
        return is_whole and feed.kind is LinkStanding.BAD and feed.weight >= self._least

    def _causes(self) -> Iterator[tuple[Key, Cause]]:
        lists, brands = load_lists(self._configs / "lists"), load_brands(self._configs / "brands")
        for key, (name, feed) in self._found.items():
            covers, text = read_key(key)
            opinion = LinkOpinion(
                source=name, kind=LinkStanding.BAD, entry=text, covers=covers, is_local=is_local(feed)
            )
            if not is_believed(opinion, lists, brands) or self._is_good(covers, text):
                continue
            host = text if covers is Covers.NETWORK else host_of(text)
            reason = f"A link leads to {unicode_host(host)}, which the list {name} has as bad."
            yield key, Cause(reason=reason, host=host)

    def _is_good(self, covers: Covers, text: str) -> bool:
        """Whether an administrator has said so of exactly that."""
        address = address_of(f"http://{text}") if covers is not Covers.NETWORK else None
        return address is not None and any(not mark.is_bad for mark in self._late.marks.find([address]))


def build_listed_links(settings: Settings, configs: Path, directory: Path) -> ListedLinks | None:
    """A comparison with what is remembered now; None where nothing is, or nobody can be asked (which is logged)."""
    late = build_late_links(settings)
    if late.carried is None:
        return None
    try:
        carried = late.carried.carried()
    except StoreUnavailable as error:
        log.warning("new entries of lists are compared with delivered mail next time", error=str(error))
        return None
    return ListedLinks(late, carried, settings, configs, directory)
