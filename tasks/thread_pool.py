"""Threads instead of child processes, for tasks that wait for others and hardly compute: the DNS."""

from __future__ import annotations

import threading

from celery.concurrency.thread import TaskPool

# Each thread of the C library takes 8 MB by default, which counts in full against the worker's limit.
STACK_BYTES = 1_048_576


class ThreadTaskPool(TaskPool):  # type: ignore[misc]  # celery publishes no types
    """Celery's pool of threads with small stacks.

    Threads begin with the work, so there is nothing to scale. Celery's time limits do not reach them: what runs here
    must keep its own.
    """

    def on_start(self) -> None:
        threading.stack_size(STACK_BYTES)
        super().on_start()
