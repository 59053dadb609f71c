"""What a worker process has at hand: settings, pools, stores. Built once before the fork, never at import."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from msgspec import Struct, field, structs

from mailcore.clock import Clock, system_clock
from mailcore.ports import Correspondents, Reputations
from mailcore.settings import Settings
from mailio.carried_links import RedisCarriedLinks
from mailio.correspondents import LINK_DOMAINS, RedisCorrespondents
from mailio.link_marks import LinkMarks
from mailio.message_store import RedisMessageStore
from mailio.redis_client import connect
from mailio.reputation import RedisReputations
from mailio.state import Counters, RedisState
from mailio.urls_of_redis import RedisUrls
from tasks.auth_queue import AuthQueue
from tasks.backlog import Backlog
from tasks.late_links import build_carried_links
from tasks.link_changes import LinkChanges, build_link_changes
from tasks.pools import build_scanner
from tasks.room import Room
from tasks.scanner import Scanner

# What is known of a sender is worth this much waiting; a store that takes longer is left alone for a while.
ACQUAINTANCE_SECONDS = 0.25


class Equipment(Struct, frozen=True, kw_only=True):
    """Handed to every task body."""

    settings: Settings
    scanner: Scanner
    store: RedisMessageStore
    state: RedisState
    counters: Counters
    backlog: Backlog | None = None
    auth_queue: AuthQueue | None = None
    correspondents: Correspondents | None = None
    reputations: Reputations | None = None
    link_changes: LinkChanges | None = None
    link_domains: Correspondents | None = None
    carried_links: RedisCarriedLinks | None = None
    link_marks: LinkMarks | None = None
    room: Room = field(default_factory=Room)
    clock: Clock = system_clock

    @property
    def claim_seconds(self) -> float:
        return self.settings.claim_seconds

    def flush(self) -> None:
        """Write what waits to be written in bundles: a process that ends would lose it."""
        for writer in (
            self.counters,
            self.correspondents,
            self.reputations,
            self.link_domains,
            self.carried_links,
        ):
            if writer is not None:
                writer.flush()


def build_equipment(
    settings: Settings,
    configs: Path,
    *,
    only: Collection[str] | None = None,
    interrupts: tuple[type[Exception], ...] = (),
) -> Equipment:
    """Equipment for a worker of the pools `only` (all when None).

    Connects lazily: a worker starts without Redis and waits for it. Raises ConfigurationError.
    """
    urls = RedisUrls.of(settings.redis)
    timeout = settings.redis.timeout_seconds
    state = RedisState(connect(urls.state, timeout=timeout))
    return Equipment(
        settings=settings,
        scanner=build_scanner(settings, configs, only=only, interrupts=interrupts),
        store=RedisMessageStore(connect(urls.claims, timeout=timeout)),
        state=state,
        counters=Counters(state),
        backlog=Backlog(connect(urls.broker, timeout=timeout)),
        auth_queue=AuthQueue(connect(urls.broker, timeout=timeout)),
        correspondents=build_correspondents(settings),
        reputations=build_reputations(settings),
        link_changes=build_link_changes(settings),
        link_domains=build_link_domains(settings),
        carried_links=build_carried_links(settings),
        link_marks=LinkMarks(connect(urls.state, timeout=timeout)),
    )


def build_correspondents(settings: Settings) -> Correspondents | None:
    """None where they are switched off. No mail waits longer than a moment for them."""
    if not settings.correspondents.enabled:
        return None
    timeout = min(settings.redis.timeout_seconds, ACQUAINTANCE_SECONDS)
    return RedisCorrespondents(connect(RedisUrls.of(settings.redis).state, timeout=timeout), settings.correspondents)


def build_link_domains(settings: Settings) -> Correspondents | None:
    """Where links led before, kept as correspondents are. None where that is switched off."""
    options = settings.correspondents
    if not options.enabled or not options.link_domains:
        return None
    timeout = min(settings.redis.timeout_seconds, ACQUAINTANCE_SECONDS)
    client = connect(RedisUrls.of(settings.redis).state, timeout=timeout)
    return RedisCorrespondents(client, structs.replace(options, most_pairs=options.link_domains), key=LINK_DOMAINS)


def build_reputations(settings: Settings) -> Reputations | None:
    """None where they are switched off. No mail waits longer than a moment for them."""
    if not settings.reputation.enabled:
        return None
    timeout = min(settings.redis.timeout_seconds, ACQUAINTANCE_SECONDS)
    return RedisReputations(connect(RedisUrls.of(settings.redis).state, timeout=timeout), settings.reputation)
