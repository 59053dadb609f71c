"""What a worker process has at hand: settings, pools, stores. Built once before the fork, never at import."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from msgspec import Struct

from mailcore.clock import Clock, system_clock
from mailcore.settings import Settings
from mailio.message_store import RedisMessageStore
from mailio.redis_client import connect
from mailio.state import Counters, RedisState
from mailio.urls_of_redis import RedisUrls
from tasks.backlog import Backlog
from tasks.pools import build_scanner
from tasks.scanner import Scanner


class Equipment(Struct, frozen=True, kw_only=True):
    """Handed to every task body."""

    settings: Settings
    scanner: Scanner
    store: RedisMessageStore
    state: RedisState
    counters: Counters
    backlog: Backlog | None = None
    clock: Clock = system_clock

    @property
    def claim_seconds(self) -> float:
        return self.settings.claim_seconds


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
    )
