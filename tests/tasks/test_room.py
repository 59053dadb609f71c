"""Memory for the messages of all threads of a process."""

from __future__ import annotations

import threading
import time

import pytest

from tasks.room import Room


@pytest.mark.parametrize(
    ("taken", "wanted", "has_room"),
    [
        pytest.param(0, 100, True, id="all of it"),
        pytest.param(0, 1_000, True, id="more than there is, alone"),
        pytest.param(60, 40, True, id="the rest"),
        pytest.param(60, 41, False, id="more than the rest"),
        pytest.param(1, 1_000, False, id="more than there is, beside another"),
        pytest.param(100, 0, True, id="nothing"),
    ],
)
def test_room(taken: int, wanted: int, has_room: bool) -> None:
    room = Room(100)
    with room.taken(taken, seconds=0.0) as first, room.taken(wanted, seconds=0.0) as second:
        assert (first, second) == (True, has_room)
    with room.taken(100, seconds=0.0) as afterwards:
        assert afterwards, "everything was given back, once"


def test_who_waits_gets_it_when_the_other_has_ended() -> None:
    room = Room(100)
    is_taken, may_end = threading.Event(), threading.Event()

    def take() -> None:
        with room.taken(80, seconds=0.0):
            is_taken.set()
            may_end.wait(5)

    other = threading.Thread(target=take)
    other.start()
    assert is_taken.wait(5)
    threading.Timer(0.1, may_end.set).start()
    began = time.monotonic()
    with room.taken(50, seconds=5.0) as has_room:
        assert has_room
    assert time.monotonic() - began < 4.0
    other.join()


def test_what_raises_gives_it_back() -> None:
    room = Room(100)
    with pytest.raises(MemoryError), room.taken(100, seconds=0.0):
        raise MemoryError
    with room.taken(100, seconds=0.0) as has_room:
        assert has_room
