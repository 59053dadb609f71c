"""Runs the examples that every rule carries: those it must hit, and those it must leave alone."""

from __future__ import annotations

from mailcore.authentication import AuthFacts, AuthResult, AuthSource, DkimResult
from mailcore.brands import BrandIndex
from mailcore.fields.people import addresses_of
from mailcore.links import registered_domain
from mailcore.message import Envelope, Message
from mailcore.parse import parse
from mailcore.reputation import UNKNOWN, Reputation, Role, Standing, Subject
from mailcore.rule_examples import Example
from mailcore.view import NO_BRANDS, Lists, MailView
from workers.content.rule_set import RuleSet

NO_LISTS = Lists()


def check_examples(rules: RuleSet, lists: Lists = NO_LISTS, brands: BrandIndex = NO_BRANDS) -> list[str]:
    """Problems, one line each with file and line; empty when every example does what it should."""
    problems = []
    for rule in rules.rules:
        for example in rule.match:
            if rule.id not in _hit_ids(example, rules, lists, brands):
                problems.append(f"{example.place}: {rule.id} does not hit {example.name!r}, which it must")
        for example in rule.no_match:
            if rule.id in _hit_ids(example, rules, lists, brands):
                problems.append(f"{example.place}: {rule.id} hits {example.name!r}, which it must leave alone")
    return problems


def _hit_ids(example: Example, rules: RuleSet, lists: Lists, brands: BrandIndex) -> frozenset[str]:
    message = parse(example.raw(), message_id="example").message
    envelope = Envelope(
        sender=example.sender,
        recipients=("bob@example.net",),
        helo=example.helo,
        client_name=example.client_name,
        client_address="203.0.113.9" if example.helo or example.client_name else "",
    )
    auth = _auth(example, message)
    reputation = _reputation(example, auth)
    view = MailView(envelope=envelope, message=message, lists=lists, brands=brands, auth=auth, reputation=reputation)
    return frozenset(hit.rule.id for hit in rules.hits(view) if not hit.is_doubting)


def _auth(example: Example, message: Message) -> AuthFacts:
    """Facts as `spf=fail dkim=none dmarc=fail` say it. Raises ValueError for words that are no results."""
    if not example.auth:
        return AuthFacts()
    results = {method: AuthResult(word) for method, _, word in (each.partition("=") for each in example.auth.split())}
    none = AuthResult.NONE
    domain = next((address.host for address in addresses_of(message, "from")), "")
    signed = results.get("dkim", none)
    return AuthFacts(
        source=AuthSource.REPLAYED,
        from_domain=domain,
        spf=results.get("spf", none),
        spf_domain=example.sender.rpartition("@")[2],
        dkim=(DkimResult(domain=domain, result=signed),) if signed is not none else (),
        dmarc=results.get("dmarc", none),
        arc=results.get("arc", none),
    )


def _reputation(example: Example, auth: AuthFacts) -> Reputation:
    """What `ip=-0.8 domain=0.9` says of those who sent it."""
    if not example.reputation:
        return UNKNOWN
    signer = next(iter(auth.dkim_domains), "")
    names = {Role.DKIM: registered_domain(signer), Role.ENVELOPE: registered_domain(auth.spf_domain)}
    words = (word.partition("=") for word in example.reputation.split())
    scores = {Role(role): float(score) for role, _, score in words}
    return Reputation(
        is_known=True,
        standings=tuple(
            (
                Subject(role, names.get(role, "example.com")),
                Standing(score=score, confidence=1.0, volume=100.0, first_seen_days=365.0),
            )
            for role, score in scores.items()
        ),
    )
