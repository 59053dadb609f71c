"""What emulated_program_starts_interpreters must find in what a program did, and (more) what it must leave alone."""

from __future__ import annotations

import pytest

from mailcore.behaviour import Behaviour
from tests.workers.sandbox.run import HARMLESS_PROGRAMS, as_script, judged, program

DETECTOR = "emulated_program_starts_interpreters"
BAD: dict[str, Behaviour] = {
    "cmd": program(("starts", "cmd.exe /c del /q a.exe")),
    "PowerShell": program(("starts", "powershell -w hidden -c Get-Process")),
    "hidden": program(
        ("starts", "powershell -enc AAAA"),
        ("reveals", "iex (New-Object Net.WebClient)"),
        ("evaluates", "iex"),
    ),
}
GOOD: dict[str, Behaviour] = {
    **HARMLESS_PROGRAMS,
    "a part of it": program(("starts", "C:\\Program Files\\Example\\helper.exe --quiet")),
    "drives": program(("starts", "cmd /c net use h: \\\\server\\home")),
    "an address in memory": program(("reveals", "http://example.com/")),
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


def test_hidden_commands_weigh_more() -> None:
    weights = {name: judged(DETECTOR, behaviour)[0].weight for name, behaviour in BAD.items()}
    assert weights["hidden"] > weights["PowerShell"]
