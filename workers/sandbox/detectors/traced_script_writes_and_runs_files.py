"""Detector: a script that writes a file and starts it, when it is run."""

from __future__ import annotations

from collections.abc import Iterator

from mailcore.behaviour import ActKind, Behaviour
from mailcore.detector import Hit, Lifecycle, detector
from mailcore.view import MailView
from workers.sandbox import judge


@detector(category="malware", weight=9.0, lifecycle=Lifecycle.STABLE)
def traced_script_writes_and_runs_files(view: MailView) -> Iterator[Hit]:
    """A script or macro, run in a traced world, wrote a file that can be run and had it started."""
    for behaviour in judge.scripts(view.behaviour):
        for act in behaviour.of(ActKind.WRITES):
            name = judge.file_name(act.what)
            if judge.runs(name) and _is_started(behaviour, name):
                yield Hit(
                    summary=f"{behaviour.path} writes a file and runs it",
                    detail=judge.listed(behaviour),
                    where=judge.where(behaviour, act),
                )
                break


def _is_started(behaviour: Behaviour, name: str) -> bool:
    """By a command that names it."""
    return any(name in act.what.lower() for act in behaviour.of(ActKind.STARTS, ActKind.PERSISTS, ActKind.REGISTERS))
