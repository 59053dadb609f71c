"""Checkups of broker, claim checks and state, and of the workers that hang on the broker."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import redis
from msgspec import Struct, structs

from mailchord.checkup import CountConsumers, Result, fail, ok, warn
from mailchord.private_redis import private_servers, server_binary, with_private_servers
from mailchord.terminal_text import size
from mailcore.errors import ConfigurationError
from mailcore.settings import Redis, Settings
from mailio.log_lines import without_secrets
from mailio.redis_client import connect
from mailio.urls_of_redis import RedisUrls
from tasks.app import longest_task, make_app, visibility_timeout
from tasks.queues import AGGREGATE, INTAKE, LATE

# BLMPOP, with which fronts wait for verdicts, is new in Redis 7.0.
OLDEST_VERSION = (7, 0)

# Deadlines are absolute times that travel between hosts, and the front keeps one second of each for itself.
SKEW_WARN, SKEW_FAIL = 0.5, 2.0


class Server(Struct, frozen=True, kw_only=True):
    """One of the three places, and what it said of itself."""

    role: str
    info: dict[str, Any]
    saves: str | None  # the `save` setting; None where the server does not tell


def redis_urls(settings: Settings) -> RedisUrls | None:
    """Where Redis is now: as configured, or the private servers of a `serve` that is running. None without either."""
    broker, _ = private_servers(Path(settings.state_dir) / "redis", settings.redis.memory_limit)
    if not settings.redis.broker and not broker.socket.exists():
        return None
    return RedisUrls.of(with_private_servers(settings))


def check_redis(settings: Settings) -> Iterator[Result]:
    """Whether each place answers, keeps what it is given, survives a restart and has the same time as we."""
    urls = redis_urls(settings)
    if urls is None:
        yield _check_private()
        return
    for role, url in (("broker", urls.broker), ("claims", urls.claims), ("state", urls.state)):
        yield from _check_server(role, url, settings.redis)


def check_visibility(settings: Settings) -> Result:
    """A task that takes longer than the visibility timeout is delivered a second time while it still runs."""
    given, longest = visibility_timeout(settings), longest_task(settings)
    if given <= longest:
        return fail(
            "visibility timeout",
            f"{given} s, but a task may take {longest:.0f} s",
            "lower pools.*.seconds and pools.*.late_seconds",
        )
    return ok("visibility timeout", f"{given} s, and no task may take more than {longest:.0f} s")


def check_workers(settings: Settings, count_consumers: CountConsumers) -> Iterator[Result]:
    """Whether a worker answers for each queue. Call it only when the broker answers."""
    try:
        consumers = count_consumers()
    except (OSError, redis.RedisError) as error:
        yield fail("workers", _line(error), "look at the lines about Redis above")
        return
    pools = [name for name, options in settings.pools.items() if options.enabled]
    for queue in (INTAKE, AGGREGATE, *pools, LATE):
        count = consumers.get(queue, 0)
        name = f"workers for {queue}"
        advice = f"start `mailchord serve`, or `mailchord worker --pools {queue}`"
        if count:
            yield ok(name, f"{count} answer{'s' if count == 1 else ''}")
        elif queue == LATE:
            yield warn(name, "none answers: what the deadline cut off is not looked at again", advice)
        else:
            yield fail(name, "none answers", advice)


def count_consumers(settings: Settings) -> Mapping[str, int]:
    """Asks the workers, through Celery, which queues they serve. Takes about a second."""
    if redis_urls(settings) is None:
        return {}
    app = make_app(structs.replace(settings, redis=with_private_servers(settings)))
    replies = app.control.inspect(timeout=1.0).active_queues() or {}
    counts: dict[str, int] = {}
    for queues in replies.values():
        for queue in queues:
            counts[queue["name"]] = counts.get(queue["name"], 0) + 1
    return counts


def _check_private() -> Result:
    try:
        binary = server_binary()
    except ConfigurationError as error:
        return fail("redis", "none is configured and none can be started", str(error))
    return ok("redis", f"none is configured: `mailchord serve` starts a private one ({binary}); it is not running now")


def _check_server(role: str, url: str, settings: Redis) -> Iterator[Result]:
    name = f"redis {role}"
    client = connect(url, timeout=settings.timeout_seconds)
    try:
        began = time.monotonic()
        client.ping()
        ms = (time.monotonic() - began) * 1_000
        server = Server(role=role, info=dict(client.info()), saves=_saves(client))
        seconds, micros = client.time()
    except (redis.RedisError, OSError) as error:
        yield fail(name, f"{without_secrets(url)}: {_line(error)}", f"start Redis, or correct redis.{role}")
        return
    finally:
        client.close()
    yield _check_version(name, server, f"{without_secrets(url)} in {ms:.1f} ms")
    yield _check_eviction(server)
    yield _check_memory(server, settings)
    if role == "state":
        yield _check_persistence(server)
    if role == "broker":
        yield _check_clock(seconds + micros / 1e6)


def _saves(client: redis.Redis) -> str | None:
    try:
        found: Any = client.config_get("save")
    except redis.ResponseError:  # managed servers forbid CONFIG
        return None
    return str(found.get("save", "")) if found else None


def _check_version(name: str, server: Server, where: str) -> Result:
    # Valkey names the Redis version whose commands it has.
    version = str(server.info.get("redis_version", ""))
    numbers = tuple(int(number) for number in version.split(".")[:2] if number.isdigit())
    if numbers < OLDEST_VERSION:
        return fail(name, f"version {version or 'unknown'} at {where}", "7.0 is the oldest that works: upgrade it")
    return ok(name, f"version {version} answers at {where}")


def _check_eviction(server: Server) -> Result:
    name = f"redis {server.role} eviction"
    rule = str(server.info.get("maxmemory_policy", "unknown"))
    if rule == "noeviction":
        return ok(name, "noeviction: nothing is thrown away")
    advice = "set `maxmemory-policy noeviction` in redis.conf"
    if server.role == "claims":
        return warn(name, f"{rule}: messages under scan may be thrown away, and are then deferred", advice)
    lost = "tasks" if server.role == "broker" else "counters and learning"
    return fail(name, f"{rule}: {lost} may be thrown away when memory is full", advice)


def _check_memory(server: Server, settings: Redis) -> Result:
    name = f"redis {server.role} memory"
    used, limit = int(server.info.get("used_memory", 0)), int(server.info.get("maxmemory", 0))
    if not limit:
        return warn(
            name,
            f"{size(used)} used, no limit: it may take all memory, and back-pressure cannot see that coming",
            "set `maxmemory`, for example to 512mb",
        )
    if used / limit >= settings.memory_pressure:
        return warn(
            name, f"{size(used)} of {size(limit)} used: new mail is deferred", "raise `maxmemory`, or add workers"
        )
    return ok(name, f"{size(used)} of {size(limit)} used")


def _check_persistence(server: Server) -> Result:
    name = "redis state persistence"
    info = server.info
    if info.get("aof_last_write_status", "ok") != "ok" or info.get("rdb_last_bgsave_status", "ok") != "ok":
        return fail(name, "its last write to the disk failed", "look for a full disk and into the server's log")
    if int(info.get("aof_enabled", 0)):
        return ok(name, "append-only file")
    advice = "set `appendonly yes` in redis.conf"
    if server.saves:
        return warn(name, f"snapshots only ({server.saves}): what came since the last one is lost at a crash", advice)
    if server.saves is None:
        return warn(name, "no append-only file; whether there are snapshots it does not tell", advice)
    return warn(name, "none: counters, deferrals and learning are lost at a restart", advice)


def _check_clock(server_time: float) -> Result:
    skew = abs(time.time() - server_time)
    says = f"{skew:.2f} s apart from the broker's host"
    if skew >= SKEW_WARN:
        level = fail if skew >= SKEW_FAIL else warn
        return level(
            "clock", f"{says}: deadlines are wrong by that much", "run NTP (chrony, systemd-timesyncd) on both"
        )
    return ok("clock", says)


def _line(error: Exception) -> str:
    return " ".join(without_secrets(f"{type(error).__name__}: {error}").split())
