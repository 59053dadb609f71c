"""The process of a cage, as its parent handles it: forked, bounded, looked at, killed, waited for."""

from __future__ import annotations

import contextlib
import math
import os
import resource
import signal
import time
import warnings
from pathlib import Path

import msgspec

from mailio.cage_wire import Ready

# Processor time that is allowed at once, in times of one message.
PROCESSOR_SHARE = 4


class Inmate(msgspec.Struct, kw_only=True):
    """A running cage: its process, who its parent is, the descriptors that lead to it, how it began."""

    pid: int
    parent: int
    channel: int
    shared: int
    layers: Ready = msgspec.field(default_factory=Ready)
    private_pages: int = 0
    messages: int = 0
    size: int = 0
    processor_seconds: int = 0


def fork() -> int:
    """Without Python's warning of other threads: c-ares has one, and the child takes no lock of its."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return os.fork()


def end_all(holder: list[Inmate], *, patience: float = 0.0) -> str:
    """Kill what runs and wait for its end. A cage of another process (this one is a fork of it) is left alone."""
    words = "it was killed"
    while holder:
        inmate = holder[0]
        if inmate.parent == os.getpid():
            # A process that dies closes its files first, and can be waited for a moment later.
            ends = time.monotonic() + patience
            while (status := status_of(inmate.pid)) is None and time.monotonic() < ends:
                time.sleep(0.001)
            if status is None:
                os.kill(inmate.pid, signal.SIGKILL)
                os.waitpid(inmate.pid, 0)
            else:
                words = how_it_ended(status)
        forget(holder)
    return words


def status_of(pid: int) -> int | None:
    """How a child has ended (waitpid(2)); None while it lives. 0 too where somebody else has waited for it."""
    try:
        ended, status = os.waitpid(pid, os.WNOHANG)
    except ChildProcessError:
        return 0
    return status if ended else None


def forget(holder: list[Inmate]) -> None:
    """Close what leads to a cage."""
    inmate = holder.pop(0)
    os.close(inmate.channel)
    os.close(inmate.shared)


def how_it_ended(status: int) -> str:
    """The status of waitpid(2) in words."""
    if not os.WIFSIGNALED(status):
        return f"it ended with status {os.waitstatus_to_exitcode(status)}"
    number = os.WTERMSIG(status)
    match number:
        case signal.SIGXCPU:
            return "it took more processor time than it had"
        case signal.SIGKILL:
            return "somebody killed it, as the kernel does when memory is short"
        case _:
            return f"it was ended by {signal.Signals(number).name}"


def allow_processor_time(inmate: Inmate, seconds: float) -> None:
    """The kernel ends a cage that takes much more, of all its threads together.

    For the case that its parent is stopped, and its clock with it. Set for several messages at once.
    """
    used = time.clock_gettime(~inmate.pid << 3 | 2)  # the clock of another process: clock_getcpuclockid(3)
    if used + seconds < inmate.processor_seconds:
        return
    soft = math.ceil(used + seconds * PROCESSOR_SHARE) + 1
    hard = resource.prlimit(inmate.pid, resource.RLIMIT_CPU)[1]
    inmate.processor_seconds = soft if hard == resource.RLIM_INFINITY else min(soft, hard)
    with contextlib.suppress(PermissionError):  # a container may forbid it; its parent has a clock all the same
        resource.prlimit(inmate.pid, resource.RLIMIT_CPU, (inmate.processor_seconds, hard))


def private_pages(pid: int) -> int:
    """Pages of a process that RLIMIT_DATA counts; 0 where that cannot be told."""
    try:
        return int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[5])
    except (OSError, ValueError, IndexError):
        return 0
