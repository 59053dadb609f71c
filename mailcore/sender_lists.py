"""Allow and block lists: whether an entry is about the sender of a message, and whether the message proves it."""

from __future__ import annotations

import functools
import ipaddress
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from msgspec import Struct

from mailcore.authentication import AuthFacts
from mailcore.composites import POLICY_POOL
from mailcore.identity import Identity
from mailcore.ip_addresses import Network, read_address
from mailcore.policy import Allow, Block, Policy, Proof
from mailcore.verdict import Finding, Where

# Lists of senders by name: entries as in `from` of an allow or block entry, in lower case.
SenderLists = Mapping[str, frozenset[str]]
NO_LISTS: SenderLists = MappingProxyType({})

ALLOWED = "sender-is-allowed"
UNPROVEN = "allowed-sender-is-not-proven"
BLOCKED = "sender-is-blocked"
IDS = (ALLOWED, UNPROVEN, BLOCKED)

# How closely an entry names the sender; of an allow and a block entry the closer one counts, of equal ones the block.
ADDRESS, DOMAIN, BELOW, CLIENT = 4, 3, 2, 1


class Listing(Struct, frozen=True, kw_only=True):
    """What the lists say of a message. `allowed` and `blocked` are the entries that act, each with its finding."""

    allowed: tuple[Allow, Finding] | None = None
    blocked: tuple[Block, Finding] | None = None
    findings: tuple[Finding, ...] = ()


NOT_LISTED = Listing()


def look_up(policy: Policy, identity: Identity, lists: SenderLists) -> Listing:
    """What the lists of a policy say of a message. Never raises."""
    if not policy.allow and not policy.block:
        return NOT_LISTED
    keys = [sender_keys(address) for address in identity.from_addresses]
    blocked = _blocked(policy.block, identity, keys, lists)
    proven, unproven = _allowed(policy.allow, identity, keys, lists)
    findings: list[Finding] = []
    if proven is None and unproven is not None:
        findings.append(_unproven_finding(unproven, identity))
    if proven is not None and (blocked is None or proven[0] > blocked[0]):
        finding = _allowed_finding(proven[1], identity)
        return Listing(allowed=(proven[1], finding), findings=(finding,))
    if blocked is not None:
        finding = _blocked_finding(blocked[1], identity)
        return Listing(blocked=(blocked[1], finding), findings=(*findings, finding))
    return Listing(findings=tuple(findings))


def sender_keys(address: str) -> dict[str, int]:
    """The entries that are about an address, each with how closely it names it."""
    domain = address.rpartition("@")[2]
    keys = {address: ADDRESS, domain: DOMAIN, f"*@{domain}": DOMAIN, f"*.{domain}": BELOW}
    above = domain.partition(".")[2]
    while above:
        keys[f"*.{above}"] = BELOW
        above = above.partition(".")[2]
    return keys


def is_proven(auth: AuthFacts, requires: Proof, domain: str) -> bool:
    """Whether the message proves that it comes from that domain of From, in the way that is asked for."""
    if requires is Proof.NONE:
        return True
    if not domain or auth.from_domain.lower() != domain:
        return False
    match requires:
        case Proof.DMARC:
            return auth.dmarc == "pass"
        case Proof.DKIM:
            return auth.is_dkim_aligned
        case Proof.SPF:
            return auth.is_spf_aligned
        case _:
            return auth.is_aligned


def is_in_networks(address: str, networks: Sequence[str]) -> bool:
    """Whether an IP address is in one of the networks; False for what is no address."""
    client = _address(address)
    return client is not None and any(client in _network(network) for network in networks)


def _plain(entry: str) -> str:
    """As the keys of addresses are: in lower case, without the dot of the root."""
    return entry.lower().rstrip(".")


def _closest(entry: Allow | Block, keys: Mapping[str, int], lists: SenderLists) -> int:
    """How closely the entry names an address with these keys; 0 where it does not."""
    if entry.from_:
        return keys.get(_plain(entry.from_), 0)
    listed = lists.get(entry.from_list, frozenset())
    return max((closeness for key, closeness in keys.items() if key in listed), default=0)


