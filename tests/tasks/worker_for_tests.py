"""A real Celery worker with the pools of `pools_for_tests`: `... BROKER QUEUES DEADLINE COUNTED_EVERY [caged]`."""

from __future__ import annotations

import sys
from pathlib import Path

from mailchord.worker import WorkerOptions, serve_queues
from mailio.log_lines import configure_logging
from mailio.message_store import RedisMessageStore
from mailio.redis_client import connect
from mailio.state import Counters, RedisState
from mailio.urls_of_redis import RedisUrls
from tasks.app import INTERRUPTS
from tasks.backlog import Backlog
from tasks.equipment import Equipment
from tests.tasks.pools_for_tests import scanner_for_tests, settings_for_tests

ROOT = Path(__file__).resolve().parents[2]


def main(broker: str, queues: str, deadline: str, counted_every: str, caged: str = "") -> int:
    configure_logging(level="info", format="text", component="worker")
    settings = settings_for_tests(broker, deadline=float(deadline))
    urls = RedisUrls.of(settings.redis)
    state = RedisState(connect(urls.state, timeout=1.0))
    equipment = Equipment(
        settings=settings,
        scanner=scanner_for_tests(settings, interrupts=INTERRUPTS, caged=bool(caged)),
        store=RedisMessageStore(connect(urls.claims, timeout=1.0)),
        state=state,
        counters=Counters(state, every=float(counted_every)),
        backlog=Backlog(connect(urls.broker, timeout=1.0)),
    )
    return serve_queues(equipment, WorkerOptions(queues=tuple(queues.split(",")), processes=2))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
