"""One message under one policy: what was found, and what that comes to, with all of it or without a part of it."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from msgspec import Struct

from mailcore.combine import Composites
from mailcore.identity import Identity
from mailcore.policy import Policy
from mailcore.precedence import Governing, general
from mailcore.ruling import Ruling, at_most, rule
from mailcore.scoring import scored, total
from mailcore.sender_lists import NOT_LISTED, Listing, SenderLists, look_up
from mailcore.verdict import Action, Finding


class Case(Struct, frozen=True, kw_only=True):
    """What is given. `found` holds what pools and lists of senders found, `least` what missing pools ask for."""

    found: Sequence[Finding]
    policy: Policy
    identity: Identity
    composites: Composites
    listing: Listing
    governing: Governing
    least: Action


class Weighed(Struct, frozen=True, kw_only=True):
    """What it comes to for the message as a whole: findings with their scores, composites among them."""

    findings: tuple[Finding, ...]
    score: float
    ruling: Ruling
    action: Action


def case_of(
    found: Sequence[Finding],
    policy: Policy,
    *,
    identity: Identity,
    composites: Composites,
    sender_lists: SenderLists,
    least: Action,
) -> Case:
    """The case of a message in which the pools found that, under that policy."""
    listing = look_up(policy, identity, sender_lists)
    return Case(
        found=[*found, *listing.findings] if listing.findings else found,
        policy=policy,
        identity=identity,
        composites=composites,
        listing=listing,
        governing=general(policy, identity),
        least=least,
    )


def weigh(case: Case, *, without: Collection[str] = ()) -> Weighed:
    """The case with everything, or as it would be without the findings (of pools, lists or composites) of these ids."""
    found, listing = case.found, case.listing
    if without:
        found = [finding for finding in found if finding.id not in without]
        if any(finding.id in without for finding in listing.findings):
            listing = NOT_LISTED
    findings = scored(case.composites.combine(found, case.identity, without=without), case.policy.group_caps)
    score = total(findings)
    ruling = rule(score, findings, case.governing, policy=case.policy, identity=case.identity, listing=listing)
    action = at_most(case.governing.at_most, ruling.action, case.least)
    return Weighed(findings=findings, score=score, ruling=ruling, action=action)
