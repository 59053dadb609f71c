"""Children that die come back, with growing pauses; at the end they are gone."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from mailchord.supervisor import Child, Supervisor, spawner


def program(text: str) -> Callable[[], subprocess.Popen[bytes]]:
    return spawner([sys.executable, "-c", text], {})


def wait_for(condition: Callable[[], bool], seconds: float = 60.0) -> bool:
    until = time.monotonic() + seconds
    while time.monotonic() < until and not condition():
        time.sleep(0.01)
    return condition()


def test_dead_child_is_started_again_after_growing_pauses() -> None:
    child = Child("short", program("pass"), drain_seconds=1.0)
    child.start()
    began = time.monotonic()
    assert wait_for(lambda: child.look_after() or child.restarts == 2)
    # 0.5 s before the first restart, 1 s before the second.
    assert time.monotonic() - began > 1.4
    child.end()


def test_living_child_is_left_alone() -> None:
    child = Child("long", program("import time; time.sleep(60)"), drain_seconds=1.0)
    child.start()
    process = child.process
    for _ in range(20):
        child.look_after()
    assert child.process is process
    assert child.restarts == 0
    child.end()


def test_end_waits_for_a_child_that_drains(tmp_path: Path) -> None:
    up = tmp_path / "up"
    drains = "import signal, sys, time\nsignal.signal(15, lambda *_: (time.sleep(0.3), sys.exit(0)))\n"
    child = Child("drains", program(drains + f"open({str(up)!r}, 'w')\ntime.sleep(60)"), drain_seconds=10.0)
    child.start()
    assert wait_for(up.exists)
    child.end()
    assert child.process is not None
    assert child.process.returncode == 0


def test_end_kills_a_child_that_does_not_listen(tmp_path: Path) -> None:
    up = tmp_path / "up"
    deaf = f"import signal, time\nsignal.signal(15, signal.SIG_IGN)\nopen({str(up)!r}, 'w')\ntime.sleep(60)"
    child = Child("deaf", program(deaf), drain_seconds=0.5)
    child.start()
    assert wait_for(up.exists)
    child.end()
    assert child.process is not None
    assert child.process.returncode == -signal.SIGKILL


def test_child_that_cannot_be_started_now_is_tried_again_later() -> None:
    """The machine has no memory for one more process at the moment: the other parts go on."""
    starts: list[int] = []

    def start() -> subprocess.Popen[bytes]:
        starts.append(1)
        if len(starts) == 2:
            raise BlockingIOError(11, "Resource temporarily unavailable")
        return program("pass" if len(starts) == 1 else "import time; time.sleep(60)")()

    child = Child("unlucky", start, drain_seconds=1.0)
    child.start()
    assert wait_for(lambda: child.look_after() or len(starts) == 3)
    assert child.is_alive
    child.end()


def test_ctrl_c_in_a_terminal_reaches_the_supervisor_only() -> None:
    child = Child("part", program("import time; time.sleep(60)"), drain_seconds=5.0)
    child.start()
    assert child.process is not None
    assert os.getpgid(child.process.pid) != os.getpgid(0)
    child.end()


def test_last_started_is_first_ended(tmp_path: Path) -> None:
    journal = tmp_path / "journal"
    supervisor = Supervisor()
    for name in ("redis", "worker", "front"):
        text = (
            "import signal, sys, time\n"
            f"def end(*_):\n    open({str(journal)!r}, 'a').write({name!r} + ' ')\n    sys.exit(0)\n"
            "signal.signal(15, end)\n"
            f"open({str(tmp_path / name)!r}, 'w')\n"
            "time.sleep(60)"
        )
        supervisor.add(Child(name, program(text), drain_seconds=10.0))
    assert wait_for(lambda: all((tmp_path / name).exists() for name in ("redis", "worker", "front")))
    supervisor.end()
    assert journal.read_text().split() == ["front", "worker", "redis"]


def test_what_was_started_together_ends_together(tmp_path: Path) -> None:
    """Each ends when the other one has been told to: one after the other, the first would be killed."""

    def waiting(own: str, other: str) -> Child:
        text = (
            "import pathlib, signal, sys, time\n"
            f"own, other = pathlib.Path({str(tmp_path)!r}) / {own!r}, pathlib.Path({str(tmp_path)!r}) / {other!r}\n"
            "def end(*_):\n"
            "    own.touch()\n"
            "    while not other.exists(): time.sleep(0.01)\n"
            "    sys.exit(0)\n"
            "signal.signal(15, end)\n"
            "own.with_suffix('.up').touch()\n"
            "time.sleep(60)\n"
        )
        return Child(own, program(text), drain_seconds=10.0)

    supervisor = Supervisor()
    supervisor.add(waiting("a", "b"), waiting("b", "a"))
    assert wait_for(lambda: len(list(tmp_path.glob("*.up"))) == 2)
    supervisor.end()
    assert [child.process and child.process.returncode for child in supervisor.children] == [0, 0]


def test_children_end_when_their_supervisor_is_killed() -> None:
    """No orphan may go on reading a queue."""
    text = (
        "import sys, time\n"
        "from mailchord.supervisor import Child, Supervisor, spawner\n"
        "supervisor = Supervisor()\n"
        "program = 'import os, time; print(os.getpid(), flush=True); time.sleep(60)'\n"
        "supervisor.add(Child('c', spawner([sys.executable, '-c', program], {}), drain_seconds=1))\n"
        "time.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", text], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        lines = iter(parent.stdout.readline, "")
        pid = next(int(line) for line in lines if line.strip().isdigit())
        parent.kill()
        parent.wait()
    assert wait_for(lambda: is_gone(pid))


def is_gone(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().split(")")[1].split()[0] == "Z"
    except FileNotFoundError:
        return True


READY = "import pathlib, sys, time\ntime.sleep(0.2)\npathlib.Path({file!r}).write_text('up')\ntime.sleep(60)"


def replaceable(tmp_path: Path, programs: list[str]) -> Child:
    """A child whose starts run these programs one after the other, the last one again and again."""
    file = tmp_path / "ready"
    left = [text.format(file=str(file)) for text in programs]

    def start() -> subprocess.Popen[bytes]:
        return program(left.pop(0) if len(left) > 1 else left[0])()

    return Child("replaceable", start, drain_seconds=5.0, ready_file=file)


def ready_child(tmp_path: Path, programs: list[str]) -> Child:
    child = replaceable(tmp_path, programs)
    child.start()
    assert wait_for(lambda: not child.problem)
    return child


def test_successor_is_ready_before_the_one_before_ends(tmp_path: Path) -> None:
    child = ready_child(tmp_path, [READY])
    before = child.process
    assert before is not None
    child.replace()
    assert child.process is not before
    while child.is_being_replaced:
        assert before.poll() is None
        assert not child.problem
        child.look_after()
        time.sleep(0.01)
    assert wait_for(lambda: child.look_after() or before.poll() is not None)
    assert child.is_alive
    assert child.restarts == 0
    child.end()


def test_successor_that_cannot_run_leaves_the_one_before_at_work(tmp_path: Path) -> None:
    child = ready_child(tmp_path, [READY, "raise SystemExit(2)", READY])
    before = child.process
    child.replace()
    assert wait_for(lambda: child.look_after() or not child.is_being_replaced)
    assert child.process is before
    assert child.is_alive
    assert not child.problem
    child.end()


def test_end_in_the_middle_of_a_replacement_ends_both(tmp_path: Path) -> None:
    child = ready_child(tmp_path, [READY])
    before = child.process
    assert before is not None
    child.replace()
    after = child.process
    child.end()
    assert before.poll() is not None
    assert after is not None
    assert after.poll() is not None


def test_children_are_replaced_one_after_the_other(tmp_path: Path) -> None:
    supervisor = Supervisor()
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        supervisor.add(replaceable(tmp_path / name, [READY]))
    assert wait_for(lambda: not any(child.problem for child in supervisor.children))
    done: list[bool] = []
    most_at_once = 0
    supervisor.replace(supervisor.children, then=lambda: done.append(True))

    def poll() -> None:
        nonlocal most_at_once
        most_at_once = max(most_at_once, sum(child.is_being_replaced for child in supervisor.children))
        if done:
            supervisor.stopping.set()

    assert supervisor.run(poll) == 0
    supervisor.end()
    assert done == [True]
    assert most_at_once == 1
