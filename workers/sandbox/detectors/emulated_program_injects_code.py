"""Detector: a program that puts code into another process."""

from __future__ import annotations

from collections.abc import Iterator

from mailcore.behaviour import ActKind
from mailcore.detector import Hit, Lifecycle, detector
from mailcore.view import MailView
from workers.sandbox import judge


@detector(category="malware", weight=9.0, lifecycle=Lifecycle.STABLE)
def emulated_program_injects_code(view: MailView) -> Iterator[Hit]:
    """A program, run in an emulated Windows, wrote into the memory of another process or started a thread in it."""
    for behaviour in judge.programs(view.behaviour):
        # To reserve memory there is what one needs for a question to a window too (its items are read so).
        puts = [act for act in behaviour.of(ActKind.INJECTS) if not act.what.startswith("reserves")]
        if puts:
            yield Hit(
                summary=f"{behaviour.path} puts code into another program",
                detail=judge.listed(behaviour),
                where=judge.where(behaviour, puts[0]),
            )
