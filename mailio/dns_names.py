"""Names as they are asked: addresses turned into names of the reverse zones, and names that never leave the host."""

from __future__ import annotations

import re
from collections.abc import Collection
from ipaddress import IPv4Address, ip_address

from mailcore.dns import Answer, DnsStatus, Question, RecordType

NAME_BYTES, LABEL_BYTES = 253, 63  # RFC 1035 section 2.3.4

# Names that the public DNS must not be asked for: RFC 6761 (localhost, invalid, reverse zones of private networks),
# RFC 6762 (local), RFC 7686 (onion), RFC 8375 (home.arpa), RFC 6303 (the other reverse zones). `test` and `example`
# are no names of their own to a program (RFC 6761 sections 6.2 and 6.5), and whatever else an organisation calls its
# hosts is asked like any name.
SPECIAL_NAMES = frozenset(
    (
        *("localhost", "local", "invalid", "onion", "home.arpa"),
        *("10.in-addr.arpa", "168.192.in-addr.arpa", "127.in-addr.arpa", "254.169.in-addr.arpa", "0.in-addr.arpa"),
        *(f"{number}.172.in-addr.arpa" for number in range(16, 32)),
        *("d.f.ip6.arpa", "c.f.ip6.arpa", "8.e.f.ip6.arpa", "9.e.f.ip6.arpa", "a.e.f.ip6.arpa", "b.e.f.ip6.arpa"),
        *("0." * 32 + "ip6.arpa", "1." + "0." * 31 + "ip6.arpa"),
    )
)

# Characters that c-ares lets into a question.
ASKABLE = re.compile(r"[0-9A-Za-z_./*-]+")

NO_SUCH_NAME = Answer(status=DnsStatus.NO_SUCH_NAME)
CANNOT_BE_ASKED = Answer(status=DnsStatus.MALFORMED)


def name_to_ask(question: Question) -> str:
    """The name that goes to the server: for PTR an address may stand for its name in the reverse zone."""
    if question.type is RecordType.PTR and not question.name.endswith(".arpa"):
        try:
            address = ip_address(question.name)
        except ValueError:
            return question.name
        mapped = None if isinstance(address, IPv4Address) else address.ipv4_mapped
        return (mapped or address).reverse_pointer
    return question.name


def is_special(name: str, own_zones: Collection[str] = ()) -> bool:
    """Whether nobody outside may be asked for `name`. What lies in `own_zones`, our own servers know."""
    labels = name.split(".")
    above = [".".join(labels[start:]) for start in range(max(0, len(labels) - 34), len(labels))]
    return not SPECIAL_NAMES.isdisjoint(above) and not any(zone in own_zones for zone in above)


def refusal(name: str, own_zones: Collection[str] = ()) -> Answer | None:
    """The answer to a name that is not asked for; None for one that is.

    What cannot be a name does not exist. What may be one, but has characters that c-ares sends nowhere (SPF macros
    make such names of `+` and `=` in addresses), stays unknown: nobody may say that it does not exist.
    """
    labels = name.split(".")
    if not name.isascii() or len(name) > NAME_BYTES or any(not 0 < len(label) <= LABEL_BYTES for label in labels):
        return NO_SUCH_NAME
    if is_special(name, own_zones):
        return NO_SUCH_NAME
    return None if ASKABLE.fullmatch(name) else CANNOT_BE_ASKED
