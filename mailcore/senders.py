"""Whom a message names as its sender, and what its verdict teaches about them (see `mailcore.reputation`)."""

from __future__ import annotations

import ipaddress
from collections.abc import Container, Iterable, Iterator

from mailcore.addresses import domain_of
from mailcore.authentication import AuthFacts
from mailcore.composites import POLICY_POOL
from mailcore.identity import Identity
from mailcore.ip_addresses import Address, read_address
from mailcore.links import registered_domain
from mailcore.message import Direction
from mailcore.policy import Thresholds
from mailcore.reputation import BAD, CATEGORY, DOUBTFUL, GOOD, Evidence, Role, Subject, is_proven
from mailcore.scoring import total
from mailcore.verdict import Action, Finding, Verdict

MAX_PAIRS = 5  # recipients; a message to more of us is no correspondence
MAX_SIGNERS = 3  # of a message; honest mail has one or two
MAX_NAME = 320  # characters: the longest address of RFC 5321 (4.5.3.1)

# Addresses that many networks have (RFC 1918, 4193, 6598), and those that no client elsewhere can have.
_NOBODYS = tuple(
    map(ipaddress.ip_network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7"))
)


def subjects_of(
    identity: Identity,
    recipients: tuple[str, ...],
    *,
    signers: Iterable[str],
    everybodys: Container[str],
) -> tuple[Subject, ...]:
    """Everybody whom a message from outside names; none for mail of our own. Never raises.

    `signers` are signing domains whose signature holds. `everybodys` are domains where everybody can have an address:
    their name says nothing, so they have no history.
    """
    if identity.direction is not Direction.INBOUND:
        return ()
    found = [*client_subjects(identity.client_address)]
    # Reports of delivery are written by whatever server somebody's mail met.
    if identity.envelope_sender and not identity.is_bounce:
        found += _named_domains(identity, signers, everybodys)
        found += _addresses(identity, recipients)
    return tuple(dict.fromkeys(subject for subject in found if len(subject.name) <= MAX_NAME))


def proven_subjects(
    identity: Identity, auth: AuthFacts, recipients: tuple[str, ...], *, everybodys: Container[str]
) -> tuple[Subject, ...]:
    """Those of them who took part for certain, by what was verified until the verdict: only about them is learned."""
    found = subjects_of(identity, recipients, signers=auth.dkim_domains, everybodys=everybodys)
    return tuple(subject for subject in found if is_proven(subject, auth))


def client_subjects(address: str) -> tuple[Subject, ...]:
    """A client and its network: an address and its /24, or a /64 and its /48, which a network gives to one customer."""
    client = read_address(address)
    if client is None or client.is_loopback or client.is_link_local or client.is_unspecified or client.is_multicast:
        return ()
    if any(client in network for network in _NOBODYS if network.version == client.version):
        return ()
    if client.version == 4:
        return Subject(Role.IP, str(client)), _network(client, 24, Role.NETWORK)
    return _network(client, 64, Role.IP), _network(client, 48, Role.NETWORK)


def evidence_of(verdict: Verdict, thresholds: Thresholds) -> Evidence:
    """What a verdict teaches about its senders. Nothing where it is not final, or only that there was a message.

    The score is counted without what rests on reputation, and without what an administrator set: what reputation did
    must not make reputation, or it would grow from itself.
    """
    if verdict.action is Action.TEMPFAIL:
        return Evidence()  # the message comes again
    score = total(independent(verdict.findings))
    if score >= thresholds.quarantine:
        return Evidence(bad=BAD, messages=1)
    if score >= thresholds.tag:
        return Evidence(bad=DOUBTFUL, messages=1)
    # Of mail that was not wholly seen, and of mail half way to a mark, nobody knows that it is good.
    if verdict.partial or score >= thresholds.tag / 2:
        return Evidence(messages=1)
    return Evidence(good=GOOD, messages=1)


def independent(findings: Iterable[Finding]) -> Iterator[Finding]:
    """The findings that neither rest on reputation, nor on a composite of such, nor on lists of an administrator."""
    found = tuple(findings)
    tainted = {finding.id for finding in found if finding.category == CATEGORY}
    # Composites may be made of composites.
    while more := {each.id for each in found if each.id not in tainted and not tainted.isdisjoint(each.parts)}:
        tainted |= more
    for finding in found:
        if finding.id not in tainted and (finding.pool != POLICY_POOL or finding.parts):
            yield finding


def named(text: str) -> tuple[Subject, ...]:
    """Whom a person means: an IP address, a network, an address, or a domain (in From, and as a signer).

    Raises ValueError, with what is wrong.
    """
    name = text.strip().lower().rstrip(".")
    if "/" in name:
        return (_named_network(name),)
    if read_address(name) is not None:
        found = client_subjects(name)
        if not found:
            raise ValueError(f"{text!r} has no history: many networks have this address, or none")
        return found
    if "@" in name:
        if not domain_of(name) or len(name) > MAX_NAME:
            raise ValueError(f"{text!r} is no address")
        return (Subject(Role.ADDRESS, name),)
    domain = registered_domain(name)
    if not domain or len(name) > MAX_NAME:
        raise ValueError(f"{text!r} is neither an IP address, nor a network, an address or a domain")
    return Subject(Role.DOMAIN, domain), Subject(Role.DKIM, domain)


def pair_of(sender: str, recipient: str) -> Subject:
    return Subject(Role.PAIR, f"{sender.strip().lower()} {recipient.strip().lower()}")


def _named_network(name: str) -> Subject:
    try:
        network = ipaddress.ip_network(name, strict=False)
    except ValueError:
        raise ValueError(f"{name!r} is no network") from None
    usual = {4: {24: Role.NETWORK}, 6: {48: Role.NETWORK, 64: Role.IP}}[network.version]
    if network.prefixlen not in usual:
        sizes = " or ".join(f"/{size}" for size in usual)
        raise ValueError(f"{name}: of such networks only {sizes} has a history")
    return Subject(usual[network.prefixlen], str(network))


def _named_domains(identity: Identity, signers: Iterable[str], everybodys: Container[str]) -> Iterator[Subject]:
    of_author = {registered_domain(domain_of(address)) for address in identity.from_addresses}
    if len(of_author) == 1 and (domain := of_author.pop()) and domain not in everybodys:
        yield Subject(Role.DOMAIN, domain)
    domain = registered_domain(domain_of(identity.envelope_sender))
    if domain and domain not in everybodys:
        yield Subject(Role.ENVELOPE, domain)
    for signer in list(dict.fromkeys(map(registered_domain, signers)))[:MAX_SIGNERS]:
        if signer and signer not in everybodys:
            yield Subject(Role.DKIM, signer)


def _addresses(identity: Identity, recipients: tuple[str, ...]) -> Iterator[Subject]:
    if len(identity.from_addresses) != 1:
        return
    [sender] = identity.from_addresses
    if not domain_of(sender):
        return
    yield Subject(Role.ADDRESS, sender)
    if len(recipients) <= MAX_PAIRS:
        for recipient in recipients:
            yield pair_of(sender, recipient)


def _network(client: Address, prefix: int, role: Role) -> Subject:
    return Subject(role, str(ipaddress.ip_network(f"{client}/{prefix}", strict=False)))
