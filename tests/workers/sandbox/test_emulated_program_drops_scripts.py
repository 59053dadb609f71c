"""What emulated_program_drops_scripts must find in what a program did, and (more) what it must leave alone."""

from __future__ import annotations

import pytest

from mailcore.behaviour import Behaviour
from tests.workers.sandbox.run import HARMLESS_PROGRAMS, as_script, judged, program

DETECTOR = "emulated_program_drops_scripts"
BAD: dict[str, Behaviour] = {
    "a batch file": program(("writes", "C:\\Temp\\a.bat: @echo off"), ("starts", "C:\\Temp\\a.bat")),
    "by its host": program(("writes", "C:\\Temp\\u.vbs: Dim a"), ("starts", "wscript.exe //B C:\\Temp\\U.VBS")),
    "PowerShell": program(("writes", "C:\\Temp\\p.ps1: iex"), ("starts", "powershell -File C:\\Temp\\p.ps1")),
}
GOOD: dict[str, Behaviour] = {
    **HARMLESS_PROGRAMS,
    "writes only": program(("writes", "C:\\Temp\\a.bat: @echo off")),
    "another one": program(("writes", "C:\\Temp\\a.bat: @echo off"), ("starts", "C:\\Temp\\b.exe")),
    "text": program(("writes", "C:\\Temp\\a.txt: words"), ("starts", "notepad C:\\Temp\\a.txt")),
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


def test_an_archive_that_unpacks_itself_weighs_next_to_nothing() -> None:
    unpacks = program(("writes", "C:\\Temp\\setup.exe: a program, 9,000 characters"), ("starts", "C:\\Temp\\setup.exe"))
    (finding,) = judged(DETECTOR, unpacks)
    assert finding.weight <= 0.5
