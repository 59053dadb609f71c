"""A front for all tests of a module: starting one costs more than most of the tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from mailcore.settings import Settings
from tests.milter_front.running_front import RunningFront, settings

Start = Callable[[Settings], RunningFront]


@pytest.fixture(scope="module")
def shared_front(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningFront]:
    folder = tmp_path_factory.mktemp("front")
    running = RunningFront(folder, settings(folder, body_limit_bytes=200_000))
    running.tell("ready")
    yield running
    assert running.stop() == 0


@pytest.fixture
def front(shared_front: RunningFront) -> RunningFront:
    """The shared front, with what earlier tests made it tell thrown away."""
    shared_front.settled()
    shared_front.events()
    shared_front.log.clear()
    return shared_front


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts a front with settings of the test's own and stops it afterwards."""
    running: list[RunningFront] = []

    def start_one(configured: Settings) -> RunningFront:
        running.append(RunningFront(tmp_path, configured))
        running[-1].tell("ready")
        return running[-1]

    yield start_one
    for one in running:
        one.stop()
