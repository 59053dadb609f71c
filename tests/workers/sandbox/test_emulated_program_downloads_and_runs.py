"""What emulated_program_downloads_and_runs must find in what a program did, and (more) what it must leave alone."""

from __future__ import annotations

import pytest

from mailcore.behaviour import Behaviour
from tests.workers.sandbox.run import HARMLESS_PROGRAMS, as_script, judged, program

DETECTOR = "emulated_program_downloads_and_runs"
BAD: dict[str, Behaviour] = {
    "a downloader": program(("fetches", "GET http://a.example/a.exe -> C:\\a.exe"), ("starts", "C:\\a.exe")),
    "from a hidden place": program(
        ("connects", "dns a.example"),
        ("fetches", "GET http://a.example/a"),
        ("starts", "rundll32 C:\\a.dat,Run"),
        hidden=("http://a.example/a",),
    ),
}
GOOD: dict[str, Behaviour] = {
    **HARMLESS_PROGRAMS,
    "looks for a newer version": program(("fetches", "GET https://example.com/version.txt")),
    "shows its page": program(("fetches", "GET https://example.com/a"), ("navigates", "https://example.com/new")),
    "starts its part before": program(("starts", "C:\\part.exe"), ("fetches", "GET https://example.com/version.txt")),
    "opens what it has fetched": program(("fetches", "GET https://example.com/a"), ("starts", "notepad.exe a.txt")),
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


def test_from_a_hidden_place_weighs_more() -> None:
    weights = {name: judged(DETECTOR, behaviour)[0].weight for name, behaviour in BAD.items()}
    assert weights["from a hidden place"] > weights["a downloader"]
