"""The decision: one pure function from pool reports and policy to the verdict.

The aggregator, the front at the deadline, the command line and replay all call it, so the same reports always
mean the same. It depends neither on the order of reports nor on how often one of them arrives, and it never
raises. The mode (`enforce`, `tag-only`, `monitor`) is not its business: the front applies it to the answer.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from msgspec.structs import replace

from mailcore import reasons
from mailcore.authentication import AuthFacts
from mailcore.combine import NO_COMPOSITES, Composites
from mailcore.counterfactuals import counterfactuals
from mailcore.fields.people import is_refuted
from mailcore.identity import NOBODY, Identity
from mailcore.policy import Policy
from mailcore.precedence import Governing, for_recipient, special_recipients
from mailcore.ruling import at_most, rule, strictest
from mailcore.scoring import hundredths, usable
from mailcore.sender_lists import NO_LISTS, SenderLists
from mailcore.verdict import (
    POOLS,
    Action,
    PoolOutcome,
    PoolReport,
    PoolStatus,
    RecipientVerdict,
    ShadowVerdict,
    Verdict,
)
from mailcore.weighing import Case, Weighed, case_of, weigh

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
    identity: Identity = NOBODY,
    skipped: Mapping[str, str] = {},
    composites: Composites = NO_COMPOSITES,
    sender_lists: SenderLists = NO_LISTS,
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
    found = usable([finding for name in sorted(by_pool) for finding in by_pool[name].findings])
    known, nothing_judged = _with_verified(identity, by_pool), _is_nothing_judged(pools)

    def under(other: Policy) -> Case:
        least = other.unjudged if nothing_judged else _least_for_missing(pools, other)
        return case_of(found, other, identity=known, composites=composites, sender_lists=sender_lists, least=least)

    case = under(policy)
    weighed = weigh(case)
    for_each = _for_recipients(recipients, case, weighed)
    verdict = Verdict(
        id=message_id,
        action=weighed.action,
        score=weighed.score,
        findings=weighed.findings,
        pools=pools,
        partial=nothing_judged,
        recipients=for_each,
        policy_version=policy_version,
        decided_by=decided_by,
        elapsed_ms=elapsed_ms,
        shadows=_shadows({name: under(shadow) for name, shadow in policy.shadows.items()}, weighed.action, for_each),
        files=tuple(file for name in sorted(by_pool) for file in by_pool[name].files),
        terminal=_terminal(case, weighed) if weighed.action is Action.TEMPFAIL else None,
    )
    return _explained(verdict, case, weighed)


def _explained(verdict: Verdict, case: Case, weighed: Weighed) -> Verdict:
    """The verdict with why it is as it is, in words, in what would have been otherwise, and by whose hop."""
    category = _category(weighed)
    missing = [reasons.missing_pool(pool) for pool in verdict.pools if not pool.status.is_complete]
    evidence = weighed.ruling.action
    return replace(
        verdict,
        category=category,
        partial=verdict.partial or bool(missing),
        reasons=reasons.explain(
            weighed.findings,
            weighed.ruling.forcing,
            [reasons.NOTHING_JUDGED, *missing] if verdict.partial else missing,
            missing_decides=case.least.severity > evidence.severity,
            milder_too=evidence is Action.ACCEPT,
        ),
        sentence=reasons.sentence(weighed, category, incomplete=verdict.partial or bool(missing)),
        basis=reasons.basis(case, weighed),
        counterfactuals=counterfactuals(case, weighed),
        not_looked_at=reasons.not_looked_at(verdict.pools, missing),
        auth=case.identity.auth,
        direction=case.identity.direction,
        border=case.identity.border,
    )


def after_attempts(verdict: Verdict, attempts: int, policy: Policy) -> Verdict:
    """The verdict, with its terminal action in place of a deferral once the message was deferred often enough.

    `attempts` is how often this message has been deferred before. What the evidence alone asks for is never undercut,
    and `at_most` of a recipient holds for the terminal action too: `decide()` has worked that out.
    """
    is_deferred = Action.TEMPFAIL in (verdict.action, *(entry.action for entry in verdict.recipients))
    if not is_deferred or attempts < policy.attempts or policy.terminal_action is Action.TEMPFAIL:
        return verdict
    times = "once" if attempts == 1 else f"{attempts} times"
    reason = f"The message was deferred {times} already, so the policy's last answer applies: {policy.terminal_action}."
    action = verdict.action
    if action is Action.TEMPFAIL:
        action = verdict.terminal or policy.terminal_action
    return replace(
        verdict,
        action=action,
        reasons=(reason, *verdict.reasons)[: reasons.MAX_REASONS],
        recipients=tuple(
            replace(entry, action=entry.terminal or policy.terminal_action)
            if entry.action is Action.TEMPFAIL
            else entry
            for entry in verdict.recipients
        ),
    )


def _one_report_a_pool(reports: Iterable[PoolReport]) -> dict[str, PoolReport]:
    """The report that counts for each pool, the same whatever the order and number of copies."""
    by_pool: dict[str, PoolReport] = {}
    for report in reports:
        other = by_pool.get(report.pool)
        if other is None or _preference(report) < _preference(other):
            by_pool[report.pool] = report
    return by_pool


def _with_verified(identity: Identity, by_pool: Mapping[str, PoolReport]) -> Identity:
    """What a pool verified of the sender replaces what was known before."""
    auth = verified_sender(identity.auth, (by_pool[name] for name in sorted(by_pool)))
    return replace(identity, auth=auth, is_list=identity.is_list and not is_refuted(auth))


def verified_sender(known: AuthFacts, reports: Iterable[PoolReport]) -> AuthFacts:
    """What a report says of the sender, or what was known before: pools and policy see the same."""
    verified = next((report.auth for report in reports if report.auth is not None), None)
    # Where nothing was checked, the reason for that is better than nothing, and nothing better than what was known.
    return known if verified is None or (known.is_known and not verified.is_known) else verified


def _preference(report: PoolReport) -> tuple[int, int, str]:
    weight = sum(hundredths(finding.weight) for finding in report.findings)
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


def _is_nothing_judged(pools: Sequence[PoolOutcome]) -> bool:
    """Whether no pool saw anything of a message. Where no pool had work (all skipped), there was nothing to see."""
    at_work = [pool for pool in pools if pool.status is not PoolStatus.SKIPPED]
    if not at_work:
        return not pools
    return not any(pool.status in (PoolStatus.OK, PoolStatus.PARTIAL) for pool in at_work)


def _least_for_missing(pools: Iterable[PoolOutcome], policy: Policy) -> Action:
    """The least action for the pools that did not complete. A missing pool that policy does not name defers."""
    return strictest(Action.ACCEPT, *(_least_for(pool, policy) for pool in pools))


def _least_for(pool: PoolOutcome, policy: Policy) -> Action:
    if pool.status.is_complete:
        return Action.ACCEPT
    if pool.status is PoolStatus.PARTIAL:
        return policy.partial_pools.get(pool.pool, Action.ACCEPT)
    return policy.missing_pools.get(pool.pool, Action.TEMPFAIL)


def _category(weighed: Weighed) -> str:
    """The category that counts most; where nothing counts, that of the finding that forced the action."""
    totals: dict[str, int] = {}
    for finding in weighed.findings:
        if finding.score:
            totals[finding.category] = totals.get(finding.category, 0) + hundredths(finding.score)
    category = min(totals, key=lambda name: (-totals[name], name), default="")
    if category and totals[category] > 0:
        return category
    forcing = weighed.ruling.forcing
    return next((finding.category for finding, override in forcing if override.action is not Action.ACCEPT), "")


def _for_recipients(recipients: tuple[str, ...], case: Case, weighed: Weighed) -> tuple[RecipientVerdict, ...]:
    """The action for each recipient. Domains and local parts are compared without regard to case.

    A deferral is no judgement: `at_most` limits what evidence and missing pools do to a message, never a `tempfail`.
    """
    special = special_recipients(case.policy) if case.policy.recipients else {}
    usual: RecipientVerdict | None = None
    verdicts = []
    for recipient in recipients:
        own = for_recipient(case.policy, case.identity, recipient, special) if special else None
        if own is not None:
            verdicts.append(_for_recipient(recipient, own, case, weighed))
            continue
        usual = usual or _for_recipient("", case.governing, case, weighed)
        verdicts.append(
            RecipientVerdict(recipient=recipient, action=usual.action, reason=usual.reason, terminal=usual.terminal)
        )
    return tuple(verdicts)


def _for_recipient(recipient: str, own: Governing, case: Case, weighed: Weighed) -> RecipientVerdict:
    evidence = _evidence(own, case, weighed)
    action = at_most(own.at_most, evidence, case.least)
    if action is weighed.action:
        reason = ""
    elif action is not strictest(evidence, case.least):
        reason = f"The policy allows at most {own.at_most} for this recipient."
    else:
        reason = "The policy has other thresholds for this recipient."
    terminal = None
    if action is Action.TEMPFAIL and case.policy.terminal_action is not Action.TEMPFAIL:
        undeferred = _evidence(own, case, weighed, may_defer=False)
        terminal = at_most(own.at_most, undeferred, case.policy.terminal_action)
        # `at_most: tempfail` allows nothing stricter, but must come to an end: then the mail arrives, marked.
        terminal = Action.TAG if terminal is Action.TEMPFAIL else terminal
    return RecipientVerdict(recipient=recipient, action=action, reason=reason, terminal=terminal)


def _evidence(own: Governing, case: Case, weighed: Weighed, *, may_defer: bool = True) -> Action:
    """What the evidence asks for under other thresholds and overrides."""
    if own is case.governing and may_defer:
        return weighed.ruling.action
    return rule(
        weighed.score,
        weighed.findings,
        own,
        policy=case.policy,
        identity=case.identity,
        listing=case.listing,
        may_defer=may_defer,
    ).action


def _terminal(case: Case, weighed: Weighed) -> Action:
    """The action for the whole message instead of a deferral."""
    undeferred = _evidence(case.governing, case, weighed, may_defer=False)
    terminal = strictest(undeferred, case.policy.terminal_action)
    return Action.TAG if terminal is Action.TEMPFAIL else terminal


def _shadows(
    cases: Mapping[str, Case], action: Action, recipients: Sequence[RecipientVerdict]
) -> tuple[ShadowVerdict, ...]:
    """What the policies say that are tried beside the live one."""
    everybody = tuple(entry.recipient for entry in recipients)
    verdicts = []
    for name, case in cases.items():
        weighed = weigh(case)
        own = _for_recipients(everybody, case, weighed)
        differs = weighed.action is not action or any(
            entry.action is not live.action for entry, live in zip(own, recipients, strict=True)
        )
        verdicts.append(ShadowVerdict(name=name, action=weighed.action, score=weighed.score, differs=differs))
    return tuple(verdicts)
