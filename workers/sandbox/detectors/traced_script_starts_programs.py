"""Detector: a script that starts programs when it is run."""

from __future__ import annotations

from collections.abc import Iterator

from mailcore.detector import Hit, Lifecycle, detector
from mailcore.view import MailView
from workers.code import Language
from workers.sandbox import judge


@detector(category="malware", weight=4.0, lifecycle=Lifecycle.STABLE)
def traced_script_starts_programs(view: MailView, *, macro_weight: float = 2.0) -> Iterator[Hit]:
    """A script or macro, run in a traced world, started programs other than those that people look at things with."""
    for behaviour in judge.scripts(view.behaviour):
        started = judge.started(behaviour)
        if not started:
            continue
        is_macro = behaviour.language == Language.VISUAL_BASIC and not judge.runs(behaviour.path)
        yield Hit(
            summary=f"{behaviour.path} starts a program when it is run",
            detail=judge.listed(behaviour),
            where=judge.where(behaviour, started[0]),
            # Macros of offices start the programs of the office: converters, archivers, scanners.
            weight=macro_weight if is_macro else None,
        )
