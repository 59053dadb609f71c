"""From scored findings to the action that they ask for: thresholds, overrides, lists of senders, kinds of mail."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from msgspec import Struct

from mailcore.identity import Identity
from mailcore.policy import Block, Override, Policy, Thresholds
from mailcore.precedence import Governing
from mailcore.scoring import hundredths
from mailcore.sender_lists import Listing
from mailcore.verdict import Action, Finding

Forcing = list[tuple[Finding, Override]]


class Ruling(Struct, frozen=True, kw_only=True):
    """What the evidence asks for, before pools that are missing.

    `forcing` are the overrides that apply, strictest first, each with the finding that calls for it. `limit` says in
    words what makes the action milder than scores and overrides would have it, "" where nothing does.
    """

    action: Action
    forcing: Forcing
    limit: str = ""


def rule(
    score: float,
    findings: Sequence[Finding],
    governing: Governing,
    *,
    policy: Policy,
    identity: Identity,
    listing: Listing,
    may_defer: bool = True,
) -> Ruling:
    """What score, overrides, allow and block lists and the kind of mail ask for together.

    `never_allowed` categories hold against the allow list and against the kind of mail, a block entry against the
    kind. `may_defer` False leaves out what only defers.
    """
    forcing = forced_by(findings, governing.overrides, may_defer=may_defer) if governing.overrides else []
    by_score = action_of_score(score, governing.thresholds)
    action = with_overrides(by_score, forcing)
    limit = ""
    kind = kind_limit(policy, identity)
    if listing.allowed is not None or kind is not None:
        entry, given = listing.allowed or (None, None)
        unlimited = action
        if entry is not None and given is not None:
            unlimited = with_overrides(action_of_score(score - given.weight, governing.thresholds), forcing)
            milder = by_score if given.weight else mildest(by_score, entry.action)
            action = with_overrides(milder, forcing)
            limit = "the sender is allowed" if action is not unlimited else ""
        if kind is not None and kind[1].severity < action.severity:
            limit, action = f"policy.{kind[0]}.at_most", kind[1]
        floor = mildest(_floor(findings, governing, policy.never_allowed, may_defer=may_defer), unlimited)
        if floor.severity > action.severity:
            limit, action = "", floor
    if listing.blocked is not None:
        action, forcing = _blocked(listing.blocked, action, forcing, may_defer=may_defer)
    return Ruling(action=action, forcing=forcing, limit=limit)


def kind_limit(policy: Policy, identity: Identity) -> tuple[str, Action] | None:
    """The setting that limits what may happen to mail of this kind, and the strictest action that it allows."""
    limits: list[tuple[str, Action]] = []
    if identity.is_list and policy.lists.at_most is not None:
        limits.append(("lists", policy.lists.at_most))
    # What comes with a sender can be bounced itself: only the null sender's reports get lost.
    if identity.is_bounce and not identity.envelope_sender and policy.bounces.at_most is not None:
        limits.append(("bounces", policy.bounces.at_most))
    return min(limits, key=lambda limit: limit[1].severity, default=None)


def _floor(
    findings: Iterable[Finding], governing: Governing, never_allowed: Iterable[str], *, may_defer: bool
) -> Action:
    """What findings of categories that are never allowed ask for by themselves."""
    held = [finding for finding in findings if finding.category in never_allowed]
    if not held:
        return Action.ACCEPT
    score = sum(hundredths(finding.score) for finding in held) / 100
    forcing = forced_by(held, governing.overrides, may_defer=may_defer)
    return with_overrides(action_of_score(score, governing.thresholds), forcing)


def _blocked(
    blocked: tuple[Block, Finding], action: Action, forcing: Forcing, *, may_defer: bool
) -> tuple[Action, Forcing]:
    entry, finding = blocked
    if finding.weight or (entry.action is Action.TEMPFAIL and not may_defer) or action.severity > entry.action.severity:
        return action, forcing
    return entry.action, [(finding, Override(finding=finding.id, action=entry.action))]


def forced_by(findings: Sequence[Finding], levels: Sequence[Sequence[Override]], *, may_defer: bool = True) -> Forcing:
    """The overrides that apply, strictest first. For one finding the most special level that names it counts."""
    pairs: Forcing = []
    for finding in findings:
        for level in levels:
            named = [(finding, override) for override in level if matches(override.finding, finding.id)]
            pairs += [pair for pair in named if may_defer or pair[1].action is not Action.TEMPFAIL]
            if named:
                break
    top = max((override.action.severity for _, override in pairs), default=0)
    return [(finding, override) for finding, override in pairs if override.action.severity == top]


def matches(pattern: str, finding_id: str) -> bool:
    """Whether an id is meant by a name that may end with `*`."""
    if pattern.endswith("*"):
        return finding_id.startswith(pattern[:-1])
    return finding_id == pattern


def with_overrides(by_score: Action, forcing: Sequence[tuple[Finding, Override]]) -> Action:
    """What score and overrides ask for. An `accept` override counts when no other applies."""
    if not forcing:
        return by_score
    least = forcing[0][1].action
    return Action.ACCEPT if least is Action.ACCEPT else strictest(by_score, least)


def at_most(limit: Action | None, evidence: Action, least: Action) -> Action:
    """The stricter of what evidence and missing pools ask for, within a limit. A deferral is not limited."""
    if limit is None:
        return strictest(evidence, least)
    lifted = least if least is Action.TEMPFAIL else mildest(least, limit)
    return strictest(mildest(evidence, limit), lifted)


def action_of_score(score: float, thresholds: Thresholds) -> Action:
    if thresholds.discard is not None and score >= thresholds.discard:
        return Action.DISCARD
    if score >= thresholds.reject:
        return Action.REJECT
    if score >= thresholds.quarantine:
        return Action.QUARANTINE
    return Action.TAG if score >= thresholds.tag else Action.ACCEPT


def strictest(first: Action, *others: Action) -> Action:
    return max((first, *others), key=lambda action: action.severity)


def mildest(first: Action, second: Action) -> Action:
    return min(first, second, key=lambda action: action.severity)
