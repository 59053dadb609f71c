"""`mailchord serve`: everything on this machine, under one supervisor."""

from __future__ import annotations

import argparse
import fcntl
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import structlog

from mailchord.health import HealthServer, start_health
from mailchord.private_redis import private_servers, spawn, wait_until_ready, with_private_servers
from mailchord.reload import Reload
from mailchord.snapshots import Snapshots, own_directories
from mailchord.start import Start, start
from mailchord.supervisor import Child, Supervisor, spawner
from mailchord.watch import Watch
from mailcore.errors import ConfigurationError
from mailcore.service_settings import WorkerGroup
from mailcore.settings import Settings
from mailio.redis_client import connect
from mailio.state import RedisState
from mailio.urls_of_redis import RedisUrls
from tasks.queues import check_every_queue_is_served

log = structlog.get_logger("mailchord.serve")

# Beyond the deadline: the front answers what it has, then libmilter closes.
DRAIN_MARGIN = 10.0
CLICKS_DRAIN = 10.0
REDIS_DRAIN = 10.0

# glibc keeps what a large message needed: it raises its own thresholds with every large block, and gives each thread
# an arena. With fixed values the memory of a 50 MB mail goes back to the system after it (mallopt(3)).
MEMORY_ENVIRONMENT = {
    "MALLOC_ARENA_MAX": "2",
    "MALLOC_MMAP_THRESHOLD_": "262144",
    "MALLOC_TRIM_THRESHOLD_": "262144",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--flower", action="store_true", help="start the dashboard of pools and tasks too")
    parser.add_argument("--flower-port", type=int, default=5555, metavar="PORT", help="its port (default: 5555)")


def run(arguments: argparse.Namespace) -> int:
    """Start the private Redis where none is configured, then workers, front and health; end on SIGTERM."""
    begun = start(arguments, component="serve")
    check_every_queue_is_served(begun.settings)
    claim_state_dir(Path(begun.settings.state_dir))
    snapshots = Snapshots(Path(begun.settings.state_dir) / "configuration", own_directories(begun.settings))
    snapshots.clear()
    snapshots.use(snapshots.take(begun))
    supervisor = Supervisor()
    supervisor.stop_on_signals()
    health: HealthServer | None = None
    watch: Watch | None = None
    try:
        redis_environment = start_redis(begun.settings, supervisor)
        urls = RedisUrls.of(with_private_servers(begun.settings))
        command = [sys.executable, "-m", "mailchord", *snapshots.words, *common_words(arguments)]
        environment = {
            **redis_environment,
            **MEMORY_ENVIRONMENT,
            **snapshots.environment,
            "PYTHONUNBUFFERED": "1",
        }
        workers = [
            worker_child(command, group, begun.settings, environment, events=arguments.flower)
            for group in begun.settings.working_groups
        ]
        supervisor.add(*workers)
        if arguments.flower:
            words = [*command, "flower", "--port", str(arguments.flower_port)]
            supervisor.add(Child("flower", spawner(words, environment), drain_seconds=5.0))
        listeners = listener_children(command, begun.settings, environment)
        supervisor.add(*listeners)
        health = start_probes(begun, supervisor, urls)
        state = RedisState(connect(urls.state, timeout=begun.settings.redis.timeout_seconds))
        watch = Watch(state)
        watch.start()
        reload = reload_of(begun, snapshots, supervisor, workers, listeners, watch, state)
        signal.signal(signal.SIGHUP, lambda *_: reload.ask())
        log.info("serving", listen=begun.settings.front.listen, mode=str(begun.settings.mode), version=reload.version)
        status = supervisor.run(reload.poll)
        log.info("stopping")
    finally:
        if watch is not None:
            watch.stop()
        if health is not None:
            health.stop()
        supervisor.end()
    return status


def reload_of(
    begun: Start,
    snapshots: Snapshots,
    supervisor: Supervisor,
    workers: list[Child],
    listeners: list[Child],
    watch: Watch,
    state: RedisState,
) -> Reload:
    """What SIGHUP and an announcement in Redis do: workers are replaced one by one, then the doors read anew."""

    def tell_listeners() -> None:
        for listener in listeners:
            listener.signal(signal.SIGHUP)

    def adopt(_now: Start) -> None:
        supervisor.replace(workers, then=tell_listeners)

    return Reload(
        begun,
        snapshots,
        adopt,
        watch=watch,
        announce=state.announce_configuration,
        is_busy=lambda: supervisor.is_replacing,
    )


def common_words(arguments: argparse.Namespace) -> list[str]:
    """The options that every part gets as well; the configuration is not among them, they read the copy in use."""
    return ["-v"] if getattr(arguments, "verbose", False) else []


def claim_state_dir(directory: Path) -> int:
    """Make the directory this process's own until it ends; returns the descriptor that stands for it.

    A second `serve` on the same directory would take the sockets of the first one's servers away and write into
    their files. Raises ConfigurationError where another one runs.
    """
    try:
        directory.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(directory / "serve.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise ConfigurationError(
            f"state_dir: cannot write to {directory}: {error.strerror}; choose a directory that this user may write"
        ) from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        raise ConfigurationError(
            f"state_dir: another `mailchord serve` runs on {directory}: stop it, or give this one its own state_dir"
        ) from None
    return descriptor


def start_redis(settings: Settings, supervisor: Supervisor) -> dict[str, str]:
    """The private servers where no broker is configured; returns the environment that tells the parts of them."""
    if settings.redis.broker:
        return {}
    directory = Path(settings.state_dir) / "redis"
    try:
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise ConfigurationError(
            f"state_dir: cannot make {directory}: {error.strerror}; choose a directory that this user may write"
        ) from error
    broker, state = private_servers(directory, settings.redis.memory_limit)
    environment = {"MAILCHORD_REDIS__BROKER": broker.url}
    servers = [broker]
    if not settings.redis.state:
        environment["MAILCHORD_REDIS__STATE"] = state.url
        servers.append(state)
    for server in servers:
        supervisor.add(Child(f"redis-{server.name}", lambda server=server: spawn(server), drain_seconds=REDIS_DRAIN))  # type: ignore[misc]
        wait_until_ready(server)
    return environment


def worker_child(
    command: list[str], group: WorkerGroup, settings: Settings, environment: dict[str, str], *, events: bool
) -> Child:
    name = "-".join(group.pools)
    words = [
        *command,
        "worker",
        "--in-this-process",
        "--pools",
        ",".join(group.pools),
        "--processes",
        str(group.processes),
        "--threads",
        str(group.threads),
    ]
    words += ["--memory-limit", str(group.memory_limit_bytes)]
    if group.autoscale:
        words += ["--autoscale", group.autoscale]
    if events:
        words.append("--events")
    longest = max((settings.pools[pool].seconds for pool in group.pools if pool in settings.pools), default=5.0)
    ready = ready_file(settings, f"worker-{name}")
    words += ["--ready-file", str(ready)]
    drain = longest + DRAIN_MARGIN
    return Child(f"worker-{name}", spawner(words, environment), drain_seconds=drain, ready_file=ready)


def listener_children(command: list[str], settings: Settings, environment: dict[str, str]) -> list[Child]:
    """The doors: the front, and the click service where mail gets safe links."""
    children = [front_child(command, settings, environment)]
    if settings.safe_links.enabled and settings.clicks.listen:
        children.append(click_service_child(command, settings, environment))
    return children


def front_child(command: list[str], settings: Settings, environment: dict[str, str]) -> Child:
    drain = settings.front.deadline_seconds + DRAIN_MARGIN
    ready = ready_file(settings, "front")
    words = [*command, "front", "--no-watch", "--ready-file", str(ready)]
    return Child("front", spawner(words, environment), drain_seconds=drain, ready_file=ready)


def click_service_child(command: list[str], settings: Settings, environment: dict[str, str]) -> Child:
    ready = ready_file(settings, "click-service")
    words = [*command, "click-service", "--ready-file", str(ready)]
    return Child("click-service", spawner(words, environment), drain_seconds=CLICKS_DRAIN, ready_file=ready)


def ready_file(settings: Settings, name: str) -> Path:
    directory = Path(settings.state_dir) / "ready"
    try:
        directory.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigurationError(f"state_dir: cannot make {directory}: {error.strerror}") from error
    return directory / name


def start_probes(begun: Start, supervisor: Supervisor, urls: RedisUrls) -> HealthServer | None:
    """The health endpoint: every child takes work, Redis answers. Without state mail is judged all the same."""
    if not begun.settings.health.listen:
        return None
    clients = [connect(url, timeout=1.0) for url in (urls.broker, urls.claims)]

    def redis_answers() -> str:
        for client in clients:
            client.ping()
        return ""

    def takes_work(child: Child) -> Callable[[], str]:
        return lambda: child.problem

    probes = {child.name: takes_work(child) for child in supervisor.children}
    return start_health(begun.settings.health.listen, {"redis": redis_answers, **probes})
