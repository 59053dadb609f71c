"""A worker behind a small parent: when the configuration changes, a successor starts before the worker ends."""

from __future__ import annotations

import argparse
import signal
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from mailchord.reload import Reload
from mailchord.snapshots import Snapshots, own_directories
from mailchord.start import Start, start
from mailchord.supervisor import Child, Supervisor, spawner
from mailchord.watch import Watch
from mailcore.errors import ConfigurationError
from mailcore.settings import AUTH
from mailio.redis_client import connect
from mailio.state import RedisState
from mailio.urls_of_redis import RedisUrls

# Longer than the longest task: a worker ends what it runs.
DRAIN_MARGIN = 10.0


def run(arguments: argparse.Namespace, queues: list[str]) -> int:
    """Keep the worker running until SIGTERM; SIGHUP and an announcement in Redis replace it."""
    begun = start(arguments, component="worker")
    check_holds_rules(begun.configs)
    urls = RedisUrls.of(begun.settings.redis)
    with tempfile.TemporaryDirectory(prefix="mailchord-worker-") as directory:
        snapshots = Snapshots(Path(directory) / "configuration", own_directories(begun.settings))
        snapshots.clear()
        snapshots.use(snapshots.take(begun))
        supervisor = Supervisor()
        supervisor.stop_on_signals()
        watch = Watch(RedisState(connect(urls.state, timeout=begun.settings.redis.timeout_seconds)))
        watch.start()
        try:
            workers = children(arguments, begun, snapshots, queues, Path(directory))
            supervisor.add(*workers)
            pools = [name for name in queues if name in begun.settings.pools]
            reload = Reload(
                begun,
                snapshots,
                lambda _now: supervisor.replace(workers),
                watch=watch,
                check_words=["--pools", ",".join(pools)] if pools else [],
                is_busy=lambda: supervisor.is_replacing,
            )
            signal.signal(signal.SIGHUP, lambda *_: reload.ask())
            return supervisor.run(reload.poll)
        finally:
            watch.stop()
            supervisor.end()


def check_holds_rules(configs: Path) -> None:
    """Said once, here: each of the processes would say it otherwise. Raises ConfigurationError."""
    for name in ("content", "lists"):
        if not (configs / name).is_dir():
            raise ConfigurationError(f"configs_dir: {configs} holds no `{name}`: copy the shipped one")


def split(queues: Sequence[str], threads: int | None) -> list[list[str]]:
    """The queues of each process: what waits for the DNS runs in threads, and must not hold up what computes."""
    others = [name for name in queues if name != AUTH]
    if AUTH not in queues or not others or threads == 0:
        return [list(queues)]
    return [others, [AUTH]]


def children(
    arguments: argparse.Namespace, begun: Start, snapshots: Snapshots, queues: Sequence[str], directory: Path
) -> list[Child]:
    """One process, or two: see `split`."""
    first, *second = split(queues, arguments.threads)
    threads = [] if arguments.threads is None else ["--threads", str(arguments.threads)]
    own = ["--processes", str(arguments.processes)]
    own += ["--autoscale", arguments.autoscale] if arguments.autoscale else []
    own += ["--name", arguments.name] if arguments.name else []
    own += [] if second else threads
    found = [_child("worker", first, own, arguments, begun, snapshots, arguments.ready_file or directory / "ready")]
    for queue_names in second:
        beside = [*threads, "--name", f"{arguments.name}-{AUTH}"] if arguments.name else threads
        found.append(_child(AUTH, queue_names, beside, arguments, begun, snapshots, directory / f"ready-{AUTH}"))
    return found


def _child(
    name: str,
    queues: Sequence[str],
    own: Sequence[str],
    arguments: argparse.Namespace,
    begun: Start,
    snapshots: Snapshots,
    ready_file: Path,
) -> Child:
    words = [sys.executable, "-m", "mailchord", *snapshots.words, "worker", "--in-this-process"]
    words += ["--pools", ",".join(queues), *own]
    words += ["--memory-limit", str(arguments.memory_limit), "--ready-file", str(ready_file)]
    words += ["--events"] if arguments.events else []
    words += ["-v"] if getattr(arguments, "verbose", False) else []
    longest = max((pool.seconds for pool in begun.settings.pools.values()), default=5.0)
    return Child(
        name,
        spawner(words, snapshots.environment),
        drain_seconds=longest + DRAIN_MARGIN,
        ready_file=ready_file,
    )
