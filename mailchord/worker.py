"""`mailchord worker`: one Celery worker that serves the queues of some pools."""

from __future__ import annotations

import argparse
import gc
import resource
import socket
import warnings
from collections.abc import Sequence
from typing import Any

import structlog
from celery import signals
from celery.exceptions import CPendingDeprecationWarning, SecurityWarning
from msgspec import Struct

from mailchord import replaceable_worker
from mailchord.start import add_ready_file, start, tell_ready
from mailcore.errors import ConfigurationError
from mailcore.settings import AUTH, AUTH_THREADS, Settings
from mailio.privileges import die_with_parent
from tasks.app import INTERRUPTS, make_app, register_tasks
from tasks.celery_repairs import PromptTaskPool
from tasks.equipment import Equipment, build_equipment
from tasks.pools import prepare_pools
from tasks.queues import AGGREGATE, INTAKE, LATE, QUEUES
from tasks.thread_pool import ThreadTaskPool

log = structlog.get_logger("mailchord.worker")

FAST = {INTAKE, AGGREGATE}
KIB = 1_024


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--pools",
        default=",".join(QUEUES),
        metavar="NAME,...",
        help="queues to serve: intake, aggregate, late and the pools (default: all)",
    )
    parser.add_argument("--processes", type=int, default=2, metavar="N", help="child processes (default: 2)")
    parser.add_argument(
        "--threads",
        type=int,
        default=None,
        metavar="N",
        help=f"threads of one process instead of children, for {AUTH} alone (default for it: {AUTH_THREADS})",
    )
    parser.add_argument("--autoscale", default="", metavar="MIN,MAX", help="let children come and go with the load")
    parser.add_argument(
        "--memory-limit", type=int, default=536_870_912, metavar="BYTES", help="memory that a child may use"
    )
    parser.add_argument("--events", action="store_true", help="send task events, for Flower; costs 10 to 30 %%")
    add_ready_file(parser)
    parser.add_argument("--name", default="", help="name of the worker (default: its pools)")
    parser.add_argument(
        "--in-this-process",
        action="store_true",
        help="without the small parent that replaces the worker when the configuration changes",
    )


def run(arguments: argparse.Namespace) -> int:
    """Serve until SIGTERM; running tasks end first."""
    queues = queue_names(arguments.pools)
    if not arguments.in_this_process:
        return replaceable_worker.run(arguments, queues)
    begun = start(arguments, component="worker")
    # Everything is imported, compiled and loaded before the fork: children share the pages.
    only = None if INTAKE in queues else queues_to_pools(queues, begun.settings)
    options = options_of(arguments, queues)
    equipment = build_equipment(begun.settings, begun.configs, only=only, interrupts=INTERRUPTS)
    emulates = equipment.settings.sandbox.emulate_programs
    prepare_pools(equipment.scanner.pools, queues, emulates_programs=emulates)
    signals.worker_ready.connect(lambda **_ignored: tell_ready(arguments.ready_file), weak=False)
    return serve_queues(equipment, options)


class WorkerOptions(Struct, frozen=True, kw_only=True):
    """How a worker runs: with child processes, or with `threads` where there are any.

    `autoscale` is "MIN,MAX" or empty, `memory_limit` the bytes that a child, or the process of the threads, may use.
    """

    queues: tuple[str, ...]
    processes: int = 2
    threads: int = 0
    autoscale: str = ""
    memory_limit: int = 536_870_912
    events: bool = False
    name: str = ""


def options_of(arguments: argparse.Namespace, queues: Sequence[str]) -> WorkerOptions:
    """What the command line asks for. Raises ConfigurationError for threads where something computes."""
    threads = arguments.threads
    is_waiting = set(queues) == {AUTH}
    if threads and not is_waiting:
        raise ConfigurationError(f"--threads: only {AUTH} runs in threads; give it a worker of its own")
    if threads is None:
        threads = AUTH_THREADS if is_waiting and not arguments.autoscale else 0
    if threads and arguments.autoscale:
        raise ConfigurationError("--autoscale: threads come and go by themselves; give --threads alone")
    return WorkerOptions(
        queues=tuple(queues),
        processes=arguments.processes,
        threads=threads,
        autoscale=arguments.autoscale,
        memory_limit=arguments.memory_limit,
        events=arguments.events,
        name=arguments.name,
    )


