"""Weights of the installation: set for some ids, in proportion where a detector weighs by case."""

from __future__ import annotations

import pytest

from mailcore.own_weights import with_own_weights
from mailcore.verdict import Finding, PoolReport, PoolStatus

NOMINAL = {"by_case": 4.0, "silent": 0.0}


def weighed(finding_id: str, weight: float, weights: dict[str, float]) -> float:
    finding = Finding(id=finding_id, pool="content", category="test", weight=weight, summary="found")
    report = PoolReport(pool="content", status=PoolStatus.OK, findings=(finding,))
    return with_own_weights(report, weights, NOMINAL).findings[0].weight


@pytest.mark.parametrize(
    ("finding_id", "weight", "weights", "result"),
    [
        ("a-rule", 2.0, {"a-rule": 3.5}, 3.5),
        ("a-rule", 2.0, {"a-rule": 0.0}, 0.0),
        ("a-rule", 2.0, {"other": 3.5}, 2.0),
        ("a-rule", 0.0, {"a-rule": 3.5}, 0.0),
        ("a-rule", -2.0, {"a-rule": -1.0}, -1.0),
        ("by_case", 4.0, {"by_case": 6.0}, 6.0),
        ("by_case", 1.0, {"by_case": 6.0}, 1.5),
        ("silent", 3.0, {"silent": 2.0}, 2.0),
    ],
    ids=[
        "rule",
        "off",
        "another",
        "experimental",
        "good sign",
        "full case",
        "milder case",
        "detector without a weight",
    ],
)
def test_weights(finding_id: str, weight: float, weights: dict[str, float], result: float) -> None:
    assert weighed(finding_id, weight, weights) == result


def test_a_report_without_such_findings_is_the_same() -> None:
    report = PoolReport(pool="content", status=PoolStatus.OK)
    assert with_own_weights(report, {"a-rule": 1.0}, NOMINAL) is report
