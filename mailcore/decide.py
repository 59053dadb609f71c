"""The decision: one pure function from pool reports and policy to the verdict.

The aggregator, the front at the deadline, the command line and replay all call it, so the same reports always
mean the same. It depends neither on the order of reports nor on how often one of them arrives, and it never
raises. The mode (`enforce`, `tag-only`, `monitor`) is not its business: the front applies it to the answer.

Scores are counted in hundredths, as integers: what is added up is exact, and no float noise reaches a threshold.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence

from msgspec.structs import replace

from mailcore import reasons
from mailcore.identity import NOBODY, Identity
from mailcore.policy import Override, Policy, RecipientPolicy, Thresholds
from mailcore.verdict import (
    POOLS,
    Action,
    Finding,
    PoolOutcome,
    PoolReport,
    PoolStatus,
    RecipientVerdict,
    Verdict,
)

# Far above every sensible threshold, and small enough that hundredths stay exact in a float.
WEIGHT_LIMIT = 1000.0
_CAP_LIMIT = 1e9

# Which of several reports of one pool counts: the one that saw most. `skipped` is last, because a pool that another
# report shows at work did have work.
_PREFERENCE = (PoolStatus.OK, PoolStatus.PARTIAL, PoolStatus.TIMED_OUT, PoolStatus.FAILED, PoolStatus.SKIPPED)


def decide(
    reports: Iterable[PoolReport],
    expected_pools: Iterable[str],
    policy: Policy,
    *,
    message_id: str,
    recipients: tuple[str, ...] = (),
    identity: Identity = NOBODY,  # noqa: ARG001
    skipped: Mapping[str, str] = {},
    decided_by: str = "",
    policy_version: str = "",
    elapsed_ms: float = 0.0,
) -> Verdict:
    """The verdict on a message from the reports that are there.

    `expected_pools` are the pools that had work: one without a report counts as `timed out`. `skipped` names the
    pools without work and why. Findings of a pool that did not finish count too. A pool that had work and did not
    do it (timed out, failed) lifts the action to what `policy.missing_pools` says, one that saw only a part to what
    `policy.partial_pools` says; where no pool saw anything at all, `policy.unjudged` is the least.
    """
    by_pool = _one_report_a_pool(reports)
    pools = _outcomes(by_pool, expected_pools, skipped)
    findings = _scored([finding for report in by_pool.values() for finding in report.findings], policy.group_caps)
    score = total(findings)
    forcing = _forcing(findings, policy.overrides)
    evidence = _action_of_evidence(score, forcing, policy.thresholds)
    nothing_judged = _is_nothing_judged(pools)
    least = policy.unjudged if nothing_judged else _least_for_missing(pools, policy)
    missing = [reasons.missing_pool(pool) for pool in pools if not pool.status.is_complete]
    return Verdict(
        id=message_id,
        action=_strictest(evidence, least),
        score=score,
        category=_category(findings, forcing),
        reasons=reasons.explain(
            findings,
            forcing,
            [reasons.NOTHING_JUDGED, *missing] if nothing_judged else missing,
            missing_decides=least.severity > evidence.severity,
            milder_too=evidence is Action.ACCEPT,
        ),
        findings=findings,
        pools=pools,
        partial=nothing_judged or bool(missing),
        recipients=_for_recipients(recipients, policy, score, forcing, least),
        policy_version=policy_version,
        decided_by=decided_by,
        elapsed_ms=elapsed_ms,
    )


def after_attempts(verdict: Verdict, attempts: int, policy: Policy) -> Verdict:
    """The verdict, with `policy.terminal_action` in place of a deferral once the message was deferred often enough.

    `attempts` is how often this message has been deferred before. What the evidence alone asks for is never undercut,
    and `at_most` of a recipient holds for the terminal action too.
    """
    is_deferred = Action.TEMPFAIL in (verdict.action, *(entry.action for entry in verdict.recipients))
    terminal = policy.terminal_action
    if not is_deferred or attempts < policy.attempts or terminal is Action.TEMPFAIL:
        return verdict
    overrides = [override for override in policy.overrides if override.action is not Action.TEMPFAIL]
    forcing = _forcing(verdict.findings, overrides)
    last = _strictest(_action_of_evidence(verdict.score, forcing, policy.thresholds), terminal)
    everybody = tuple(entry.recipient for entry in verdict.recipients)
    last_for_each = _for_recipients(everybody, policy, verdict.score, forcing, terminal)
    times = "once" if attempts == 1 else f"{attempts} times"
    reason = f"The message was deferred {times} already, so the policy's last answer applies: {terminal}."
    return replace(
        verdict,
        action=last if verdict.action is Action.TEMPFAIL else verdict.action,
        reasons=(reason, *verdict.reasons)[: reasons.MAX_REASONS],
        recipients=tuple(
            _ended(after) if before.action is Action.TEMPFAIL else before
            for before, after in zip(verdict.recipients, last_for_each, strict=True)
        ),
    )


def _ended(entry: RecipientVerdict) -> RecipientVerdict:
    """`at_most: tempfail` allows nothing stricter, but must come to an end: then the mail arrives, marked."""
    return replace(entry, action=Action.TAG) if entry.action is Action.TEMPFAIL else entry


def total(findings: Iterable[Finding]) -> float:
    """What the scores of findings add up to, in exact hundredths."""
    return sum(_hundredths(finding.score) for finding in findings) / 100


def _one_report_a_pool(reports: Iterable[PoolReport]) -> dict[str, PoolReport]:
    """The report that counts for each pool, the same whatever the order and number of copies."""
    by_pool: dict[str, PoolReport] = {}
    for report in reports:
        other = by_pool.get(report.pool)
        if other is None or _preference(report) < _preference(other):
            by_pool[report.pool] = report
    return by_pool


def _preference(report: PoolReport) -> tuple[int, int, str]:
    weight = sum(_hundredths(finding.weight) for finding in report.findings)
    return _PREFERENCE.index(report.status), -weight, repr(report)


def _outcomes(
    by_pool: Mapping[str, PoolReport], expected_pools: Iterable[str], skipped: Mapping[str, str]
) -> tuple[PoolOutcome, ...]:
    """One line for each pool, in the usual order of pools."""
    expected = set(expected_pools)
    names = {*by_pool, *expected, *skipped}
    usual = {pool: place for place, pool in enumerate(POOLS)}
    ordered = sorted(names, key=lambda name: (usual.get(name, len(usual)), name))
    return tuple(_outcome(name, by_pool.get(name), name in expected, skipped) for name in ordered)


def _outcome(name: str, report: PoolReport | None, expected: bool, skipped: Mapping[str, str]) -> PoolOutcome:
    if report is not None:
        reason = report.reason or "; ".join(report.errors)
        return PoolOutcome(pool=name, status=report.status, ms=report.run_ms, queued_ms=report.queued_ms, reason=reason)
    if expected:
        return PoolOutcome(pool=name, status=PoolStatus.TIMED_OUT, reason="no report by the time of the decision")
    return PoolOutcome(pool=name, status=PoolStatus.SKIPPED, reason=skipped[name])


def _scored(findings: Sequence[Finding], caps: Mapping[str, float]) -> tuple[Finding, ...]:
    """The findings with their scores after group caps, highest score first.

    Within a capped category the weightiest findings count in full and the last ones less or nothing, so that the
    scores add up to the cap and a reader sees where it bit.
    """
    usable = [replace(finding, weight=_usable(finding.weight), score=0.0) for finding in findings]
    weightiest_first = sorted(usable, key=lambda finding: (-finding.weight, repr(finding)))
    room = _room_for_positive(weightiest_first, caps)
    scored = []
    for finding in weightiest_first:
        score = _hundredths(finding.weight)
        if score > 0 and finding.category in room:
            score = min(score, room[finding.category])
            room[finding.category] -= score
        scored.append(replace(finding, score=score / 100))
    return tuple(sorted(scored, key=lambda finding: -finding.score))  # stable: ties stay weightiest first


def _room_for_positive(findings: Iterable[Finding], caps: Mapping[str, float]) -> dict[str, int]:
    """How much positive weight each capped category may count: its cap, and what its negative weights take away.

    A cap below zero means zero (otherwise one more finding could make a message milder); one that is no number
    caps nothing.
    """
    room = {
        # Rounded down, or the last hundredth would be above the cap; the millionth takes back what floats lose.
        category: math.floor(min(max(cap, 0.0), _CAP_LIMIT) * 100 + 1e-6)
        for category, cap in caps.items()
        if not math.isnan(cap)
    }
    for finding in findings:
        if finding.category in room:
            room[finding.category] += max(-_hundredths(finding.weight), 0)
    return room


def _usable(weight: float) -> float:
    """A weight that is no number, or endless, weighs nothing; huge ones are cut."""
    if not math.isfinite(weight):
        return 0.0
    return max(-WEIGHT_LIMIT, min(WEIGHT_LIMIT, weight))


def _hundredths(weight: float) -> int:
    return round(_usable(weight) * 100)


def _forcing(findings: Iterable[Finding], overrides: Iterable[Override]) -> list[tuple[Finding, Override]]:
    """The overrides that apply, strictest first, each with the finding that calls for it."""
    pairs = [
        (finding, override) for override in overrides for finding in findings if _matches(override.finding, finding.id)
    ]
    strictest = max((override.action.severity for _, override in pairs), default=0)
    return [(finding, override) for finding, override in pairs if override.action.severity == strictest]


def _matches(pattern: str, finding_id: str) -> bool:
    if pattern.endswith("*"):
        return finding_id.startswith(pattern[:-1])
    return finding_id == pattern


def _action_of_evidence(score: float, forcing: Sequence[tuple[Finding, Override]], thresholds: Thresholds) -> Action:
    """What score and overrides ask for, before missing pools. An `accept` override counts when no other applies."""
    by_score = _action_of_score(score, thresholds)
    if not forcing:
        return by_score
    least = forcing[0][1].action
    return Action.ACCEPT if least is Action.ACCEPT else _strictest(by_score, least)


def _action_of_score(score: float, thresholds: Thresholds) -> Action:
    if score >= thresholds.reject:
        return Action.REJECT
    if score >= thresholds.quarantine:
        return Action.QUARANTINE
    return Action.TAG if score >= thresholds.tag else Action.ACCEPT


def _is_nothing_judged(pools: Sequence[PoolOutcome]) -> bool:
    """Whether no pool saw anything of a message. Where no pool had work (all skipped), there was nothing to see."""
    at_work = [pool for pool in pools if pool.status is not PoolStatus.SKIPPED]
    if not at_work:
        return not pools
    return not any(pool.status in (PoolStatus.OK, PoolStatus.PARTIAL) for pool in at_work)


def _least_for_missing(pools: Iterable[PoolOutcome], policy: Policy) -> Action:
    """The least action for the pools that did not complete. A missing pool that policy does not name defers."""
    return _strictest(Action.ACCEPT, *(_least_for(pool, policy) for pool in pools))


def _least_for(pool: PoolOutcome, policy: Policy) -> Action:
    if pool.status.is_complete:
        return Action.ACCEPT
    if pool.status is PoolStatus.PARTIAL:
        return policy.partial_pools.get(pool.pool, Action.ACCEPT)
    return policy.missing_pools.get(pool.pool, Action.TEMPFAIL)


def _category(findings: Iterable[Finding], forcing: Sequence[tuple[Finding, Override]]) -> str:
    """The category that counts most; where nothing counts, that of the finding that forced the action."""
    totals: dict[str, int] = {}
    for finding in findings:
        totals[finding.category] = totals.get(finding.category, 0) + _hundredths(finding.score)
    category = min(totals, key=lambda name: (-totals[name], name), default="")
    if category and totals[category] > 0:
        return category
    return next((finding.category for finding, override in forcing if override.action is not Action.ACCEPT), "")


def _for_recipients(
    recipients: tuple[str, ...],
    policy: Policy,
    score: float,
    forcing: Sequence[tuple[Finding, Override]],
    least: Action,
) -> tuple[RecipientVerdict, ...]:
    """The action for each recipient. Domains and local parts are compared without regard to case.

    A deferral is no judgement: `at_most` limits what evidence and `least` do to a message, never a `tempfail`.
    """
    special = {name.lower().lstrip("@"): own for name, own in policy.recipients.items()}
    general = _action_of_evidence(score, forcing, policy.thresholds)
    verdicts = []
    for recipient in recipients:
        own = _own_policy(recipient, special)
        evidence = _action_of_evidence(score, forcing, own.thresholds or policy.thresholds)
        action = _strictest(evidence, least)
        allowed = _at_most(own.at_most, evidence, least)
        if allowed is not action:
            reason = f"The policy allows at most {own.at_most} for this recipient."
        elif evidence is not general:
            reason = "The policy has other thresholds for this recipient."
        else:
            reason = ""
        verdicts.append(RecipientVerdict(recipient=recipient, action=allowed, reason=reason))
    return tuple(verdicts)


def _at_most(limit: Action | None, evidence: Action, least: Action) -> Action:
    if limit is None:
        return _strictest(evidence, least)
    lifted = least if least is Action.TEMPFAIL else _mildest(least, limit)
    return _strictest(_mildest(evidence, limit), lifted)


def _own_policy(recipient: str, special: Mapping[str, RecipientPolicy]) -> RecipientPolicy:
    """The policy for exactly that address, else for its domain, else one that changes nothing."""
    address = recipient.lower().strip("<>").rstrip(".")
    domain = address.rpartition("@")[2]
    return special.get(address) or special.get(domain) or RecipientPolicy()


def _strictest(first: Action, *others: Action) -> Action:
    return max((first, *others), key=lambda action: action.severity)


def _mildest(first: Action, second: Action) -> Action:
    return min(first, second, key=lambda action: action.severity)
