"""Who gets a domain's aggregate reports: the mail addresses of `rua=`, others only with their consent in the DNS.

RFC 7489, 7.1; RFC 9990, 4.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from urllib.parse import unquote

from msgspec import Struct

from mailcore.dmarc_rows import is_address
from mailcore.dns import NOT_ASKED, Lookup, Question, RecordType
from mailcore.settings import DmarcOrganisation
from workers.auth.dmarc import find_policy
from workers.auth.dmarc_record import read_report_uris
from workers.auth.signature import Unacceptable, look_up_name

NAME_CHARACTERS = 253  # of a name in the DNS
MAX_RECORDS = 20  # of one name that are read

_MAIL = re.compile(r"mailto:([^!?]+)(?:\?[^!]*)?(?:!([0-9]{1,15})([kmgt]?))?", re.IGNORECASE)
_UNITS = {"": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30, "t": 1 << 40}


class Destination(Struct, frozen=True, kw_only=True):
    """An address that gets reports of at most `most_bytes` as mail (0: any size)."""

    address: str
    most_bytes: int = 0

    @property
    def host(self) -> str:
        return self.address.rpartition("@")[2]


class Destinations(Struct, frozen=True, kw_only=True):
    """`refused` are URIs that get none, `unknown` those for which the DNS did not answer now, each with the reason."""

    allowed: tuple[Destination, ...] = ()
    refused: tuple[tuple[str, str], ...] = ()
    unknown: tuple[tuple[str, str], ...] = ()


def find_destinations(
    domain: str, report_to: Sequence[str], *, most: int, by: DmarcOrganisation = DmarcOrganisation.TREE_WALK
) -> Lookup[Destinations]:
    """The destinations of the reports on `domain`, the first `most` that may get one. Never raises."""
    allowed: dict[str, Destination] = {}
    refused: list[tuple[str, str]] = []
    unknown: list[tuple[str, str]] = []
    own = yield from find_policy(domain, by=by)
    for uri in report_to:
        destination = read_destination(uri)
        if destination is None:
            refused.append((uri, "no mail address"))
            continue
        host = yield from find_policy(destination.host, by=by)
        if destination.host == domain or (own.organisation and host.organisation == own.organisation):
            allowed.setdefault(destination.address, destination)
            continue
        consent = yield from _consent(domain, destination)
        if isinstance(consent, _Refusal):
            (refused if consent.is_final else unknown).append((uri, consent.reason))
        else:
            for agreed in consent:
                allowed.setdefault(agreed.address, agreed)
    chosen = list(allowed.values())
    refused += [(f"mailto:{each.address}", "more destinations than get a report") for each in chosen[most:]]
    return Destinations(allowed=tuple(chosen[:most]), refused=tuple(refused), unknown=tuple(unknown))


def read_destination(uri: str) -> Destination | None:
    """The address in a URI of `rua=` and its limit; None for what is no plain mail address (RFC 7489, 6.2)."""
    match = _MAIL.fullmatch(uri)
    if match is None:
        return None
    local_part, _, host = unquote(match[1], errors="replace").rpartition("@")
    try:
        address = f"{local_part}@{look_up_name(host.encode('utf-8', 'replace'))}"
    except (ValueError, Unacceptable):
        return None
    if not is_address(address):
        return None
    return Destination(address=address, most_bytes=int(match[2] or 0) * _UNITS[(match[3] or "").lower()])


class _Refusal(Struct, frozen=True):
    reason: str
    is_final: bool = True


def _consent(domain: str, destination: Destination) -> Lookup[tuple[Destination, ...] | _Refusal]:
    """Whether who runs that host takes reports on the domain, and at which addresses: they may name others there."""
    name = f"{domain}._report._dmarc.{destination.host}"
    if len(name) > NAME_CHARACTERS:
        return _Refusal("the name to ask for consent is too long")
    question = Question(name, RecordType.TXT)
    answer = (yield (question,)).get(question, NOT_ASKED)
    if not answer.is_known:
        return _Refusal("the DNS did not answer", is_final=False)
    records = [uris for text in answer.records[:MAX_RECORDS] if (uris := read_report_uris(text)) is not None]
    if not records:
        return _Refusal(f"no consent at {name}")
    named = list(_named(records))
    if any(other is None or other.host != destination.host for other in named):
        return _Refusal(f"{name} leads to another host")
    return tuple(other for other in named if other is not None) or (destination,)


def _named(records: Sequence[tuple[str, ...]]) -> Iterator[Destination | None]:
    for uris in records:
        for uri in uris:
            yield read_destination(uri)
