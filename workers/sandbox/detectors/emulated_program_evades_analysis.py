"""Detector: a program that looks whether somebody looks on."""

from __future__ import annotations

from collections.abc import Iterator

from mailcore.behaviour import Act, ActKind, Behaviour
from mailcore.detector import Hit, Lifecycle, detector
from mailcore.view import MailView
from workers.sandbox import judge

LONG_MILLISECONDS = 120_000
# Questions of the system that are none for who watches: for keys, mostly.
_OTHERS = ("SetWindowsHook", "GetAsyncKeyState", "BlockInput")


@detector(category="malware", weight=3.0, lifecycle=Lifecycle.STABLE)
def emulated_program_evades_analysis(view: MailView) -> Iterator[Hit]:
    """A program, run in an emulated Windows, looked in several ways whether it was watched, or slept for minutes."""
    for behaviour in judge.programs(view.behaviour):
        evades = _evades(behaviour)
        # Libraries that programs are built with ask for a debugger once, and services wait.
        if len(evades) > 1:
            yield Hit(
                summary=f"{behaviour.path} looks whether somebody watches it",
                detail=judge.listed(behaviour),
                where=judge.where(behaviour, evades[0]),
            )


def _evades(behaviour: Behaviour) -> list[Act]:
    """Questions for debuggers, machines and programs that watch, and one long sleep."""
    asked = [act for act in behaviour.of(ActKind.ASKS_SYSTEM) if not act.what.startswith(_OTHERS)]
    slept = [act for act in behaviour.of(ActKind.SLEEPS) if act.what.isdigit() and int(act.what) >= LONG_MILLISECONDS]
    return [*asked, *slept[:1]]
