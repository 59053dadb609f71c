"""What the judging hears of the end of a message: what was really answered, not what the verdict asked for."""

from __future__ import annotations

from pathlib import Path

import pytest

from mailcore.settings import Mode
from tests.milter_front.conftest import Start
from tests.milter_front.running_front import RunningFront, settings
from tests.milter_front.test_milter import scripted

ACTIONS = ("accept", "tag", "tempfail", "quarantine", "reject", "discard")


@pytest.mark.parametrize("action", ACTIONS)
def test_verdict_is_what_is_answered(front: RunningFront, action: str) -> None:
    with front.client() as client:
        client.greet()
        client.message(scripted(action=action))
    assert front.tell("answered")["action"] == action


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        (Mode.MONITOR, dict.fromkeys(ACTIONS, "accept")),
        (Mode.TAG_ONLY, {action: action if action in ("accept", "tempfail") else "tag" for action in ACTIONS}),
    ],
)
def test_mode_has_the_last_word(start: Start, tmp_path: Path, mode: Mode, expected: dict[str, str]) -> None:
    front = start(settings(tmp_path, mode=mode))
    for action in ACTIONS:
        with front.client() as client:
            client.greet()
            client.message(scripted(action=action))
        assert front.tell("answered")["action"] == expected[action]


def test_mail_that_cannot_be_held_is_deferred(front: RunningFront) -> None:
    with front.client() as client:
        client.greet()
        client.message(scripted(action="quarantine", store_fails="quarantine"))
    assert front.tell("answered")["action"] == "tempfail"


@pytest.mark.parametrize("told", [{"raise": "verdict"}, {"store_fails": "header"}, {"store_fails": "body"}])
def test_without_a_verdict_nothing_is_heard(front: RunningFront, told: dict[str, str]) -> None:
    with front.client() as client:
        client.greet()
        client.message(scripted(**told))
    front.settled()
    assert [event for event in front.events() if event["event"] == "answered"] == []
