"""What settings must satisfy beyond their types. Each check names the setting that is wrong and what to write."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable

from mailcore.errors import ConfigurationError
from mailcore.links import is_public_suffix
from mailcore.service_settings import WorkerGroup
from mailcore.settings import AUTH, InPlace, Settings
from mailio.click_checks import check_clicks, check_following
from mailio.dmarc_report_checks import check_dmarc_reports
from mailio.dns_list_checks import check_dns_lists
from mailio.dns_resolver import check_address
from mailio.feed_checks import check_feeds
from mailio.file_checks import check_files
from mailio.organisation_checks import check_organisation
from mailio.policy_checks import WIDEST, check_policy
from mailio.safe_link_checks import check_arc, check_safe_links
from mailio.socket_addresses import EXPECTED, is_address, is_port
from mailio.yaml_document import Reject, did_you_mean

TCP_SCHEMES = ("redis://", "rediss://")
REDIS_SCHEMES = (*TCP_SCHEMES, "unix://", "redis+socket://")
STAGES = ("intake", "aggregate")
LATE = "late"  # the queue of pools that end after the answer

HOST_PORT = re.compile(r"(?P<host>\[[0-9a-fA-F:.]+\]|[^\s:]*):(?P<port>\d{1,5})")
MEMORY = re.compile(r"\d+(?:[kmg]b?)?", re.IGNORECASE)
DOMAIN = re.compile(r"[^\s@/:]+")
# Nobody outside has an address of these, however wide they are (RFC 4193, RFC 4291 2.5.6).
INSIDE = (ipaddress.IPv6Network("fc00::/7"), ipaddress.IPv6Network("fe80::/10"))


def check_settings(settings: Settings, reject: Reject) -> None:
    """Raises ConfigurationError for the first setting that makes no sense."""
    check_front(settings, reject)
    check_networks(settings, reject)
    check_senders(settings, reject)
    check_connections(settings, reject)
    check_organisation(settings, reject)
    check_redis(settings, reject)
    check_workers(settings, reject)
    check_limits(settings, reject)
    check_dns_lists(settings.dns_lists, reject)
    check_dmarc_reports(settings.dmarc_reports, reject)
    check_feeds(settings.feeds, reject)
    check_files(settings, reject)
    check_safe_links(settings.safe_links, reject)
    check_arc(settings.arc, reject)
    check_clicks(settings.clicks, reject)
    check_following(settings.following, reject)
    check_policy(settings.policy, reject)
    check_surroundings(settings, reject)


def check_front(settings: Settings, reject: Reject) -> None:
    front = settings.front
    if not is_address(front.listen):
        reject(("front", "listen"), f"{EXPECTED}, got {front.listen!r}")
    if not re.fullmatch(r"0?[0-7]{3}", front.socket_mode):
        reject(("front", "socket_mode"), f"expected an octal mode such as 0660, got {front.socket_mode!r}")
    if front.reserve_seconds >= front.deadline_seconds:
        reject(("front", "reserve_seconds"), f"must be less than deadline_seconds ({front.deadline_seconds:g})")


def check_networks(settings: Settings, reject: Reject) -> None:
    for name in ("internal", "trusted_relays"):
        networks = getattr(settings.networks, name)
        _check_network_list(networks, ("networks", name), reject)
        for index, network in enumerate(map(ipaddress.ip_network, networks)):
            widest = WIDEST[network.version]
            is_inside = isinstance(network, ipaddress.IPv6Network) and any(map(network.subnet_of, INSIDE))
            if network.prefixlen < widest and not is_inside:
                reject(
                    ("networks", name, index),
                    f"{network} is much of the Internet: strangers would be our own; /{widest} is the widest",
                )
    for index, domain in enumerate(settings.networks.local_domains):
        if not DOMAIN.fullmatch(domain):
            reject(("networks", "local_domains", index), f"expected a domain such as example.org, got {domain!r}")


def check_senders(settings: Settings, reject: Reject) -> None:
    """Whose word is believed about senders, and who is asked."""
    for index, domain in enumerate(settings.auth.trusted_sealers):
        keys = ("auth", "trusted_sealers", index)
        if not DOMAIN.fullmatch(domain) or "*" in domain or not domain.strip("."):
            reject(keys, f"expected a domain such as lists.example.net, which stands for all below it, got {domain!r}")
        if is_public_suffix(domain.strip(".").lower()):
            reject(keys, f"everybody can have a domain below {domain!r}: name the forwarder's own")
    for index, name in enumerate(settings.networks.trusted_authserv_ids):
        if not name or "*" in name or ";" in name or not name.isprintable() or len(name.split()) != 1:
            reject(("networks", "trusted_authserv_ids", index), f"expected a name such as mx.example.org, got {name!r}")
    for index, server in enumerate(settings.dns.servers):
        try:
            check_address(server)
        except ConfigurationError as error:
            reject(("dns", "servers", index), f"expected ADDRESS, ADDRESS:PORT or [ADDRESS]:PORT: {error}")


def check_connections(settings: Settings, reject: Reject) -> None:
    _check_network_list(settings.connections.allowed_networks, ("connections", "allowed_networks"), reject)
    greylisting = settings.greylisting
    if greylisting.retry_seconds <= greylisting.delay_seconds:
        reject(
            ("greylisting", "retry_seconds"),
            f"must be more than delay_seconds ({greylisting.delay_seconds:g}): nobody could come again in time",
        )
    for index, name in enumerate(greylisting.allowed_names):
        if not DOMAIN.fullmatch(name) or not name.strip("."):
            reject(("greylisting", "allowed_names", index), f"expected a domain such as example.org, got {name!r}")


def _check_network_list(networks: Iterable[str], keys: tuple[str, ...], reject: Reject) -> None:
    for index, network in enumerate(networks):
        try:
            ipaddress.ip_network(network)
        except ValueError as error:
            reject((*keys, index), f"expected a network such as 192.0.2.0/24: {error}")


def check_redis(settings: Settings, reject: Reject) -> None:
    redis = settings.redis
    for key, url in (("broker", redis.broker), ("claims", redis.claims), ("state", redis.state)):
        if url and not url.startswith(REDIS_SCHEMES):
            # The value is not repeated: it may hold a password.
            reject(("redis", key), "expected a URL such as redis://HOST:6379/0 or unix:///run/redis/redis.sock?db=0")
        if url.startswith(TCP_SCHEMES) and re.search(r"[?&]db=", url):
            # redis-py would read it there and kombu would not: tasks would wait where no worker looks.
            reject(("redis", key), "over TCP the number of the database stands in the path: redis://HOST:6379/0")
    if not MEMORY.fullmatch(redis.memory_limit):
        reject(("redis", "memory_limit"), f"expected a size such as 512mb, got {redis.memory_limit!r}")


def check_workers(settings: Settings, reject: Reject) -> None:
    known = tuple(dict.fromkeys((*STAGES, *settings.pools, LATE)))
    for index, group in enumerate(settings.workers):
        for position, pool in enumerate(group.pools):
            if pool not in known:
                reject(("workers", index, "pools", position), f"unknown pool {pool!r}{did_you_mean(pool, known)}")
        if not group.pools:
            reject(("workers", index, "pools"), f"expected at least one of {', '.join(known)}")
        slow = _slow_pools(group, settings)
        if slow and set(group.pools) & set(STAGES):
            reject(
                ("workers", index, "pools"),
                f"{', '.join(slow)} must not share a worker with intake or aggregate: "
                "one slow picture would hold up every mail; make it a group of its own",
            )
        if group.autoscale and not _is_range(group.autoscale):
            reject(("workers", index, "autoscale"), f"expected `MIN,MAX` such as `1,4`, got {group.autoscale!r}")
        if group.threads and set(group.pools) != {AUTH}:
            reject(("workers", index, "threads"), f"only {AUTH} runs in threads; make it a group of its own")
        if group.threads and group.autoscale:
            reject(("workers", index, "autoscale"), "threads come and go by themselves")


def check_limits(settings: Settings, reject: Reject) -> None:
    for name in settings.limits.__struct_fields__:
        if getattr(settings.limits, name) < 1:
            reject(("limits", name), "must be at least 1")


def check_surroundings(settings: Settings, reject: Reject) -> None:
    for index, directory in enumerate(settings.rules.directories):
        if not directory.startswith("/"):
            reject(("rules", "directories", index), f"expected an absolute path, got {directory!r}")
    if not settings.state_dir.startswith("/"):
        reject(("state_dir",), f"expected an absolute path, got {settings.state_dir!r}")
    health = HOST_PORT.fullmatch(settings.health.listen)
    if settings.health.listen and not (health and is_port(health["port"])):
        reject(("health", "listen"), f"expected HOST:PORT, got {settings.health.listen!r}")
    _check_word(settings.logging.level, ("debug", "info", "warning", "error"), ("logging", "level"), reject)
    _check_word(settings.logging.format, ("json", "text"), ("logging", "format"), reject)


def _slow_pools(group: WorkerGroup, settings: Settings) -> list[str]:
    """Queues of the group that are too slow to stand beside intake."""
    quick = {name for name, pool in settings.pools.items() if pool.in_place is InPlace.ALWAYS}
    return [name for name in group.pools if name not in quick and name not in STAGES]


def _check_word(word: str, known: Iterable[str], keys: tuple[str, ...], reject: Reject) -> None:
    if word not in known:
        reject(keys, f"expected one of {', '.join(known)}, got {word!r}")


def _is_range(text: str) -> bool:
    low, _, high = text.partition(",")
    return low.isdigit() and high.isdigit() and 1 <= int(low) <= int(high)
