"""Which findings a mark rests on: without them, and the composites that stand on them, the message would pass."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import structs

from mailchord.evaluation.figures import TAGGED, Outcome
from mailchord.evaluation.judging import Deciding, Judged, verdict_on
from mailcore.composites import POLICY_POOL
from mailcore.verdict import Verdict


def outcome_of(judged: Judged, deciding: Deciding) -> Outcome:
    """The verdict on a message, with the findings that it needed to be tagged or worse."""
    verdict = verdict_on(judged, deciding)
    if verdict.action not in TAGGED:
        return Outcome(mail=judged.mail, verdict=verdict)
    tag = deciding.settings.policy.thresholds.tag
    needed = [name for name in _possibly(verdict, tag) if not _is_tagged_without(name, judged, verdict, deciding, tag)]
    return Outcome(mail=judged.mail, verdict=verdict, needed=frozenset(needed))


def _possibly(verdict: Verdict, tag: float) -> Iterable[str]:
    """Findings whose absence could take the message below the threshold. Those of the policy may fall with others."""
    shares: dict[str, float] = {}
    for finding in verdict.findings:
        shares[finding.id] = shares.get(finding.id, 0.0) + max(finding.score, 0.0)
    of_policy = sum(max(finding.score, 0.0) for finding in verdict.findings if finding.pool == POLICY_POOL)
    return [name for name, share in shares.items() if verdict.score - share - of_policy < tag]


def _is_tagged_without(name: str, judged: Judged, verdict: Verdict, deciding: Deciding, tag: float) -> bool:
    if any(finding.id == name and finding.pool == POLICY_POOL for finding in verdict.findings):
        # It stands in no report; hundredths are compared as `decide()` compares.
        share = sum(finding.score for finding in verdict.findings if finding.id == name)
        return round((verdict.score - share) * 100) / 100 >= tag
    reports = tuple(
        structs.replace(report, findings=tuple(finding for finding in report.findings if finding.id != name))
        for report in judged.reports
    )
    return verdict_on(structs.replace(judged, reports=reports), deciding).action in TAGGED
