"""Plugs into the pool of links what is known of addresses besides the mail, by what the settings say."""

from __future__ import annotations

import redis

from mailcore.feed_settings import FeedFormat
from mailcore.ports import DomainAges, LinkLists
from mailcore.settings import Settings
from mailio.bounded_memory import LocalMemory
from mailio.feed_update import feeds_directory
from mailio.hash_services import Quota
from mailio.link_lists import FeedLists
from mailio.rdap import RdapAges
from mailio.rdap_servers import RdapServers, servers_path
from mailio.safe_browsing import SafeBrowsing
from mailio.secret_files import read_key
from tasks.known_files import redis_client, shared
from workers.pool import Pool

# Answers about parts of hashes, in a process and in Redis. Most have one whole hash or none.
ANSWERS, SHARED_ANSWERS, ANSWER_BYTES = 4_000, 16_384, 1_024
AGES, SHARED_AGES, AGE_BYTES = 4_000, 65_536, 64


def knowing_links(pool: Pool, settings: Settings) -> Pool:
    """The pool of links, which asks everybody who knows addresses; as it is where nobody does.

    Raises ConfigurationError for keys that cannot be read.
    """
    client = redis_client(settings) if settings.feeds.enabled() or settings.feeds.domain_age.enabled else None
    if sources := link_sources(settings, client):
        from workers.urls.opinions import with_lists

        pool = with_lists(pool, sources)
    if settings.feeds.domain_age.enabled:
        from workers.urls.ages import with_ages

        pool = with_ages(pool, domain_ages(settings, client), settings.feeds.domain_age)
    return pool


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


def domain_ages(settings: Settings, client: redis.Redis | None) -> DomainAges:
    """Registries, with what they said before."""
    wanted = settings.feeds.domain_age
    near = LocalMemory(entries=AGES, most_bytes=AGES * AGE_BYTES)
    memory = shared(near, client, "rdap", places=SHARED_AGES, most_bytes=AGE_BYTES)
    path = servers_path(feeds_directory(settings.state_dir))
    servers = RdapServers(path, plain_http=wanted.private_addresses)
    return RdapAges(wanted, servers, memory, Quota(client, kind="rdap-quota"))
