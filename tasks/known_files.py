"""Plugs into the pool of attachments what is known of files besides their content, by what the settings say."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import redis
from msgspec import structs

from mailcore.errors import ConfigurationError
from mailcore.file_settings import HashService
from mailcore.known_files import HashList
from mailcore.ports import Memory
from mailcore.settings import Settings
from mailio.bounded_memory import LayeredMemory, LocalMemory, SharedMemory
from mailio.clamd import ClamdScanner
from mailio.hash_files import load_hash_lists
from mailio.hash_services import Asked, HttpHashServices, Quota
from mailio.redis_client import connect
from mailio.scanner_version import scanner_version
from mailio.urls_of_redis import RedisUrls
from workers.pool import Pool

# Looking at a file again is not slower than a Redis that takes longer than this.
REDIS_SECONDS = 0.25
NEAR_SECONDS = 3_600.0
# Facts of attachments in a process, and answers about hashes there and in Redis.
NEAR_BYTES = 8_388_608
ANSWERS, SHARED_ANSWERS, ANSWER_BYTES = 2_000, 16_384, 512


def knowing(pool: Pool, settings: Settings, policy_version: str, clamd: ClamdScanner | None) -> Pool:
    """The pool of attachments (in a cage or not), which looks at nothing twice and asks what is known of hashes.

    Raises ConfigurationError for lists and keys that cannot be read.
    """
    from workers.attachments import FileLimits
    from workers.attachments.hash_opinions import with_opinions
    from workers.attachments.remembered import remembering

    client = redis_client(settings)
    gather = pool.gather
    memory = file_memory(settings, client)
    if memory is not None:
        gather = remembering(
            gather,
            memory,
            version=file_version(policy_version, clamd),
            limits=FileLimits(),
            keep_seconds=settings.file_cache.hours * 3_600,
        )
    lists = hash_lists(settings)
    services = hash_services(settings, client)
    if lists or services is not None:
        gather = with_opinions(gather, lists, services, most=settings.hashes.files)
    return structs.replace(pool, gather=gather)


def redis_client(settings: Settings) -> redis.Redis | None:
    """Where things are shared; None for a single scan, which has no Redis."""
    if not settings.redis.broker:
        return None
    timeout = min(settings.redis.timeout_seconds, REDIS_SECONDS)
    return connect(RedisUrls.of(settings.redis).state, timeout=timeout)


def open_clamd(settings: Settings) -> ClamdScanner | None:
    """The virus scanner; None where there is none."""
    return ClamdScanner(settings.clamd) if settings.clamd.socket else None


def file_version(policy_version: str, clamd: ClamdScanner | None) -> Callable[[], str]:
    """On what facts of files depend besides their bytes."""
    fixed = f"{scanner_version()} {policy_version}"
    return lambda: f"{fixed} {clamd.version()}" if clamd is not None else fixed


def file_memory(settings: Settings, client: redis.Redis | None) -> Memory | None:
    """Where facts of attachments are remembered; None where they are not."""
    from workers.attachments.remembered import MOST_BYTES

    cache = settings.file_cache
    if not cache.enabled:
        return None
    near = LocalMemory(entries=cache.entries, most_bytes=NEAR_BYTES)
    if client is None or not cache.shared_entries:
        return near
    far = SharedMemory(client, "file", places=cache.shared_entries, most_bytes=MOST_BYTES)
    return LayeredMemory(near, far, near_seconds=NEAR_SECONDS)


def hash_lists(settings: Settings) -> tuple[HashList, ...]:
    """The lists of hashes of this installation. Raises ConfigurationError."""
    return load_hash_lists(map(Path, settings.hashes.directories))


def hash_services(settings: Settings, client: redis.Redis | None) -> HttpHashServices | None:
    """The services that are asked; None where there are none. Raises ConfigurationError."""
    services = asked_services(settings.hashes.services)
    if not services:
        return None
    near = LocalMemory(entries=ANSWERS, most_bytes=ANSWERS * ANSWER_BYTES)
    memory: Memory = near
    if client is not None:
        far = SharedMemory(client, "hash", places=SHARED_ANSWERS, most_bytes=ANSWER_BYTES)
        memory = LayeredMemory(near, far, near_seconds=NEAR_SECONDS)
    return HttpHashServices(services, memory, Quota(client))


def asked_services(services: Mapping[str, HashService]) -> dict[str, Asked]:
    """Those that are switched on, with their keys. Raises ConfigurationError where a key cannot be read."""
    return {
        name: Asked(service=service, key=_key(name, service)) for name, service in services.items() if service.enabled
    }


def _key(name: str, service: HashService) -> str:
    if not service.key_file:
        return service.key
    try:
        return Path(service.key_file).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "is not UTF-8 text"
        place = f"hashes.services.{name}.key_file"
        raise ConfigurationError(f"{place}: {service.key_file}: cannot be read: {reason}") from None
