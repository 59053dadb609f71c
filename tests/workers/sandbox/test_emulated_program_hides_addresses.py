"""What emulated_program_hides_addresses must find in what a program did, and (more) what it must leave alone."""

from __future__ import annotations

import pytest

from mailcore.behaviour import Behaviour
from tests.workers.sandbox.run import judged, program
from workers.code import Language

DETECTOR = "emulated_program_hides_addresses"
BAD: dict[str, Behaviour] = {
    "fetches": program(("fetches", "GET https://a.example/x"), hidden=("https://a.example/x",)),
    "asks for the name": program(("connects", "dns a.example"), hidden=("http://a.example/",)),
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
    "says where": program(("fetches", "GET https://example.com/version.txt")),
    "in memory only": program(("reveals", "http://ocsp.example.com/"), hidden=("http://ocsp.example.com/",)),
    "a number": program(("connects", "tcp 198.51.100.7:443"), hidden=("https://198.51.100.7/",)),
    "another name": program(("connects", "dns example.com"), hidden=("http://example.net/",)),
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
