"""Connections to Redis with bounded waits, whose failures are `StoreUnavailable`; how all of our keys begin."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import ParamSpec, TypeVar
from urllib.parse import parse_qs, urlencode, urlsplit, urlunsplit

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from mailcore.errors import StoreUnavailable

P = ParamSpec("P")
R = TypeVar("R")

PREFIX = "mailchord:"  # of every key
UNIX_SCHEMES = ("unix", "redis+socket")
TLS_SCHEME = "rediss"


def connect(url: str, *, timeout: float, pool_size: int = 256) -> redis.Redis:
    """A client for `redis://`, `rediss://` or `unix://` URLs; no command waits longer than `timeout` seconds.

    One retry over a fresh connection: after a restart of the server every pooled connection is dead once. None after
    a time-out: who waited that long has no time to wait again.
    """
    return redis.Redis.from_url(
        client_url(url),
        socket_timeout=timeout,
        socket_connect_timeout=timeout,
        max_connections=pool_size,
        retry=Retry(NoBackoff(), 1, supported_errors=(redis.ConnectionError,)),
        health_check_interval=0,
    )


def client_url(url: str) -> str:
    """The URL in redis-py's spelling (`unix://PATH?db=N` for kombu's `redis+socket://PATH?virtual_host=N`)."""
    parts = urlsplit(url)
    query = parse_qs(parts.query)
    if parts.scheme == TLS_SCHEME and "ssl_cert_reqs" in query:
        rest = {name: values[0] for name, values in query.items()}
        rest["ssl_cert_reqs"] = _certificate_check(rest["ssl_cert_reqs"])
        return urlunsplit((parts.scheme, parts.netloc, parts.path, urlencode(rest), ""))
    if parts.scheme not in UNIX_SCHEMES:
        return url
    database = (query.pop("virtual_host", None) or query.pop("db", None) or ["0"])[0]
    rest = {name: values[0] for name, values in query.items()}
    return f"unix://{parts.netloc}{parts.path}?{urlencode({'db': database} | rest)}"


def kombu_url(url: str) -> str:
    """The URL in kombu's spelling: `redis+socket://PATH?virtual_host=N` for `unix://PATH?db=N`, and a TLS URL complete.

    Where a `rediss://` URL does not say how certificates are checked, kombu does not check them, and Celery's result
    backend refuses the URL. redis-py checks them; so does everything here.
    """
    parts = urlsplit(url)
    query = parse_qs(parts.query)
    if parts.scheme == TLS_SCHEME:
        checks = _certificate_check(query.pop("ssl_cert_reqs", ["required"])[0])
        rest = {"ssl_cert_reqs": f"CERT_{checks.upper()}"} | {name: values[0] for name, values in query.items()}
        return urlunsplit((parts.scheme, parts.netloc, parts.path, urlencode(rest), ""))
    if parts.scheme not in UNIX_SCHEMES:
        return url
    database = (query.pop("db", None) or query.pop("virtual_host", None) or ["0"])[0]
    rest = {name: values[0] for name, values in query.items()}
    return f"redis+socket://{parts.netloc}{parts.path}?{urlencode({'virtual_host': database} | rest)}"


def _certificate_check(text: str) -> str:
    """redis-py's word for it: `required` for kombu's `CERT_REQUIRED`."""
    return text.lower().removeprefix("cert_")


def with_database(url: str, database: int) -> str:
    """The same server, another database."""
    parts = urlsplit(url)
    if parts.scheme in UNIX_SCHEMES:
        query = parse_qs(parts.query)
        query.pop("virtual_host", None)
        query["db"] = [str(database)]
        return f"unix://{parts.netloc}{parts.path}?{urlencode({name: values[0] for name, values in query.items()})}"
    return urlunsplit((parts.scheme, parts.netloc, f"/{database}", parts.query, ""))


def translating_errors(method: Callable[P, R]) -> Callable[P, R]:
    """Turns every failure of Redis, a full one included, into StoreUnavailable with one plain line."""

    @functools.wraps(method)
    def call(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return method(*args, **kwargs)
        except redis.RedisError as error:
            raise StoreUnavailable(f"Redis: {type(error).__name__}: {error}") from error

    return call


def memory_share(client: redis.Redis) -> float:
    """Used memory of the server as a share of its `maxmemory`; 0 where there is no limit."""
    memory = client.info("memory")
    limit = int(memory.get("maxmemory", 0))
    return int(memory["used_memory"]) / limit if limit else 0.0
