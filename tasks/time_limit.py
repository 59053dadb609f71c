"""A time limit inside one thread of Python: the net above Celery's own limits, and the only one without Celery."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from mailcore.errors import ScanInterrupted


@contextmanager
def killed_after(seconds: float) -> Iterator[None]:
    """Ends this process when the block takes more CPU time: for C code, which no Python handler interrupts.

    The kernel does it, by SIGPROF, whose default action is the end (setitimer(2)). Only for a worker's child, whose
    task is then delivered again. One at a time in a process.
    """
    before = signal.signal(signal.SIGPROF, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Raises ScanInterrupted in the block after `seconds`. Only Python code can be interrupted so.

    Uses SIGALRM, which reaches the main thread only: elsewhere the block runs without this limit
    (Celery's prefork children and the command line run their work in the main thread).
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def strike(_number: int, _frame: FrameType | None) -> None:
        raise ScanInterrupted(f"its {seconds:.1f} s ended")

    before = signal.signal(signal.SIGALRM, strike)
    signal.setitimer(signal.ITIMER_REAL, max(seconds, 0.001))
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
