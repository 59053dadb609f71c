"""Plugs into the pool of attachments what is known of files besides their content, by what the settings say."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import redis
from msgspec import structs

from mailcore.errors import ConfigurationError
from mailcore.file_settings import HashService
from mailcore.known_files import HashList, SimilarList
from mailcore.ports import Memory
from mailcore.settings import Settings
from mailio.bounded_memory import LayeredMemory, LocalMemory, SharedMemory
from mailio.clamd import ClamdScanner
from mailio.hash_files import load_hash_lists, load_similar_lists
from mailio.hash_services import Asked, HttpHashServices, Quota
from mailio.redis_client import connect
from mailio.scanner_version import scanner_version
from mailio.secret_files import read_key
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
    from workers.attachments.similar_hashes import with_resemblance

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
    if similar := similar_lists(settings):
        gather = with_resemblance(gather, similar, most=settings.hashes.distance)
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
    return shared(near, client, "file", places=cache.shared_entries, most_bytes=MOST_BYTES)


def shared(near: LocalMemory, client: redis.Redis | None, name: str, *, places: int, most_bytes: int) -> Memory:
    """What this process remembers, before what all do under that name; alone without Redis, and without places there.

    `most_bytes` is the most that one entry in Redis may have.
    """
    if client is None or not places:
        return near
    far = SharedMemory(client, name, places=places, most_bytes=most_bytes)
    return LayeredMemory(near, far, near_seconds=NEAR_SECONDS)


def hash_lists(settings: Settings) -> tuple[HashList, ...]:
    """The lists of hashes of this installation. Raises ConfigurationError."""
    return load_hash_lists(map(Path, settings.hashes.directories))


def similar_lists(settings: Settings) -> tuple[SimilarList, ...]:
    """The lists of TLSH hashes of this installation. Raises ConfigurationError, also where TLSH is not installed."""
    from workers.attachments.similar_hashes import is_installed

    lists = load_similar_lists(map(Path, settings.hashes.directories))
    if lists and not is_installed():
        raise ConfigurationError(f"hashes.directories: {lists[0].name}.txt needs TLSH: install 'mailchord[fuzzy]'")
    return lists


def hash_services(settings: Settings, client: redis.Redis | None) -> HttpHashServices | None:
    """The services that are asked; None where there are none. Raises ConfigurationError."""
    services = asked_services(settings.hashes.services)
    if not services:
        return None
    near = LocalMemory(entries=ANSWERS, most_bytes=ANSWERS * ANSWER_BYTES)
    memory = shared(near, client, "hash", places=SHARED_ANSWERS, most_bytes=ANSWER_BYTES)
    return HttpHashServices(services, memory, Quota(client))


def asked_services(services: Mapping[str, HashService]) -> dict[str, Asked]:
    """Those that are switched on, with their keys. Raises ConfigurationError where a key cannot be read."""
    return {
        name: Asked(
            service=service,
            key=read_key(service.key_file, setting=f"hashes.services.{name}.key_file") or service.key,
        )
        for name, service in services.items()
        if service.enabled
    }
