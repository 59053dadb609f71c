"""Weights of the installation instead of those that rules and detectors bring."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import structs

from mailcore.verdict import Finding, PoolReport


def with_own_weights(report: PoolReport, weights: Mapping[str, float], nominal: Mapping[str, float]) -> PoolReport:
    """The report with the weights set for some ids.

    `nominal` are the weights that detectors have by themselves: a finding that weighs half of that keeps weighing half
    of the new one. What weighs nothing (experimental rules, repeated findings) goes on to.
    """
    if not any(finding.id in weights for finding in report.findings):
        return report
    return structs.replace(
        report, findings=tuple(_weighed(finding, weights, nominal.get(finding.id, 0.0)) for finding in report.findings)
    )


def _weighed(finding: Finding, weights: Mapping[str, float], nominal: float) -> Finding:
    if finding.id not in weights or not finding.weight:
        return finding
    share = finding.weight / nominal if nominal else 1.0
    return structs.replace(finding, weight=round(weights[finding.id] * share, 2))
