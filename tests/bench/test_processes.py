"""Processes are found with all their children, and what they use is added up by role."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Mapping

import pytest

from bench.processes import (
    TICK_MS,
    PeakMemory,
    Process,
    Usage,
    all_processes,
    busy_ms,
    cpu,
    difference,
    family,
    memory,
    parse_stat,
    per_message,
)

STAT = "42 (a (b) c) S 7 42 9 0 -1 4194304 100 0 0 0 5 3 20 10 20 0 1 0 100 1000 10 18446744073709551615"


def process(pid: int, parent: int, session: int = 0) -> Process:
    return Process(pid=pid, parent=parent, session=session, cpu_ms=1.0, command="x")


def test_parse_stat_with_brackets_in_the_name() -> None:
    read = parse_stat(STAT, "")
    assert (read.pid, read.parent, read.session, read.command) == (42, 7, 9, "a (b) c")


def test_cpu_includes_children_that_have_ended() -> None:
    assert parse_stat(STAT, "run me").cpu_ms == pytest.approx((5 + 3 + 20 + 10) * TICK_MS)


@pytest.mark.parametrize(
    ("others", "members"),
    [
        pytest.param([process(2, 1), process(3, 2)], {1, 2, 3}, id="grandchildren"),
        pytest.param([process(3, 2), process(2, 1)], {1, 2, 3}, id="in-any-order"),
        pytest.param([process(5, 0, session=1)], {1, 5}, id="daemon-that-left-its-parent"),
        pytest.param([process(5, 0, session=9)], {1}, id="stranger"),
        pytest.param([process(5, 4), process(4, 0)], {1}, id="child-of-a-stranger"),
    ],
)
def test_family(others: list[Process], members: set[int]) -> None:
    every = {one.pid: one for one in [process(1, 0, session=1), *others]}
    assert {one.pid for one in family({1}, every)} == members


def test_difference_by_role_is_never_negative() -> None:
    before = Usage(total=30.0, roles={"front": 10.0, "worker": 20.0})
    after = Usage(total=25.0, roles={"front": 15.0, "worker": 8.0, "new": 2.0})
    assert difference(before, after) == Usage(total=7.0, roles={"front": 5.0, "worker": 0.0, "new": 2.0})


def test_per_message() -> None:
    assert per_message(Usage(total=30.0, roles={"front": 30.0}), 20) == Usage(total=1.5, roles={"front": 1.5})


def test_per_message_of_none() -> None:
    assert per_message(Usage(total=3.0, roles={}), 0).total == 3.0


def test_busy_time_of_the_machine_leaves_out_idle_and_guests() -> None:
    assert busy_ms("cpu  1 2 3 1000 500 4 5 6 99 99\ncpu0 1") == pytest.approx((1 + 2 + 3 + 4 + 5 + 6) * TICK_MS)


def role(one: Process, _every: Mapping[int, Process]) -> str:
    return "child" if one.parent != os.getpid() else "root"


def test_real_children_are_counted() -> None:
    burn = "import time; t = time.process_time()\nwhile time.process_time() - t < 0.2: pass"
    run_it = f"import subprocess, sys, time; subprocess.run([sys.executable, '-c', {burn!r}])"
    code = f"{run_it}; print(1, flush=True); time.sleep(60)"
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, start_new_session=True) as root:
        try:
            assert root.stdout is not None
            root.stdout.readline()
            assert cpu({root.pid}, role).total >= 200 - TICK_MS
            with PeakMemory({root.pid}, role, every_seconds=0.01) as peak:
                time.sleep(0.05)
            assert peak.roles["root"] >= memory({root.pid}, role).total * 0.5 > 0
            assert root.pid in all_processes()
        finally:
            root.kill()
