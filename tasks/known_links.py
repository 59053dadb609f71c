"""Plugs into the pool of links what is known of addresses besides the mail, by what the settings say."""

from __future__ import annotations

from mailcore.ports import LinkLists
from mailcore.settings import Settings
from mailio.feed_update import feeds_directory
from mailio.link_lists import FeedLists
from workers.pool import Pool


def knowing_links(pool: Pool, settings: Settings) -> Pool:
    """The pool of links, which asks everybody who knows addresses; as it is where nobody does."""
    sources = link_sources(settings)
    if not sources:
        return pool
    from workers.urls.opinions import with_lists

    return with_lists(pool, sources)


def link_sources(settings: Settings) -> tuple[LinkLists, ...]:
    """Those that are asked, in that order."""
    feeds = settings.feeds.enabled()
    return (FeedLists(feeds, feeds_directory(settings.state_dir)),) if feeds else ()
