"""Detector: a script that fetches something and runs it, when it is run."""

from __future__ import annotations

from collections.abc import Iterator

from mailcore.behaviour import ActKind, Behaviour
from mailcore.detector import Hit, Lifecycle, detector
from mailcore.view import MailView
from workers.code import Language
from workers.sandbox import judge

# Pages and documents build functions out of templates, macros of Excel write formulas into cells.
_BUILD_CODE = (Language.PAGE, Language.PDF, Language.EXCEL_4)


@detector(category="malware", weight=9.0, lifecycle=Lifecycle.STABLE)
def traced_script_downloads_and_runs(view: MailView) -> Iterator[Hit]:
    """A script or macro, run in a traced world, fetched something from the network and started it or ran it as code."""
    for behaviour in judge.scripts(view.behaviour):
        fetched = behaviour.of(ActKind.FETCHES)
        if fetched and _runs_it(behaviour):
            yield Hit(
                summary=f"{behaviour.path} fetches something from the network and runs it",
                detail=judge.listed(behaviour),
                where=judge.where(behaviour, fetched[0]),
            )


def _runs_it(behaviour: Behaviour) -> bool:
    """It starts a program or runs text as code, after it has fetched something."""
    kinds = [act.kind for act in behaviour.acts]
    begin = kinds.index(ActKind.FETCHES)
    evaluates = ActKind.EVALUATES in kinds[begin:] and behaviour.language not in _BUILD_CODE
    return bool(judge.started(behaviour)) or (evaluates and _is_for_windows(behaviour))


def _is_for_windows(behaviour: Behaviour) -> bool:
    """Scripts for browsers fetch what they show, and libraries build functions out of templates."""
    return behaviour.language != Language.JAVASCRIPT or bool(behaviour.of(ActKind.CREATES))
