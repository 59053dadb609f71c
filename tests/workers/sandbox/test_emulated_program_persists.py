"""What emulated_program_persists must find in what a program did, and (more) what it must leave alone."""

from __future__ import annotations

import pytest

from mailcore.behaviour import Behaviour
from tests.workers.sandbox.run import HARMLESS_PROGRAMS, as_script, judged, program

DETECTOR = "emulated_program_persists"
BAD: dict[str, Behaviour] = {
    "a key": program(
        ("registers", "HKEY_CURRENT_USER\\Software\\Microsoft\\Windows\\CurrentVersion\\Run\\a = C:\\a.exe")
    ),
    "a service": program(("persists", "service a: C:\\a.exe")),
    "a folder": program(("writes", "C:\\Users\\user\\Start Menu\\Programs\\Startup\\a.exe from C:\\a.exe")),
    "a task": program(("starts", "cmd /c schtasks /create /tn a /tr C:\\a.exe /sc onlogon")),
}
GOOD: dict[str, Behaviour] = {
    **HARMLESS_PROGRAMS,
    "asks for tasks": program(("starts", "schtasks /query")),
    "a value of its own": program(("registers", "HKEY_CURRENT_USER\\Software\\Example\\Startup = 1")),
    "starts the menu": program(("writes", "C:\\Users\\user\\Desktop\\Example.lnk")),
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
