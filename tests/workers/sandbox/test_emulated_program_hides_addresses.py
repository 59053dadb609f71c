"""What emulated_program_hides_addresses must find in what a program did, and (more) what it must leave alone."""

from __future__ import annotations

import pytest

from mailcore.behaviour import Behaviour
from tests.workers.sandbox.run import HARMLESS_PROGRAMS, as_script, judged, program

DETECTOR = "emulated_program_hides_addresses"
BAD: dict[str, Behaviour] = {
    "fetches": program(("fetches", "GET https://a.example/x"), hidden=("https://a.example/x",)),
    "asks for the name": program(("connects", "dns a.example"), hidden=("http://a.example/",)),
}
GOOD: dict[str, Behaviour] = {
    **HARMLESS_PROGRAMS,
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
    assert judged(DETECTOR, as_script(next(iter(BAD.values())))) == []
