"""What emulated_program_injects_code must find in what a program did, and (more) what it must leave alone."""

from __future__ import annotations

import pytest

from mailcore.behaviour import Behaviour
from tests.workers.sandbox.run import HARMLESS_PROGRAMS, as_script, judged, program

DETECTOR = "emulated_program_injects_code"
BAD: dict[str, Behaviour] = {
    "memory": program(("injects", "writes 100 bytes into C:\\Windows\\explorer.exe (process 1252)")),
    "a thread": program(
        ("injects", "reserves memory in a"), ("injects", "starts a thread in C:\\Windows\\explorer.exe")
    ),
    "a changed thread": program(("starts", "svchost.exe"), ("injects", "SetThreadContext")),
}
GOOD: dict[str, Behaviour] = {
    **HARMLESS_PROGRAMS,
    "reserves only": program(("injects", "reserves memory in C:\\Windows\\explorer.exe (process 1252)")),
    "starts a program": program(("starts", "setup2.exe")),
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
