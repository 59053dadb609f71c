"""What emulated_program_runs_hidden_code must find in what a program did, and (more) what it must leave alone."""

from __future__ import annotations

import pytest

from mailcore.behaviour import Behaviour
from tests.workers.sandbox.run import HARMLESS_PROGRAMS, as_script, judged, program

DETECTOR = "emulated_program_runs_hidden_code"
BAD: dict[str, Behaviour] = {
    "shellcode": program(("evaluates", "machine code that it has written into memory")),
    "beside others": program(("evaluates", "iex"), ("evaluates", "machine code that it has written into memory")),
}
GOOD: dict[str, Behaviour] = {
    **HARMLESS_PROGRAMS,
    "a command of PowerShell": program(("starts", "powershell -c iex a"), ("evaluates", "iex a")),
    "a page that it shows": program(("shows", "<b>"), ("evaluates", "alert(1)")),
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
