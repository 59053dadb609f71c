"""Plugs into the pool of links what is known of addresses besides the mail, by what the settings say."""

from __future__ import annotations

import redis

from mailcore.feed_settings import FeedFormat
from mailcore.ports import LinkLists
from mailcore.settings import Settings
from mailio.bounded_memory import LocalMemory
from mailio.feed_update import feeds_directory
from mailio.link_lists import FeedLists
from mailio.safe_browsing import SafeBrowsing
from mailio.secret_files import read_key
from tasks.known_files import redis_client, shared
from workers.pool import Pool

# Answers about parts of hashes, in a process and in Redis. Most have one whole hash or none.
ANSWERS, SHARED_ANSWERS, ANSWER_BYTES = 4_000, 16_384, 1_024


def knowing_links(pool: Pool, settings: Settings) -> Pool:
    """The pool of links, which asks everybody who knows addresses; as it is where nobody does.

    Raises ConfigurationError for keys that cannot be read.
    """
    sources = link_sources(settings, redis_client(settings) if settings.feeds.enabled() else None)
    if not sources:
        return pool
    from workers.urls.opinions import with_lists

    return with_lists(pool, sources)


def link_sources(settings: Settings, client: redis.Redis | None = None) -> tuple[LinkLists, ...]:
    """Those that are asked, in that order; without Redis each process remembers for itself.

    Raises ConfigurationError for keys that cannot be read.
    """
    feeds = settings.feeds.enabled()
    directory = feeds_directory(settings.state_dir)
    imported = {name: feed for name, feed in feeds.items() if feed.format is not FeedFormat.SAFE_BROWSING}
    sources: list[LinkLists] = [FeedLists(imported, directory)] if imported else []
    for name, feed in feeds.items():
        if feed.format is FeedFormat.SAFE_BROWSING:
            near = LocalMemory(entries=ANSWERS, most_bytes=ANSWERS * ANSWER_BYTES)
            memory = shared(near, client, "safe-browsing", places=SHARED_ANSWERS, most_bytes=ANSWER_BYTES)
            key = read_key(feed.key_file, setting=f"feeds.lists.{name}.key_file")
            sources.append(SafeBrowsing(name, feed, key, directory, memory))
    return tuple(sources)
