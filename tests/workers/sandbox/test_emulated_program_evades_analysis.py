"""What emulated_program_evades_analysis must find in what a program did, and (more) what it must leave alone."""

from __future__ import annotations

import pytest

from mailcore.behaviour import Behaviour
from tests.workers.sandbox.run import HARMLESS_PROGRAMS, as_script, judged, program

DETECTOR = "emulated_program_evades_analysis"
BAD: dict[str, Behaviour] = {
    "two questions": program(("asks system", "IsDebuggerPresent"), ("asks system", "CheckRemoteDebuggerPresent")),
    "a machine": program(
        ("asks system", "HKEY_LOCAL_MACHINE\\SOFTWARE\\VMware, Inc.\\VMware Tools"),
        ("asks system", "GetModuleHandleA SbieDll.dll"),
    ),
    "a question and a long sleep": program(("asks system", "IsDebuggerPresent"), ("sleeps", "600000")),
}
GOOD: dict[str, Behaviour] = {
    **HARMLESS_PROGRAMS,
    "one question": program(("asks system", "IsDebuggerPresent")),
    "a long sleep": program(("sleeps", "600000")),
    "keys": program(("asks system", "GetAsyncKeyState"), ("asks system", "SetWindowsHookExA WH_KEYBOARD_LL")),
    "short sleeps": program(("sleeps", "100"), ("sleeps", "5000"), ("asks system", "IsDebuggerPresent")),
}


@pytest.mark.parametrize("behaviour", BAD.values(), ids=BAD)
def test_is_found(behaviour: Behaviour) -> None:
    (finding,) = judged(DETECTOR, behaviour)
    assert finding.detail
    assert finding.where.decoded


@pytest.mark.parametrize("behaviour", GOOD.values(), ids=GOOD)
def test_is_left_alone(behaviour: Behaviour) -> None:
    assert judged(DETECTOR, behaviour) == []


def test_scripts_have_their_own() -> None:
    assert judged(DETECTOR, as_script(next(iter(BAD.values())))) == []
