"""Detector: a program that writes a script and has it run."""

from __future__ import annotations

from collections.abc import Iterator

from mailcore.behaviour import ActKind, Behaviour
from mailcore.detector import Hit, Lifecycle, detector
from mailcore.view import MailView
from workers.sandbox import judge

_SCRIPTS = ("bat", "cmd", "ps1", "vbs", "vbe", "js", "jse", "wsf", "hta")


@detector(category="malware", weight=6.0, lifecycle=Lifecycle.STABLE)
def emulated_program_drops_scripts(view: MailView, *, program_weight: float = 0.5) -> Iterator[Hit]:
    """A program, run in an emulated Windows, wrote a file that can be run and had it started."""
    for behaviour in judge.programs(view.behaviour):
        dropped = [act for act in behaviour.of(ActKind.WRITES) if _is_started(behaviour, judge.file_name(act.what))]
        scripts = [act for act in dropped if judge.file_name(act.what).rpartition(".")[2] in _SCRIPTS]
        if dropped:
            yield Hit(
                summary=f"{behaviour.path} writes a file and runs it",
                detail=judge.listed(behaviour),
                where=judge.where(behaviour, (scripts or dropped)[0]),
                # Archives that unpack themselves, and installers, write a program and start it.
                weight=None if scripts else program_weight,
            )


def _is_started(behaviour: Behaviour, name: str) -> bool:
    """By a command that names it."""
    return judge.runs(name) and any(name in act.what.lower() for act in behaviour.of(ActKind.STARTS))
