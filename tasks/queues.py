"""Names of queues and tasks: the words that Flower, metrics, Helm values and configuration share."""

from __future__ import annotations

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