def serve_queues(equipment: Equipment, options: WorkerOptions) -> int:
    """Run a Celery worker with that equipment until SIGTERM; returns its exit status."""
    # Celery's own hints: about a default of its next version, and about root, which is safe with JSON only.
    for hint in (CPendingDeprecationWarning, SecurityWarning):
        warnings.simplefilter("ignore", hint)
    app = make_app(equipment.settings)
    if options.autoscale:
        # When the broker was lost and is back, Celery would fetch for the children that there are, for ever: with one
        # message at hand where there is one child, no load would bring another.
        app.conf.worker_enable_prefetch_count_reduction = False
    register_tasks(app, equipment)
    app.finalize()
    prepare_children(options.memory_limit)
    # Children end when they are replaced as well, for their size or for another configuration.
    ends = signals.worker_shutdown if options.threads else signals.worker_process_shutdown
    ends.connect(lambda **_ignored: equipment.flush(), weak=False)
    if options.threads:
        limit_memory(options.memory_limit)
    # What is there now stays for ever: no collection of a child touches, and so copies, the shared pages.
    gc.collect()
    gc.freeze()
    worker = app.Worker(**celery_options(options))
    worker.start()
    return int(worker.exitcode or 0)


def queue_names(text: str) -> list[str]:
    """The queues to serve; warns where fast and slow share a worker. Raises ConfigurationError for unknown ones."""
    queues = [name.strip() for name in text.split(",") if name.strip()]
    unknown = [name for name in queues if name not in QUEUES]
    if unknown or not queues:
        raise ConfigurationError(
            f"--pools: unknown pool {unknown[0] if unknown else ''!r}; there are {', '.join(QUEUES)}"
        )
    if set(queues) & FAST and set(queues) - FAST and set(queues) != set(QUEUES):
        log.warning("intake and aggregate share a worker with slow pools: one picture can hold up every mail")
    return queues


def queues_to_pools(queues: list[str], settings: Settings) -> list[str]:
    """The pools whose code a worker needs; late work may be any pool's, and aggregate needs none."""
    return list(settings.pools) if LATE in queues else [name for name in queues if name in settings.pools]


def celery_options(options: WorkerOptions) -> dict[str, Any]:
    """The options of Celery's own worker."""
    name = options.name or "-".join(options.queues)
    found: dict[str, Any] = {
        "hostname": f"{name}@{socket.gethostname()}",
        "queues": list(options.queues),
        "pool_cls": ThreadTaskPool if options.threads else PromptTaskPool,
        "concurrency": options.threads or options.processes,
        "loglevel": "INFO",
        "quiet": True,
        "task_events": options.events,
        # Workers have nothing to say to each other, and nobody counts their heartbeats but Flower.
        "without_gossip": True,
        "without_mingle": True,
        "without_heartbeat": not options.events,
        # A child that grew is replaced after its task; past its hard limit (see `limit_memory`) it fails the task.
        "max_memory_per_child": options.memory_limit // KIB,
    }
    if options.autoscale:
        found["autoscale"] = autoscale_bounds(options.autoscale)
    return found


def autoscale_bounds(text: str) -> tuple[int, int]:
    """Celery's order is maximum, minimum; ours is the one that people expect."""
    try:
        low, high = (int(number) for number in text.split(","))
    except ValueError:
        raise ConfigurationError(f"--autoscale {text!r}: give MIN,MAX, for example 1,4") from None
    if not 0 < low <= high:
        raise ConfigurationError(f"--autoscale {text!r}: MIN must be at least 1 and MAX at least MIN")
    return high, low


def prepare_children(memory_limit: int) -> None:
    """Signals of Celery: keep our log lines, bound the memory of children, end them with their parent."""

    def keep_our_logging(**_ignored: object) -> None:
        """Connecting at all is what stops Celery from setting up its own."""

    def bound_child(**_ignored: object) -> None:
        die_with_parent()
        limit_memory(memory_limit)

    signals.setup_logging.connect(keep_our_logging, weak=False)
    signals.worker_process_init.connect(bound_child, weak=False)


def limit_memory(limit: int) -> None:
    """RLIMIT_DATA counts private writable memory only, so shared libraries and pages of the parent cost nothing.

    Past it, an allocation fails: the pool reports `failed`, the child lives on.
    """
    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    if hard == resource.RLIM_INFINITY or limit <= hard:
        resource.setrlimit(resource.RLIMIT_DATA, (limit, hard))
