"""When what came together is written, and that nobody waits for it afterwards."""

from __future__ import annotations

import threading

from mailio.flush_timer import FlushTimer
from tests.system.installation import eventually


def waiting() -> set[threading.Thread]:
    return {thread for thread in threading.enumerate() if isinstance(thread, threading.Timer)}


def test_it_is_written_once_however_often_it_began() -> None:
    flushed: list[int] = []
    before = waiting()
    timer = FlushTimer(seconds=0.05)
    for _ in range(5):
        timer.begin(lambda: flushed.append(1))
    begun = waiting() - before

    for thread in begun:
        thread.join(10)

    assert len(begun) == 1
    assert flushed == [1]


def test_after_it_was_written_it_begins_again() -> None:
    flushed: list[int] = []

    timer = FlushTimer(seconds=0.01)

    def flush() -> None:
        timer.end()
        flushed.append(1)

    for count in (1, 2):
        timer.begin(flush)
        assert eventually(lambda: len(flushed) == count)  # noqa: B023  # asked here


def test_nobody_waits_for_what_is_written_already() -> None:
    before = waiting()
    for _ in range(3):
        timer = FlushTimer(seconds=3_600)
        timer.begin(lambda: None)
        timer.end()
        timer.end()
    assert eventually(lambda: waiting() <= before)