def _allowed(
    entries: Sequence[Allow], identity: Identity, keys: Sequence[Mapping[str, int]], lists: SenderLists
) -> tuple[tuple[int, Allow] | None, Allow | None]:
    """The closest entry that applies, and one that names the sender but asks for a proof that is not there."""
    # Several From addresses: authentication speaks of one of them, and the reader may see another.
    own = keys[0] if len(keys) == 1 else {}
    domain = identity.from_addresses[0].rpartition("@")[2] if own else ""
    # What a stored message says of its client, anybody may have written.
    client = "" if "client_address" in identity.border.inferred else identity.client_address
    best: tuple[int, Allow] | None = None
    unproven: Allow | None = None
    for entry in entries:
        named = _closest(entry, own, lists) if entry.from_ or entry.from_list else CLIENT
        if not named or (entry.networks and not is_in_networks(client, entry.networks)):
            continue
        if named > CLIENT and not is_proven(identity.auth, entry.requires, domain):
            unproven = unproven or entry
        elif best is None or named > best[0]:
            best = (named, entry)
    return best, unproven


def _blocked(
    entries: Sequence[Block], identity: Identity, keys: Sequence[Mapping[str, int]], lists: SenderLists
) -> tuple[int, Block] | None:
    best: tuple[int, Block] | None = None
    for entry in entries:
        named = CLIENT
        if entry.from_ or entry.from_list:
            named = max((_closest(entry, each, lists) for each in keys), default=0)
        if entry.envelope_from:
            wanted = sender_keys(identity.envelope_sender).get(_plain(entry.envelope_from), 0)
            named = min(named, wanted) if entry.from_ or entry.from_list else wanted
        if entry.helo and _plain(entry.helo) not in sender_keys(f"@{identity.helo}"):
            continue
        if entry.networks and not is_in_networks(identity.client_address, entry.networks):
            continue
        if named and (best is None or named > best[0]):
            best = (named, entry)
    return best


def _sender(identity: Identity) -> str:
    return ", ".join(identity.from_addresses[:3]) or identity.envelope_sender or identity.client_address or "nobody"


def _allowed_finding(entry: Allow, identity: Identity) -> Finding:
    proof = "client in its networks" if entry.requires is Proof.NONE else f"requires {entry.requires}: proven"
    return Finding(
        id=ALLOWED,
        pool=POLICY_POOL,
        category="allowed",
        weight=min(entry.score, 0.0),
        summary=f"The sender {_sender(identity)} is on the list of senders whose mail passes.",
        detail="; ".join(filter(None, (f"policy.allow: {_named(entry)}", proof, entry.reason))),
        where=Where(header="From", quote=_sender(identity)),
    )


def _unproven_finding(entry: Allow, identity: Identity) -> Finding:
    return Finding(
        id=UNPROVEN,
        pool=POLICY_POOL,
        category="allowed",
        weight=0.0,
        summary=f"The sender {_sender(identity)} is listed, but not authenticated: nothing proves who wrote this.",
        detail=f"policy.allow: {_named(entry)}; requires {entry.requires}; {describe(identity.auth)}",
        where=Where(header="From", quote=_sender(identity)),
    )


def _blocked_finding(entry: Block, identity: Identity) -> Finding:
    return Finding(
        id=BLOCKED,
        pool=POLICY_POOL,
        category="blocked",
        weight=max(entry.score, 0.0),
        summary=f"The sender {_sender(identity)} is on the list of senders whose mail is not wanted.",
        detail="; ".join(filter(None, (f"policy.block: {_named(entry)}", entry.reason))),
        where=Where(header="From", quote=_sender(identity)),
    )


def describe(auth: AuthFacts) -> str:
    """Authentication results on one line."""
    if not auth.is_known:
        return "authentication is not known"
    dkim = ", ".join(
        f"{signature.result}{f' ({signature.domain})' if signature.domain else ''}" for signature in auth.dkim
    )
    return f"spf={auth.spf}, dkim={dkim or 'none'}, dmarc={auth.dmarc}"


def _named(entry: Allow | Block) -> str:
    envelope = f"envelope_from {entry.envelope_from}" if isinstance(entry, Block) and entry.envelope_from else ""
    helo = f"helo {entry.helo}" if isinstance(entry, Block) and entry.helo else ""
    listed = f"from_list {entry.from_list}" if entry.from_list else ""
    networks = f"networks {', '.join(entry.networks[:5])}" if entry.networks else ""
    return ", ".join(filter(None, (f"from {entry.from_}" if entry.from_ else "", listed, envelope, helo, networks)))


@functools.lru_cache(maxsize=4096)
def _network(text: str) -> Network:
    return ipaddress.ip_network(text, strict=False)


_address = functools.lru_cache(maxsize=256)(read_address)
