"""A stop that comes at any moment is noticed, and hangs nothing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time

import pytest

from mailcore.stop_flag import StopFlag

# As `serve` and the front wait; the handler interrupts the wait at every place there is in it.
PROGRAM = """
import signal
from mailcore.stop_flag import StopFlag
flags = [StopFlag() for _ in range(2_000)]
current = flags[0]
signal.signal(signal.SIGALRM, lambda *_: current.set())
signal.setitimer(signal.ITIMER_REAL, 0.0005, 0.0003)
for current in flags:
    while not current.wait(0):
        pass
signal.setitimer(signal.ITIMER_REAL, 0)
print("noticed", flush=True)
"""


def test_signals_at_any_moment_hang_nothing() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout == "noticed\n"


@pytest.mark.parametrize("seconds", [0.0, 0.05, -1.0])
def test_wait_ends_when_nobody_sets_it(seconds: float) -> None:
    began = time.monotonic()
    assert StopFlag().wait(seconds) is False
    assert time.monotonic() - began < 1.0


def test_set_from_another_thread_is_noticed() -> None:
    flag = StopFlag()
    threading.Timer(0.1, flag.set).start()
    assert flag.wait(10.0) is True
    assert flag.is_set()


def test_set_by_a_signal_is_noticed() -> None:
    flag = StopFlag()
    before = signal.signal(signal.SIGUSR2, lambda *_: flag.set())
    try:
        threading.Timer(0.1, os.kill, args=(os.getpid(), signal.SIGUSR2)).start()
        assert flag.wait(10.0) is True
    finally:
        signal.signal(signal.SIGUSR2, before)
