"""Detector: a script that stays, when it is run."""

from __future__ import annotations

from collections.abc import Iterator

from mailcore.behaviour import Act, ActKind, Behaviour
from mailcore.detector import Hit, Lifecycle, detector
from mailcore.view import MailView
from workers.sandbox import judge

_AT_START = ("\\currentversion\\run", "\\programs\\startup", "\\startup\\", "schtasks")


@detector(category="malware", weight=7.0, lifecycle=Lifecycle.STABLE)
def traced_script_persists(view: MailView) -> Iterator[Hit]:
    """A script or macro, run in a traced world, made itself or another program start again with Windows."""
    for behaviour in judge.scripts(view.behaviour):
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
        if act.kind is ActKind.PERSISTS:
            return act
        if act.kind in (ActKind.REGISTERS, ActKind.WRITES, ActKind.STARTS):
            words = act.what.lower()
            if any(mark in words for mark in _AT_START) and "/query" not in words and "/delete" not in words:
                return act
    return None
