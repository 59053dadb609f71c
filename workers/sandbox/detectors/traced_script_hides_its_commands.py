"""Detector: a script whose commands come out only when it is run."""

from __future__ import annotations

from collections.abc import Iterator

from mailcore.behaviour import ActKind
from mailcore.detector import Hit, Lifecycle, detector
from mailcore.view import MailView
from workers.sandbox import judge


@detector(category="malware", weight=7.0, lifecycle=Lifecycle.STABLE)
def traced_script_hides_its_commands(view: MailView) -> Iterator[Hit]:
    """A script decodes commands and runs them; what comes out fetches, starts or evaluates something."""
    for behaviour in judge.scripts(view.behaviour):
        revealed = behaviour.of(ActKind.REVEALS)
        if revealed and behaviour.of(ActKind.FETCHES, ActKind.EVALUATES, ActKind.WRITES, ActKind.PERSISTS):
            yield Hit(
                summary=f"{behaviour.path} hides the commands that it runs",
                detail=judge.listed(behaviour),
                where=judge.where(behaviour, revealed[0]),
            )
