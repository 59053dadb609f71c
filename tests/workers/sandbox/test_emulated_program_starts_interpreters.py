"""What emulated_program_starts_interpreters must find in what a program did, and (more) what it must leave alone."""

from __future__ import annotations

import pytest

from mailcore.behaviour import Behaviour
from tests.workers.sandbox.run import judged, program
from workers.code import Language

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
    "nothing": program(),
    "a message": program(("shows", "Hello")),
    "an installer": program(
        ("writes", "C:\\Program Files\\Example\\example.exe: a program, 90,000 characters"),
        ("registers", "HKEY_CURRENT_USER\\Software\\Example\\Path = C:\\Program Files\\Example"),
        ("asks system", "IsDebuggerPresent"),
        ("sleeps", "1000"),
    ),
    "a viewer": program(("starts", "notepad.exe C:\\readme.txt")),
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
    script = program(*((act.kind, act.what) for act in next(iter(BAD.values())).acts), language=Language.VISUAL_BASIC)
    assert judged(DETECTOR, script) == []


def test_hidden_commands_weigh_more() -> None:
    weights = {name: judged(DETECTOR, behaviour)[0].weight for name, behaviour in BAD.items()}
    assert weights["hidden"] > weights["PowerShell"]
