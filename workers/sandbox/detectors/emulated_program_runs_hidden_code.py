"""Detector: a program that runs code that was not in it."""

from __future__ import annotations

from collections.abc import Iterator

from mailcore.behaviour import ActKind
from mailcore.detector import Hit, Lifecycle, detector
from mailcore.view import MailView
from workers.sandbox import judge


@detector(category="malware", weight=4.0, lifecycle=Lifecycle.STABLE)
def emulated_program_runs_hidden_code(view: MailView) -> Iterator[Hit]:
    """A program, run in an emulated Windows, wrote machine code into memory of its own and ran it there."""
    for behaviour in judge.programs(view.behaviour):
        # Packed programs unpack themselves into their own place: that is none of this, and clean ones do it.
        runs = [act for act in behaviour.of(ActKind.EVALUATES) if act.what.startswith("machine code")]
        if runs:
            yield Hit(
                summary=f"{behaviour.path} runs code that it hides",
                detail=judge.listed(behaviour),
                where=judge.where(behaviour, runs[0]),
            )
