"""What is wrong with how a client introduces itself: pure rules on its name, its address and its HELO."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from mailcore.connections import ClientNames, NameRule
from mailcore.ip_addresses import read_literal
from milter_front.address import client_name

# Longer names are cut for the comparison: a domain has 255 at most (RFC 5321, 4.5.3.1.2).
MOST_CHARACTERS = 255


def wrong_name(reported: str, rules: ClientNames) -> str:
    """The rule that the client's name in the DNS breaks, as the MTA reported it; "" where none is."""
    if rules.no_reverse_name is NameRule.OFF or client_name(reported):
        return ""
    return "no_reverse_name"


def wrong_helo(helo: str, address: str, rules: ClientNames, *, own_names: Collection[str]) -> str:
    """The first rule that is on and that this HELO breaks (RFC 5321, 4.1.3 and 4.1.4); "" where none is.

    `own_names` are our names, domains and addresses in lower case.
    """
    broken = _broken(helo[:MOST_CHARACTERS].strip().lower().rstrip("."), address, own_names)
    return next((rule for rule in broken if getattr(rules, rule) is not NameRule.OFF), "")


def _broken(helo: str, address: str, own_names: Collection[str]) -> Iterator[str]:
    literal = read_literal(helo)
    # A client at our own address is ourselves; whoever else says so is not who it says.
    if helo in own_names or (literal is not None and str(literal) in own_names and str(literal) != address):
        yield "helo_is_ours"
    is_loopback = literal is not None and literal.is_loopback
    if is_loopback or helo == "localhost" or helo.endswith((".localhost", ".localdomain")):
        yield "helo_is_localhost"
    # In brackets a client's own address is a proper HELO: devices without a name have no other.
    if literal is not None and not (helo.startswith("[") and str(literal) == address):
        yield "helo_is_address"
    if literal is None and "." not in helo.strip("[]"):
        yield "helo_is_not_qualified"
