"""Runs the examples that every rule carries: those it must hit, and those it must leave alone."""

from __future__ import annotations

from mailcore.brands import BrandIndex
from mailcore.message import Envelope
from mailcore.parse import parse
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
    envelope = Envelope(sender=example.sender, recipients=("bob@example.net",))
    view = MailView(envelope=envelope, message=message, lists=lists, brands=brands)
    return frozenset(hit.rule.id for hit in rules.hits(view))
