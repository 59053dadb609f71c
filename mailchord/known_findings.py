"""What can be found at all: the ids of rules and detectors, with pool, category, weight and module of each."""

from __future__ import annotations

from collections.abc import Iterable

from mailcore.detector import Detector, Lifecycle
from mailcore.errors import ConfigurationError
from mailcore.rules import Rule
from mailcore.verdict import POOLS, Finding
from workers.discovery import discover
from workers.pool import Pool


def known_findings(rules: Iterable[Rule], pools: Iterable[Pool]) -> tuple[dict[str, Finding], list[str]]:
    """By id; and the pools whose detectors are not known, because their packages are not installed.

    Pools that are given are asked, the others are looked up: a pool that is switched off keeps its names.
    """
    given = {pool.name: pool for pool in pools}
    known = {rule.id: _of_rule(rule) for rule in rules}
    unknown: list[str] = []
    for name in POOLS:
        try:
            detectors = given[name].detectors if name in given else discover(f"workers.{name}")
        except (ImportError, ConfigurationError):
            unknown.append(name)
            continue
        known |= {detector.id: _of_detector(name, detector) for detector in detectors}
    return known, unknown


def _of_rule(rule: Rule) -> Finding:
    weight = 0.0 if rule.status is Lifecycle.EXPERIMENTAL else rule.weight
    return Finding(
        id=rule.id, pool="content", category=rule.category, weight=weight, summary=rule.summary, module=rule.module
    )


def _of_detector(pool: str, detector: Detector) -> Finding:
    weight = 0.0 if detector.lifecycle is Lifecycle.EXPERIMENTAL else detector.weight
    return Finding(id=detector.id, pool=pool, category=detector.category, weight=weight, summary=detector.description)
