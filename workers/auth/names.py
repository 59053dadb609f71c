"""Names as questions need them: domains in A-labels, where the names of an address are, and the addresses of a name."""

from __future__ import annotations

import idna

from mailcore.dns import Question, RecordType
from mailcore.ip_addresses import Address

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


def pointer_of(address: Address) -> Question:
    """The question for the client's names."""
    return Question(address.reverse_pointer, RecordType.PTR)


def addresses_of(name: str, client: Address) -> Question:
    """The question for a name's addresses of the client's kind."""
    return Question(name, RecordType.A if client.version == 4 else RecordType.AAAA)  # IP version
