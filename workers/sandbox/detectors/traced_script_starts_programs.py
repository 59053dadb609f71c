"""Detector: a script that starts programs when it is run."""

from __future__ import annotations

from collections.abc import Iterator

from mailcore.detector import Hit, Lifecycle, detector
from mailcore.view import MailView
from workers.code import Language
from workers.sandbox import judge

_SHELL_SCRIPTS = (Language.BATCH, Language.POWERSHELL)


@detector(category="malware", weight=4.0, lifecycle=Lifecycle.STABLE)
def traced_script_starts_programs(
    view: MailView, *, macro_weight: float = 2.0, shell_script_weight: float = 2.0, interpreter_weight: float = 6.0
) -> Iterator[Hit]:
    """A script or macro, run in a traced world, started programs other than those that people look at things with."""
    for behaviour in judge.scripts(view.behaviour):
        started = judge.started(behaviour)
        if not started:
            continue
        weight = None
        if behaviour.language in _SHELL_SCRIPTS:
            # They are there to start programs: backups, installers, administration.
            weight = shell_script_weight
        elif judge.is_for_script_host(behaviour):
            # One that calls the other interpreter gets past whoever watches only one.
            weight = interpreter_weight if judge.shells(started) else None
        elif behaviour.language == Language.VISUAL_BASIC and not judge.runs(behaviour.path):
            # Macros of offices start the programs of the office: converters, archivers, scanners.
            weight = macro_weight
        yield Hit(
            summary=f"{behaviour.path} starts a program when it is run",
            detail=judge.listed(behaviour),
            where=judge.where(behaviour, started[0]),
            weight=weight,
        )
