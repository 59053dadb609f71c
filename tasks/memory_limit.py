"""What becomes of a task that runs into its worker's memory limit."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Concatenate, ParamSpec

import structlog
from celery.exceptions import Reject

log = structlog.get_logger("mailchord.memory")

P = ParamSpec("P")


def delivered_again_without_memory(
    body: Callable[Concatenate[str, P], None], message_id: str, /, *args: P.args, **kwargs: P.kwargs
) -> None:
    """Run a task body. Where it runs out of memory, the task is delivered again; its attempts are counted.

    Celery takes a MemoryError that leaves a task for the end of the whole worker, which would take the messages of
    all other children with it. Raises Reject.
    """
    with suppress(MemoryError):
        body(message_id, *args, **kwargs)
        return
    # Out here, because the traceback of the error holds on to everything that had filled the memory.
    log.error("out of memory", id=message_id, task=body.__name__)
    raise Reject("out of memory", requeue=True)
