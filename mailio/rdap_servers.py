"""Which registry is asked about which domain (RFC 9224): fetched from IANA, kept in a file, read by all processes."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

import msgspec
import structlog
from msgspec import Struct

from mailcore.domain_age_settings import DomainAge
from mailio.feed_formats import FeedUnreadable
from mailio.feed_store import DAY, identity, write_whole
from mailio.outgoing_http import fetch

log = structlog.get_logger("mailchord.rdap")

FILE = "rdap-servers.json"  # beside the lists of links
LOOK_EVERY = 30.0  # seconds after which it is looked whether the file was replaced
_MOST_BYTES = 4_194_304
_MOST_SERVICES = 10_000
_SECONDS = 30.0
_OK = 200


class _Servers(Struct, frozen=True):
    """RFC 9224, 3: each service has its names, and where they are asked about."""

    services: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]


def servers_path(directory: Path) -> Path:
    return directory / FILE


def read_servers(content: bytes, *, plain_http: bool) -> dict[str, str]:
    """The address of the registry by top-level domain (or domain). Raises FeedUnreadable where there is none."""
    try:
        services = msgspec.json.decode(content, type=_Servers).services[:_MOST_SERVICES]
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise FeedUnreadable("it is no list of registries (RFC 9224)") from None
    schemes = ("https", "http") if plain_http else ("https",)
    found: dict[str, str] = {}
    for names, addresses in services:
        # RFC 9224, 3: the first that is safe.
        address = next((each for each in addresses if _scheme(each) in schemes), "")
        if address:
            found.update({name.lower().strip("."): address.rstrip("/") + "/" for name in names})
    if not found:
        raise FeedUnreadable("it names no registry")
    return found


def update_servers(settings: DomainAge, directory: Path, *, now: float, force: bool = False) -> bool:
    """Fetch the list and put it in place of the one before; whether that was done: not twice a day.

    Raises FeedUnreadable, FetchFailed, OSError: the one before stays.
    """
    path = servers_path(directory)
    with suppress(FileNotFoundError):
        if not force and 0 <= now - path.stat().st_mtime < DAY:
            return False
    answer = fetch(
        settings.bootstrap,
        seconds=_SECONDS,
        headers={"User-Agent": "mailchord", "Accept-Encoding": "identity"},
        private_addresses=settings.private_addresses,
    )
    if answer.status != _OK:
        raise FeedUnreadable(f"the server does not give it (status {answer.status})")
    read_servers(answer.body, plain_http=settings.private_addresses)
    write_whole(path, lambda file: file.write(answer.body))
    os.utime(path, (now, now))
    return True


class RdapServers:
    """The registries as the file has them by now; none where there is no file."""

    def __init__(self, path: Path, *, plain_http: bool = False, look_every: float = LOOK_EVERY) -> None:
        self._path = path
        self._plain_http = plain_http
        self._look_every = look_every
        self._next_look = 0.0
        self._identity: tuple[int, int, int] | None = None
        self._servers: Mapping[str, str] = {}

    def of(self, domain: str) -> str:
        """The address of the registry of that domain, "" where nobody knows it; the longest name that fits counts."""
        if time.monotonic() >= self._next_look:
            self._next_look = time.monotonic() + self._look_every
            self._look()
        labels = domain.split(".")
        names = (".".join(labels[at:]) for at in range(len(labels)))
        return next((self._servers[name] for name in names if name in self._servers), "")

    def _look(self) -> None:
        try:
            found = identity(self._path.stat())
            if found == self._identity:
                return
            self._identity = found
            with self._path.open("rb") as file:
                self._servers = read_servers(file.read(_MOST_BYTES), plain_http=self._plain_http)
        except FileNotFoundError:
            self._servers, self._identity = {}, None
        except (OSError, FeedUnreadable) as error:
            log.warning("the list of registries cannot be read", reason=str(error))


def _scheme(address: str) -> str:
    try:
        return urlsplit(address).scheme
    except ValueError:
        return ""
