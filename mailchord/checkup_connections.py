"""Checkups of the connection filter: what it limits, and whether Redis answers in the time that a step may wait."""

from __future__ import annotations

import time
from collections.abc import Iterator
from statistics import median

import redis

from mailchord.checkup import Result, ok, warn
from mailchord.checkup_redis import redis_urls
from mailchord.connection_notes import connection_notes, limits_in_use
from mailcore.settings import Settings
from mailio.redis_client import connect

ANSWERS = 9
PATIENCE_SECONDS = 2.0


def check_connections(settings: Settings) -> Iterator[Result]:
    """One line on the limits, one on Redis where something asks it, and what may cost good mail."""
    limits = settings.connections
    used = [f"{count} {name.replace('_', ' ')}" for name, count in limits_in_use(limits).items()]
    if settings.greylisting.enabled:
        used.append("greylisting")
    says = ", ".join(used) or "off"
    yield ok("connection filter", f"{says} (time {limits.window_seconds:g} s)" if used else says)
    for note in connection_notes(settings):
        setting, _, problem = note.partition(": ")
        yield warn("connection filter", problem, f"look at {setting}")
    urls = redis_urls(settings)
    if used and urls is not None:
        yield _answers_in_time(urls.claims, limits.redis_seconds)


def _answers_in_time(url: str, seconds: float) -> Result:
    client = connect(url, timeout=PATIENCE_SECONDS)
    waits = []
    try:
        for _ in range(ANSWERS):
            began = time.monotonic()
            client.ping()
            waits.append(time.monotonic() - began)
    except redis.RedisError:
        return warn(
            "limits in Redis", "it does not answer: each front counts by itself", "look at the lines about Redis"
        )
    finally:
        client.close()
    says = f"answers in {median(waits) * 1_000:.1f} ms, a step waits {seconds * 1_000:.0f} ms at most"
    if median(waits) > seconds / 2:
        return warn("limits in Redis", says, "raise connections.redis_seconds, or put Redis nearer to the front")
    return ok("limits in Redis", says)
