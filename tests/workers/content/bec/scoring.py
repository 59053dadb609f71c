"""The score of a case by what is made against business email compromise alone: its detectors and its rules."""

from __future__ import annotations

import functools

from mailcore.detector import Detector, Lifecycle
from mailio.configuration import default_configs
from mailio.rule_files import load_rules
from tests.workers.content.bec.cases import Case
from workers.content import RuleSet, compile_rules, hit_of
from workers.discovery import discover

CATEGORY = "business-email-compromise"


@functools.cache
def detectors() -> tuple[Detector, ...]:
    every = (*discover("workers.content"), *discover("workers.urls"))
    return tuple(found for found in every if found.category == CATEGORY and found.lifecycle is Lifecycle.STABLE)


@functools.cache
def rules() -> RuleSet:
    return compile_rules(rule for rule in load_rules(default_configs() / "content") if rule.category == CATEGORY)


def score(case: Case) -> tuple[float, dict[str, float]]:
    """The score, and the findings with their weights."""
    view = case.view()
    found: dict[str, float] = {}
    for detector in detectors():
        for hit in detector.run(view):
            found[detector.id] = found.get(detector.id, 0.0) + (detector.weight if hit.weight is None else hit.weight)
    for rule_hit in rules().hits(view):
        found[rule_hit.rule.id] = hit_of(rule_hit).weight or 0.0
    return sum(found.values()), found
