"""Checkups of the DNS: does each resolver answer, does it validate, and is it one that DNS lists refuse."""

from __future__ import annotations

import time
from collections.abc import Iterator
from ipaddress import ip_address
from pathlib import Path

from msgspec import structs

from mailchord.checkup import Result, fail, ok, warn
from mailcore.dns import Question, RecordType
from mailcore.errors import ConfigurationError
from mailcore.settings import Dns, Settings
from mailio.dns_resolver import DnsResolver

# A name that exists for as long as the DNS does, in a signed zone.
PROBE = Question("iana.org", RecordType.A)
PROBE_SECONDS = 5.0
SLOW_SECONDS = 1.0

RESOLV_CONF = Path("/etc/resolv.conf")
# Where systemd-resolved writes whom it asks itself.
BEHIND_RESOLVED = Path("/run/systemd/resolve/resolv.conf")
RESOLVED = ("127.0.0.53", "127.0.0.54")

# Resolvers for everybody, by their operators. So many ask through them that DNS lists refuse to answer them.
PUBLIC = {
    "Google": ("8.8.8.8", "8.8.4.4", "2001:4860:4860::8888", "2001:4860:4860::8844"),
    "Cloudflare": ("1.1.1.1", "1.0.0.1", "2606:4700:4700::1111", "2606:4700:4700::1001"),
    "Quad9": ("9.9.9.9", "9.9.9.10", "9.9.9.11", "149.112.112.112", "2620:fe::fe", "2620:fe::9"),
    "OpenDNS": ("208.67.222.222", "208.67.220.220", "2620:119:35::35", "2620:119:53::53"),
    "AdGuard": ("94.140.14.14", "94.140.15.15", "2a10:50c0::ad1:ff", "2a10:50c0::ad2:ff"),
    "Level 3": ("4.2.2.1", "4.2.2.2", "4.2.2.3", "4.2.2.4"),
    "Yandex": ("77.88.8.8", "77.88.8.1"),
    "DNS4EU": ("86.54.11.1", "86.54.11.100"),
}
OPERATORS = {ip_address(address): operator for operator, addresses in PUBLIC.items() for address in addresses}

OWN_RESOLVER = "run a resolver of your own beside mailchord (unbound, say) and set dns.servers to it"


def check_dns(
    settings: Settings, *, resolv_conf: Path = RESOLV_CONF, behind: Path = BEHIND_RESOLVED
) -> Iterator[Result]:
    """Two lines at most for each resolver."""
    if settings.dns.zone_file:
        yield warn(
            "dns", f"{settings.dns.zone_file} stands in for the DNS", "set dns.zone_file to nothing for real mail"
        )
        return
    servers = settings.dns.servers or tuple(nameservers(resolv_conf))
    if not servers:
        yield fail("dns", f"no resolver in {resolv_conf}", "set dns.servers")
    for server in servers:
        yield _check_answer(server, settings.dns)
        asked = nameservers(behind) if _address(server) in RESOLVED else [server]
        for address in asked:
            operator = _operator(address)
            if operator:
                says = f"{address} is the public resolver of {operator}: DNS lists do not answer it"
                yield warn(f"dns {server}", says, OWN_RESOLVER)


def nameservers(path: Path) -> list[str]:
    """The servers that a resolv.conf(5) names, none where it cannot be read."""
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return []
    words = [line.split() for line in lines]
    return [line[1] for line in words if len(line) > 1 and line[0] == "nameserver"]


def _check_answer(server: str, settings: Dns) -> Result:
    name = f"dns {server}"
    begun = time.monotonic()
    try:
        resolver = DnsResolver(structs.replace(settings, servers=(server,)))
    except ConfigurationError as error:
        return fail(name, str(error), "give the address of a resolver, or install 'mailchord[auth]'")
    answer = resolver.resolve([PROBE], seconds=PROBE_SECONDS)[PROBE]
    took = time.monotonic() - begun
    if not answer.is_known:
        return fail(
            name, f"no answer about {PROBE.name}: {answer.status}", "without DNS no sender is verified; see dns.servers"
        )
    if took > SLOW_SECONDS:
        return warn(name, f"answers after {took:.1f} s", OWN_RESOLVER)
    return ok(name, f"answers in {took * 1000:.0f} ms, {'validates' if answer.secure else 'does not validate'} DNSSEC")


def _address(server: str) -> str:
    """The address without port and brackets."""
    if server.startswith("["):
        return server[1:].partition("]")[0]
    return server.partition(":")[0] if server.count(":") == 1 else server


def _operator(server: str) -> str:
    try:
        return OPERATORS.get(ip_address(_address(server)), "")
    except ValueError:
        return ""
