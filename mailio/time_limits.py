"""Lets the signals of time limits wait where an exception between two lines would leave a process behind."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def time_limits_wait() -> Iterator[None]:
    """The signals of time limits are dealt with after the block, which must not take long.

    Handlers run in the main thread only; a mask would not do, since the system may give the signal to any other thread.
    """
    waiting: list[int] = []
    before = {}
    if threading.current_thread() is threading.main_thread():
        handlers = {number: signal.getsignal(number) for number in (signal.SIGALRM, signal.SIGUSR1)}
        before = {number: handler for number, handler in handlers.items() if callable(handler)}
    for number in before:
        signal.signal(number, lambda number, _frame: waiting.append(number))
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        for struck in dict.fromkeys(waiting):
            signal.raise_signal(struck)
