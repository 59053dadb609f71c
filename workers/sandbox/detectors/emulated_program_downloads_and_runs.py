"""Detector: a program that fetches something and starts a program."""

from __future__ import annotations

from collections.abc import Iterator

from mailcore.behaviour import ActKind, Behaviour
from mailcore.detector import Hit, Lifecycle, detector
from mailcore.view import MailView
from workers.sandbox import judge


@detector(category="malware", weight=5.0, lifecycle=Lifecycle.STABLE)
def emulated_program_downloads_and_runs(view: MailView, *, hidden_weight: float = 8.0) -> Iterator[Hit]:
    """A program, run in an emulated Windows, fetched something and started a program then."""
    for behaviour in judge.programs(view.behaviour):
        fetched = behaviour.of(ActKind.FETCHES)
        if fetched and _starts_then(behaviour):
            hides = any(judge.is_hidden(behaviour, act) for act in fetched)
            yield Hit(
                summary=f"{behaviour.path} fetches something from the network and starts a program",
                detail=judge.listed(behaviour),
                where=judge.where(behaviour, fetched[0]),
                # Installers that fetch the rest of themselves say where from.
                weight=hidden_weight if hides else None,
            )


def _starts_then(behaviour: Behaviour) -> bool:
    """Who starts something first, and then looks for a newer version of itself, runs nothing of it."""
    acts = behaviour.acts
    begin = next(place for place, act in enumerate(acts) if act.kind is ActKind.FETCHES)
    return any(act in acts[begin:] for act in judge.started(behaviour))
