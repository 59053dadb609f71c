"""Names and addresses as questions need them: domains in A-labels, clients as addresses, and where their names are."""

from __future__ import annotations

import ipaddress

import idna

from mailcore.dns import Question, RecordType

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

NAME_CHARACTERS = 253
LABEL_CHARACTERS = 63


def fit_name(text: str) -> str:
    """The name as it is asked for: lower case, cut on the left to 253 characters (RFC 7208, 7.3).

    "" for what no question can be made of: empty or long labels, control characters, letters beyond ASCII.
    """
    name = text.removesuffix(".").lower()
    while len(name) > NAME_CHARACTERS:
        cut = name.find(".", len(name) - NAME_CHARACTERS - 1)
        if cut < 0:
            return ""
        name = name[cut + 1 :]
    if not name.isascii() or not name.isprintable() or "\\" in name:  # a backslash begins an escape in zone files
        return ""
    return name if all(0 < len(label) <= LABEL_CHARACTERS for label in name.split(".")) else ""


def to_domain(text: str) -> str:
    """The domain in A-labels and lower case; "" for what is no domain of at least two labels (addresses, too)."""
    name = text.removesuffix(".")
    if len(name) > NAME_CHARACTERS:
        return ""
    if not name.isascii():
        try:
            mapped = idna.uts46_remap(name, std3_rules=False)  # by label, because host names may have underscores
            name = ".".join(each if each.isascii() else idna.alabel(each).decode("ascii") for each in mapped.split("."))
        except (idna.IDNAError, UnicodeError):
            return ""
        if len(name) > NAME_CHARACTERS:
            return ""
    top = name.rpartition(".")[2]
    if top == name or top.isdigit() or name.startswith("["):
        return ""
    return fit_name(name)


def to_address(text: str) -> Address | None:
    """The address; one that is mapped into IPv6 as IPv4 (RFC 7208, section 5). None for what is no address."""
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    if isinstance(address, ipaddress.IPv6Address):
        return address.ipv4_mapped or address
    return address


def pointer_of(address: Address) -> Question:
    """The question for the client's names."""
    return Question(address.reverse_pointer, RecordType.PTR)


def addresses_of(name: str, client: Address) -> Question:
    """The question for a name's addresses of the client's kind."""
    return Question(name, RecordType.A if client.version == 4 else RecordType.AAAA)  # IP version
