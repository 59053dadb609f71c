"""What a bench does: how often, how long, with which messages and targets; and one measured run of one target."""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from msgspec import Struct

from bench.milter_load import Generator, LoadResult
from bench.packets import Mail
from bench.processes import PeakMemory, Usage, cpu, difference, machine_ms, memory, per_message
from bench.targets import Running, Target, verify

# Work that follows an answer (history, counters, acknowledgements) is part of its cost.
AFTERMATH_SECONDS = 0.5


class Plan(Struct, frozen=True, kw_only=True):
    """Which sections and targets (empty: all), and how long each takes; `repeats` runs alternate over the targets.

    On a slow machine repetitions are given up, the later sections' first, so that `minutes` hold by and large.
    """

    sections: tuple[str, ...]
    targets: tuple[str, ...] = ()
    minutes: float
    repeats: int
    seconds: float
    warm_seconds: float
    rates: tuple[float, ...]
    rate_seconds: float
    rate_repeats: int
    overload_seconds: float
    recovery_seconds: float
    connections: int = 8


SECTIONS = (
    *("throughput", "latency", "distribution", "overload", "idle", "large", "memory", "rules", "senders", "files"),
    "feeds",
)

# Three or four minutes, for whoever changed something.
QUICK = Plan(
    sections=("throughput", "latency", "distribution"),
    targets=("nothing", "mailchord", "rspamd", "rspamd+bayes"),
    minutes=4.0,
    repeats=3,
    seconds=3.0,
    warm_seconds=1.0,
    rates=(20.0, 50.0),
    rate_seconds=5.0,
    rate_repeats=1,
    overload_seconds=6.0,
    recovery_seconds=8.0,
)
# A quarter of an hour, for the documentation.
FULL = Plan(
    sections=SECTIONS,
    minutes=15.0,
    repeats=3,
    seconds=8.0,
    warm_seconds=2.0,
    rates=(20.0, 50.0),
    rate_seconds=10.0,
    rate_repeats=3,
    overload_seconds=20.0,
    recovery_seconds=15.0,
)


class Budget:
    """Time that is left for repetitions. A first run of everything is always done."""

    def __init__(self, minutes: float) -> None:
        self._began = time.monotonic()
        self._seconds = 60 * minutes

    @property
    def minutes(self) -> float:
        """Since the start."""
        return (time.monotonic() - self._began) / 60

    def allows(self, turn: int, *, share: float) -> bool:
        """Whether another turn may begin in a section that should end when `share` of the time is used."""
        allowed = turn == 0 or time.monotonic() - self._began < share * self._seconds
        if not allowed:
            say("time is short: no more repetitions of this section")
        return allowed


class Measured(Struct, frozen=True, kw_only=True):
    """One run of one target: load, CPU milliseconds a message and memory in bytes, by role.

    `others` is the share of the machine (0..1) that neither the target nor the bench used: noise.
    """

    target: str
    turn: int = 0
    load: LoadResult
    cpu_ms: Usage
    idle_bytes: Usage
    peak_bytes: Usage
    others: float = 0.0


@contextlib.contextmanager
def started(target: Target) -> Iterator[Running]:
    """The target, running and known to scan. Its folder is kept, and named, when something goes wrong."""
    # Unix socket paths are short (108 bytes): no long names here.
    folder = Path(tempfile.mkdtemp(prefix="mailchord-bench-"))
    folder.chmod(0o755)  # peers that give up root must get in
    running = target.running(folder)
    try:
        target.start(running)
        verify(running, rejects_gtube=target.rejects_gtube)
        yield running
    finally:
        running.stop()
    shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def loaded(
    running: Running, mails: Sequence[Mail], *, connections: int = 8, most_connections: int = 64
) -> Iterator[Generator]:
    """A generator with its connections open."""
    generator = Generator(running.address, mails, connections=connections, most_connections=most_connections)
    try:
        generator.open()
        yield generator
    finally:
        generator.close()


def measure_throughput(target: Target, mails: Sequence[Mail], plan: Plan, *, turn: int = 0) -> Measured:
    """Closed loop on a target that was just started, so that no cache knows the messages but from its own run."""
    with started(target) as running, loaded(running, mails, connections=plan.connections) as generator:
        idle = memory(running.roots, running.role_of)
        generator.closed_loop(seconds=plan.warm_seconds)
        before, busy = cpu(running.roots, running.role_of), machine_ms()
        ours, clock = time.process_time(), time.monotonic()
        with PeakMemory(running.roots, running.role_of) as peak:
            load = generator.closed_loop(seconds=plan.seconds)
            time.sleep(AFTERMATH_SECONDS)
        used = difference(before, cpu(running.roots, running.role_of))
        others = machine_ms() - busy - used.total - 1000 * (time.process_time() - ours)
        available = 1000 * (time.monotonic() - clock) * (os.cpu_count() or 1)
    return Measured(
        target=target.name,
        turn=turn,
        load=load,
        cpu_ms=per_message(used, load.answered),
        idle_bytes=idle,
        peak_bytes=Usage(total=peak.total, roles=peak.roles),
        others=round(max(0.0, others / available), 3),
    )


def say(text: str) -> None:
    """Progress, for the person who waits."""
    print(text, file=sys.stderr, flush=True)


def usable(targets: Sequence[Target]) -> list[Target]:
    """Those that are installed; the others are named, with what they need."""
    found: list[Target] = []
    for target in targets:
        if target.missing:
            say(f"{target.name}: not measured, {target.missing} not installed (make bench-peers installs the peers)")
        else:
            found.append(target)
    return found
