"""Settings of the service itself: its workers, where held mail lies, the health endpoint, log lines."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct


class QuarantineSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    directory: Annotated[
        str, Meta(description="Where held mail is kept; empty: `quarantine` in the state directory.")
    ] = ""


class Health(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    listen: Annotated[str, Meta(description="`HOST:PORT` of the health endpoint; empty: none.")] = "127.0.0.1:8892"


class Logging(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    level: Annotated[str, Meta(description="debug, info, warning or error.")] = "info"
    format: Annotated[str, Meta(description="`json` or `text`.")] = "json"


class WorkerGroup(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One Celery worker of `mailchord serve`: the queues that it serves and its processes."""

    pools: Annotated[tuple[str, ...], Meta(description="`intake`, `aggregate`, `late` and names of pools.")]
    processes: Annotated[int, Meta(description="Child processes.", ge=1)] = 2
    threads: Annotated[
        int,
        Meta(
            description="Threads of one process instead of child processes, for `auth` alone, which waits for the DNS: "
            "that many messages may wait at once. 0: child processes.",
            ge=0,
            le=1_000,
        ),
    ] = 0
    autoscale: Annotated[
        str, Meta(description="`MIN,MAX`: children come and go with the load; empty: `processes`.")
    ] = ""
    memory_limit_bytes: Annotated[
        int, Meta(description="Memory that a child, or the process of the threads, may use.", gt=0)
    ] = 536_870_912
