"""Asks registries when a domain was registered (RDAP, RFC 9082 and 9083): remembered answers first, never for long."""

from __future__ import annotations

import hashlib
import re
import struct
import time
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from urllib.parse import urlsplit

import msgspec
import structlog
from msgspec import Struct

from mailcore.clock import Clock, system_clock
from mailcore.domain_age_settings import DomainAge
from mailcore.ports import Memory
from mailio.hash_services import Quota
from mailio.outgoing_http import FetchFailed, fetch
from mailio.rdap_servers import RdapServers

log = structlog.get_logger("mailchord.rdap")

LEAST_SECONDS = 0.2  # with less time left nobody is asked
# Seconds for which a registry is left alone: that fails, and that was asked too often.
PAUSE_SECONDS, LONG_PAUSE_SECONDS = 60.0, 900.0
DAY, HOUR = 86_400.0, 3_600.0
_OK, _NOT_FOUND, _TOO_MANY = 200, 404, 429
_UNKNOWN = b"-"
_AT = struct.Struct(">d")
_FIRST = 473_385_600.0  # 1985: before that nobody registered a domain
# RFC 9083, 10.2.3: a domain that was deleted and registered again is as old as the new registration.
_REGISTERED = ("registration", "reregistration")
_DOMAIN = re.compile(r"(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.){1,8}[a-z0-9-]{2,63}")


class _Event(Struct, frozen=True, rename="camel"):
    event_action: str = ""
    event_date: str = ""


class _Domain(Struct, frozen=True, rename="camel"):
    object_class_name: str = ""
    ldh_name: str = ""
    events: tuple[_Event, ...] = ()


class NoAge(Exception):
    """The registry does not say it: why, in words."""


class RdapAges:
    """Implements `mailcore.ports.DomainAges`."""

    def __init__(
        self, settings: DomainAge, servers: RdapServers, memory: Memory, quota: Quota, *, clock: Clock = system_clock
    ) -> None:
        self._settings = settings
        self._servers = servers
        self._memory = memory
        self._quota = quota
        self._clock = clock
        self._closed_until: dict[str, float] = {}

    def registered(self, domains: Collection[str], *, seconds: float) -> Mapping[str, float]:
        """See `mailcore.ports.DomainAges`."""
        ends = time.monotonic() + min(seconds, self._settings.seconds)
        keys = {domain: _key(domain) for domain in domains if _DOMAIN.fullmatch(domain)}
        remembered = self._memory.find(list(keys.values()))
        found: dict[str, float] = {}
        for domain, key in keys.items():
            kept = remembered.get(key)
            at = _read(kept) if kept is not None else self._asked(domain, key, ends)
            if at is not None:
                found[domain] = at
        return found

    def _asked(self, domain: str, key: bytes, ends: float) -> float | None:
        """What the registry says of a domain that nobody remembers; None where it is not asked, or does not say it."""
        server = self._servers.of(domain)
        host = urlsplit(server).hostname or ""
        left = ends - time.monotonic()
        if not server or left < LEAST_SECONDS or self._clock() < self._closed_until.get(host, 0.0):
            return None
        if not self._quota.take(host, self._settings):
            return None
        try:
            answer = fetch(
                f"{server}domain/{domain}",
                seconds=left,
                headers={
                    "Accept": "application/rdap+json",  # RFC 7480, 4.2
                    "Accept-Encoding": "identity",
                    "User-Agent": "mailchord",
                },
                private_addresses=self._settings.private_addresses,
            )
        except FetchFailed as error:
            self._close(host, PAUSE_SECONDS, str(error))
            return None
        if answer.status not in (_OK, _NOT_FOUND):
            self._close(host, LONG_PAUSE_SECONDS if answer.status == _TOO_MANY else PAUSE_SECONDS, f"{answer.status}")
            return None
        at = self._registration(domain, answer.body) if answer.status == _OK else None
        settings = self._settings
        kept_for = settings.known_days * DAY if at is not None else settings.unknown_hours * HOUR
        self._memory.keep({key: _AT.pack(at) if at is not None else _UNKNOWN}, seconds=kept_for)
        return at

    def _registration(self, domain: str, body: bytes) -> float | None:
        try:
            return registration(domain, body, now=self._clock())
        except NoAge as error:
            log.info("a registry does not say when a domain was registered", domain=domain, reason=str(error))
            return None

    def _close(self, host: str, seconds: float, reason: str) -> None:
        self._closed_until[host] = self._clock() + seconds
        log.warning("a registry does not answer", registry=host, reason=reason, pause=seconds)


def registration(domain: str, body: bytes, *, now: float) -> float:
    """When that domain was registered, in seconds since the epoch. Raises NoAge."""
    try:
        answer = msgspec.json.decode(body, type=_Domain)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise NoAge("its answer cannot be read") from None
    if answer.object_class_name != "domain" or answer.ldh_name.lower().rstrip(".") != domain:
        raise NoAge("its answer is about something else")
    times = [_time(event.event_date) for event in answer.events if event.event_action in _REGISTERED]
    sound = [at for at in times if at is not None and _FIRST <= at <= now + DAY]
    if not sound:
        raise NoAge("its answer has no date of registration")
    return max(sound)


def _time(text: str) -> float | None:
    """A time of RFC 3339; None for anything else."""
    try:
        at = datetime.fromisoformat(text.strip())
        return (at if at.tzinfo is not None else at.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None


def _read(kept: bytes) -> float | None:
    return float(_AT.unpack(kept)[0]) if len(kept) == _AT.size else None


def _key(domain: str) -> bytes:
    return hashlib.sha256(b"rdap\0" + domain.encode()).digest()
