"""Detector: a program that has commands run by an interpreter."""

from __future__ import annotations

from collections.abc import Iterator

from mailcore.behaviour import ActKind, Behaviour
from mailcore.detector import Hit, Lifecycle, detector
from mailcore.view import MailView
from workers.sandbox import judge


@detector(category="malware", weight=4.0, lifecycle=Lifecycle.STABLE)
def emulated_program_starts_interpreters(view: MailView, *, hidden_weight: float = 8.0) -> Iterator[Hit]:
    """A program, run in an emulated Windows, had a command interpreter run something."""
    for behaviour in judge.programs(view.behaviour):
        shells = judge.shells(judge.started(behaviour))
        if shells:
            yield Hit(
                summary=f"{behaviour.path} has commands run by an interpreter",
                detail=judge.listed(behaviour),
                where=judge.where(behaviour, shells[0]),
                weight=hidden_weight if _hides_commands(behaviour) else None,
            )


def _hides_commands(behaviour: Behaviour) -> bool:
    """Commands came out that had another form, and run or fetch something. (Addresses are told by another detector.)"""
    reveals = any(not act.what.startswith(("http:", "https:")) for act in behaviour.of(ActKind.REVEALS))
    return reveals and bool(behaviour.of(ActKind.FETCHES, ActKind.EVALUATES, ActKind.WRITES, ActKind.PERSISTS))
