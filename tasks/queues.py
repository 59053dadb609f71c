"""Names of queues and tasks: the words that Flower, metrics, Helm values and configuration share."""

from __future__ import annotations

from mailcore.errors import ConfigurationError
from mailcore.settings import Settings
from mailcore.verdict import POOLS

INTAKE = "intake"
AGGREGATE = "aggregate"
LATE = "late"

QUEUES = (INTAKE, AGGREGATE, *POOLS, LATE)


def scan_task(pool: str) -> str:
    """Name of the task that runs a pool; it is routed to the queue of the same name as the pool."""
    return f"scan.{pool}"


def late_task(pool: str) -> str:
    """Name of the task that runs a pool once more after the answer, on the `late` queue."""
    return f"late.{pool}"


def check_every_queue_is_served(settings: Settings) -> None:
    """A private broker has no workers but those of `serve`. Raises ConfigurationError for what none of them serves."""
    served = {name for group in settings.workers for name in group.pools}
    needed = [INTAKE, AGGREGATE, *(name for name, pool in settings.pools.items() if pool.enabled)]
    unserved = [name for name in needed if name not in served]
    if unserved and not settings.redis.broker:
        raise ConfigurationError(
            f"workers: no group serves {', '.join(unserved)}; add it to the pools of a group, or switch the pool off"
        )
