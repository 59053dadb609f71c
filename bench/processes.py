"""CPU time and memory of a target, over all of its processes and by their role, from /proc (proc(5))."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Mapping
from pathlib import Path

from msgspec import Struct

TICK_MS = 1000 / os.sysconf("SC_CLK_TCK")


class Process(Struct, frozen=True, kw_only=True):
    """One process. `cpu_ms` includes children that have ended and were waited for."""

    pid: int
    parent: int
    session: int
    cpu_ms: float
    command: str


class Usage(Struct, frozen=True, kw_only=True):
    """CPU milliseconds or bytes by role, and in all."""

    total: float
    roles: dict[str, float]


# What a process is for; the second argument are all processes, for whoever needs to know the parent.
RoleOf = Callable[[Process, Mapping[int, Process]], str]


def parse_stat(stat: str, command_line: str) -> Process:
    """`/proc/PID/stat` and the command line to a Process. The name in brackets may itself hold brackets and spaces."""
    pid, _, rest = stat.partition(" (")
    name, _, numbers = rest.rpartition(") ")
    fields = numbers.split()
    return Process(
        pid=int(pid),
        parent=int(fields[1]),
        session=int(fields[3]),
        cpu_ms=sum(int(ticks) for ticks in fields[11:15]) * TICK_MS,
        command=command_line or name,
    )


def all_processes() -> dict[int, Process]:
    """Every process that can be read; those that end meanwhile are left out."""
    found: dict[int, Process] = {}
    for entry in os.scandir("/proc"):
        if not entry.name.isdigit():
            continue
        try:
            stat = Path(entry.path, "stat").read_text(encoding="utf-8", errors="replace")
            line = Path(entry.path, "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
        except OSError:
            continue
        process = parse_stat(stat, line)
        found[process.pid] = process
    return found


def family(roots: set[int], processes: Mapping[int, Process]) -> list[Process]:
    """The roots, all their descendants, and whatever shares a session with a root (daemons that left their parent)."""
    members = set(roots)
    grown = True
    while grown:
        more = {
            process.pid
            for process in processes.values()
            if process.pid not in members and (process.parent in members or process.session in roots)
        }
        members |= more
        grown = bool(more)
    return [processes[pid] for pid in sorted(members) if pid in processes]


def cpu(roots: set[int], role_of: RoleOf) -> Usage:
    """CPU milliseconds so far, by role. Take the difference of two of these over a run."""
    roles: dict[str, float] = {}
    processes = all_processes()
    for process in family(roots, processes):
        role = role_of(process, processes)
        roles[role] = roles.get(role, 0.0) + process.cpu_ms
    return Usage(total=sum(roles.values()), roles=roles)


def difference(before: Usage, after: Usage) -> Usage:
    """What was used between two readings. Never negative: a child that is killed takes its time with it."""
    roles = {role: max(0.0, used - before.roles.get(role, 0.0)) for role, used in after.roles.items()}
    return Usage(total=sum(roles.values()), roles=roles)


def machine_ms() -> float:
    """CPU milliseconds that the whole machine has worked so far (`/proc/stat`: everything but idle, iowait, guest)."""
    return busy_ms(Path("/proc/stat").read_text(encoding="ascii"))


def busy_ms(stat: str) -> float:
    user, nice, system, _idle, _iowait, *interrupts_and_stolen = (
        int(ticks) for ticks in stat.split("\n", maxsplit=1)[0].split()[1:9]
    )
    return (user + nice + system + sum(interrupts_and_stolen)) * TICK_MS


def per_message(usage: Usage, messages: int) -> Usage:
    """CPU milliseconds a message."""
    count = max(1, messages)
    return Usage(
        total=round(usage.total / count, 3), roles={role: round(ms / count, 3) for role, ms in usage.roles.items()}
    )


def memory(roots: set[int], role_of: RoleOf) -> Usage:
    """Proportional set size in bytes: shared pages are counted once over all who share them."""
    roles: dict[str, float] = {}
    processes = all_processes()
    for process in family(roots, processes):
        role = role_of(process, processes)
        roles[role] = roles.get(role, 0.0) + pss(process.pid)
    return Usage(total=sum(roles.values()), roles=roles)


def pss(pid: int) -> float:
    """PSS of one process in bytes; 0 when it has ended."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()
    except (OSError, ValueError):
        return 0.0
    return next((float(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:")), 0.0)


class PeakMemory:
    """Watches memory from a thread while a run goes on: the peak of the whole and of each role (bytes)."""

    def __init__(self, roots: set[int], role_of: RoleOf, *, every_seconds: float = 0.5) -> None:
        self._roots = roots
        self._role_of = role_of
        self._every = every_seconds
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self.total = 0.0
        self.roles: dict[str, float] = {}

    def __enter__(self) -> PeakMemory:
        self._look()
        self._thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._ended.set()
        self._thread.join()
        self._look()

    def _watch(self) -> None:
        while not self._ended.wait(self._every):
            self._look()

    def _look(self) -> None:
        usage = memory(self._roots, self._role_of)
        self.total = max(self.total, usage.total)
        for role, used in usage.roles.items():
            self.roles[role] = max(self.roles.get(role, 0.0), used)
