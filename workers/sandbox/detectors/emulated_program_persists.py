"""Detector: a program that stays."""

from __future__ import annotations

from collections.abc import Iterator

from mailcore.behaviour import Act, ActKind, Behaviour
from mailcore.detector import Hit, Lifecycle, detector
from mailcore.view import MailView
from workers.sandbox import judge

_AT_START = (
    "\\currentversion\\run",
    "\\currentversion\\policies\\explorer\\run",
    "\\programs\\startup",
    "\\winlogon\\",
)


@detector(category="malware", weight=3.0, lifecycle=Lifecycle.STABLE)
def emulated_program_persists(view: MailView) -> Iterator[Hit]:
    """A program, run in an emulated Windows, made itself or another one start again with Windows."""
    for behaviour in judge.programs(view.behaviour):
        stays = _stays(behaviour)
        if stays is not None:
            yield Hit(
                summary=f"{behaviour.path} starts again with Windows once it was run",
                detail=judge.listed(behaviour),
                where=judge.where(behaviour, stays),
            )


def _stays(behaviour: Behaviour) -> Act | None:
    """Values elsewhere in the registry are settings of a program, and tasks are for administrators to delete."""
    for act in behaviour.acts:
        words = act.what.lower()
        if act.kind is ActKind.PERSISTS:
            return act
        if act.kind in (ActKind.REGISTERS, ActKind.WRITES) and any(mark in words for mark in _AT_START):
            return act
        if act.kind is ActKind.STARTS and "schtasks" in words and "/create" in words:
            return act
    return None
