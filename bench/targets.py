"""The milters that are measured: how each is started, what its processes are for, and how it is stopped."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Protocol

from msgspec import Struct

from bench.milter_load import Generator
from bench.packets import Mail
from bench.processes import RoleOf

GTUBE = "XJS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X"
START_SECONDS = 60.0
STOP_SECONDS = 20.0


class TargetFailed(Exception):
    """A target did not start, or does not scan. The text says which and where its log is."""


class Target(Protocol):
    """Something to measure. `start` raises TargetFailed."""

    @property
    def name(self) -> str: ...

    @property
    def missing(self) -> str:
        """What must be installed first ("" when all is there)."""

    @property
    def rejects_gtube(self) -> bool: ...

    def running(self, folder: Path) -> Running:
        """The target in that folder, with no process yet."""

    def start(self, running: Running) -> None:
        """Start its processes and wait until it answers; whoever calls this stops `running` in any case."""


class Running:
    """A target that runs: its address, its processes, and what they are for."""

    def __init__(self, name: str, folder: Path, address: str, role_of: RoleOf) -> None:
        self.name = name
        self.folder = folder
        self.address = address
        self.role_of = role_of
        self._children: list[subprocess.Popen[bytes]] = []

    @property
    def roots(self) -> set[int]:
        return {child.pid for child in self._children}

    def spawn(self, command: Sequence[str], *, environment: Mapping[str, str] | None = None) -> None:
        """Start a program in a session of its own; what it prints goes to `PROGRAM.log` in the target's folder."""
        log = self.folder / f"{Path(command[0]).name}-{len(self._children)}.log"
        with log.open("wb") as output:
            self._children.append(
                subprocess.Popen(
                    command,
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    cwd=self.folder,
                    env={**os.environ, **(environment or {})},
                    start_new_session=True,
                )
            )

    def wait_for(self, ready: Callable[[], bool], what: str, *, seconds: float = START_SECONDS) -> None:
        """Wait until `ready`; TargetFailed when a process has ended or time is up."""
        until = time.monotonic() + seconds
        while not ready():
            ended = [child for child in self._children if child.poll() is not None]
            if ended or time.monotonic() > until:
                raise TargetFailed(f"{self.name}: {what} did not come up; see the logs in {self.folder}")
            time.sleep(0.05)

    def stop(self) -> None:
        """SIGTERM to each process, the last started first; SIGKILL to its session when it does not end."""
        for child in reversed(self._children):
            child.terminate()
            try:
                child.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                print(f"{self.name}: {child.args!r} did not end in {STOP_SECONDS:.0f} s, killed", file=sys.stderr)
            with contextlib.suppress(ProcessLookupError):
                os.killpg(child.pid, signal.SIGKILL)
            child.wait()
        self._children.clear()


def gtube() -> Mail:
    """The mail that every filter must reject (GTUBE, spamassassin.apache.org/gtube)."""
    text = (
        "From: sender@example.net\r\nTo: user@example.com\r\nSubject: test\r\n"
        "Date: Mon, 5 Jan 2026 08:59:00 +0000\r\nMessage-ID: <gtube@example.net>\r\n"
        f"MIME-Version: 1.0\r\nContent-Type: text/plain; charset=us-ascii\r\n\r\n{GTUBE}\r\n"
    )
    return Mail(name="gtube", raw=text.encode())


def plain() -> Mail:
    """A mail that every filter must accept."""
    text = (
        "Received: from mail.example.net (mail.example.net [198.51.100.25])\r\n"
        "\tby mx.example.com with ESMTPS id 4; Mon, 5 Jan 2026 09:00:00 +0000\r\n"
        'From: "Ann Example" <ann@example.net>\r\nTo: "User" <user@example.com>\r\nSubject: Minutes of Monday\r\n'
        "Date: Mon, 5 Jan 2026 08:59:00 +0000\r\nMessage-ID: <minutes.1@example.net>\r\n"
        "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=us-ascii\r\n\r\n"
        "Hello,\r\n\r\nthe minutes of our meeting on Monday are in the usual place.\r\n\r\nAnn\r\n"
    )
    return Mail(name="plain", raw=text.encode())


def verify(running: Running, *, rejects_gtube: bool) -> None:
    """Send a good mail and GTUBE until both are answered as they should; TargetFailed where the target does not scan.

    A front may be there before its workers are, and defer the first messages.
    """
    wanted = {"plain": "accept", "gtube": "reject" if rejects_gtube else "accept"}
    actions: dict[str, str] = {}

    def scans() -> bool:
        generator = Generator(running.address, [plain(), gtube()], connections=1)
        try:
            generator.open(seconds=START_SECONDS)
            generator.closed_loop(count=2, patience=START_SECONDS)
            actions.update((sample.name, sample.action) for sample in generator.samples)
        except OSError:
            return False
        finally:
            generator.close()
        return actions == wanted

    try:
        running.wait_for(scans, "scanning", seconds=START_SECONDS)
    except TargetFailed as error:
        raise TargetFailed(f"{error}: answered {actions}, expected {wanted}") from None


def answers(address: str) -> bool:
    """Whether something negotiates at the address."""
    generator = Generator(address, [], connections=1)
    try:
        generator.open(seconds=1.0)
    except OSError:
        return False
    finally:
        generator.close()
    return True


def absent(*programs: str) -> str:
    """Those of the programs that are not installed, as a list for a person."""
    return ", ".join(program for program in programs if find_program(program) is None)


def find_program(program: str) -> str | None:
    """Servers live in `sbin`, which is not in every PATH."""
    return shutil.which(program, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin:/usr/local/sbin")


class Nothing(Struct, frozen=True):
    """The limit: reads everything, accepts."""

    name: str = "nothing"
    rejects_gtube: bool = False

    @property
    def missing(self) -> str:
        return ""

    def running(self, folder: Path) -> Running:
        return Running(self.name, folder, f"unix:{folder}/milter.sock", lambda *_: "front")

    def start(self, running: Running) -> None:
        socket = str(running.folder / "milter.sock")
        running.spawn([sys.executable, "-m", "bench.nothing_milter", socket], environment=here())
        running.wait_for(lambda: answers(running.address), "the milter")


def here() -> dict[str, str]:
    """Environment in which `python -m bench...` is found from another working directory."""
    return {"PYTHONPATH": str(Path(__file__).resolve().parents[1])}
