"""Keeps processes running: starts them, starts them again with growing pauses, ends them in order."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

import structlog

from mailchord.parent import ending_with_parent
from mailcore.stop_flag import StopFlag

log = structlog.get_logger("mailchord.supervisor")

FIRST_PAUSE = 0.5
LONGEST_PAUSE = 30.0
# A process that lived this long was well: its next death starts with a short pause again.
WELL_AFTER = 60.0
LOOK_EVERY = 0.1
# The exit status of a command that cannot run at all (`mailchord.__main__`).
CANNOT_RUN = 2


class Child:
    """One supervised process: how it is started, and how it fares."""

    def __init__(
        self,
        name: str,
        start: Callable[[], subprocess.Popen[bytes]],
        *,
        drain_seconds: float,
        ready_file: Path | None = None,
    ) -> None:
        """`ready_file` is what the process writes when it takes work; without one it is ready when it lives."""
        self.name = name
        self.drain_seconds = drain_seconds
        self.ready_file = ready_file
        self.process: subprocess.Popen[bytes] | None = None
        self.restarts = 0
        self._start = start
        self._before: subprocess.Popen[bytes] | None = None
        self._leaving: list[tuple[subprocess.Popen[bytes], float]] = []
        self._pause = FIRST_PAUSE
        self._began = 0.0
        self._next_start = 0.0
        self._ends = 0.0

    def start(self) -> None:
        if self.ready_file is not None:
            self.ready_file.unlink(missing_ok=True)
        self.process = self._start()
        self._began = time.monotonic()
        log.info("started", process=self.name, pid=self.process.pid)

    @property
    def is_alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    @property
    def problem(self) -> str:
        """Why the process takes no work now; "" when it does."""
        if self._before is not None and self._before.poll() is None:
            return ""
        return self._own_problem

    @property
    def _own_problem(self) -> str:
        if not self.is_alive:
            return "it is not running"
        if self.ready_file is not None and not self.ready_file.exists():
            return "it is starting"
        return ""

    @property
    def cannot_run(self) -> bool:
        """Whether it ended at its first start and said that it cannot run so: another start would say the same."""
        return self.restarts == 0 and self.process is not None and self.process.poll() == CANNOT_RUN

    @property
    def is_being_replaced(self) -> bool:
        return self._before is not None

    def replace(self) -> None:
        """Start a successor. The process of now works on until that takes work, and then ends in peace."""
        if not self.is_alive:
            return  # the next start reads what is current anyhow
        self._before = self.process
        try:
            self.start()
        except OSError as error:
            log.error("successor cannot be started", process=self.name, error=str(error))
            self._keep_the_one_before()

    def signal(self, number: int) -> None:
        if self.process is not None and self.is_alive:
            self.process.send_signal(number)

    def look_after(self) -> None:
        """Start the process again when it is dead and its pause is over; go on with a replacement."""
        now = time.monotonic()
        self._see_off(now)
        if self._before is not None:
            self._look_after_successor(self._before, now)
            return
        if self.is_alive:
            return
        if self.process is not None:
            if now - self._began > WELL_AFTER:
                self._pause = FIRST_PAUSE
            log.error("died", process=self.name, status=self.process.returncode, restart_in=self._pause)
            self.process = None
            self._put_off(now)
        if now >= self._next_start:
            self.restarts += 1
            try:
                self.start()
            except OSError as error:
                # No memory or no process left just now: the other parts must not end for that.
                log.error("cannot be started", process=self.name, error=str(error), restart_in=self._pause)
                self._put_off(now)

    def _look_after_successor(self, before: subprocess.Popen[bytes], now: float) -> None:
        if not self.is_alive:
            log.error("successor ended, the process before it works on", process=self.name)
            self._keep_the_one_before()
        elif not self._own_problem:
            log.info("replaced", process=self.name)
            before.terminate()
            self._leaving.append((before, now + self.drain_seconds))
            self._before = None

    def _keep_the_one_before(self) -> None:
        self.process, self._before = self._before, None
        if self.ready_file is not None and self.process is not None:
            self.ready_file.write_text(f"{self.process.pid}\n")

    def _see_off(self, now: float) -> None:
        """Processes that were replaced end by themselves, or are killed when they do not."""
        for process, until in tuple(self._leaving):
            if process.poll() is None:
                if now < until:
                    continue
                log.warning("killed", process=self.name, after=self.drain_seconds)
                process.kill()
                process.wait()
            self._leaving.remove((process, until))

    def _put_off(self, now: float) -> None:
        self._next_start = now + self._pause
        self._pause = min(LONGEST_PAUSE, self._pause * 2)

    def end(self) -> None:
        """SIGTERM, and SIGKILL when it does not end within its time to drain."""
        self.ask_to_end()
        self.wait_for_end()

    def ask_to_end(self) -> None:
        """SIGTERM; its time to drain begins."""
        for process in self._processes():
            if process.poll() is None:
                process.terminate()
        self._ends = time.monotonic() + self.drain_seconds

    def wait_for_end(self) -> None:
        """After `ask_to_end`; what has not ended by then is killed."""
        for process in self._processes():
            try:
                process.wait(max(0.0, self._ends - time.monotonic()))
            except subprocess.TimeoutExpired:
                log.warning("killed", process=self.name, after=self.drain_seconds)
                process.kill()
                process.wait()

    def _processes(self) -> list[subprocess.Popen[bytes]]:
        leaving = [process for process, _ in self._leaving]
        return [process for process in (self.process, self._before, *leaving) if process is not None]


class Supervisor:
    """Starts children in order, looks after them, ends them in the reverse order."""

    def __init__(self) -> None:
        self._stages: list[tuple[Child, ...]] = []
        self.stopping = StopFlag()
        self._to_replace: list[Child] = []
        self._then: Callable[[], None] | None = None

    def add(self, *children: Child) -> None:
        """Start them. What is added together ends together: workers do not wait for each other."""
        self._stages.append(children)
        for child in children:
            child.start()

    @property
    def children(self) -> list[Child]:
        return [child for stage in self._stages for child in stage]

    def replace(self, children: Iterable[Child], then: Callable[[], None] = lambda: None) -> None:
        """Replace these children, one after the other: two of each at once would need their memory twice.

        `then` is called when the last one's successor takes work.
        """
        self._to_replace, self._then = list(children), then

    def run(self, poll: Callable[[], None] = lambda: None) -> int:
        """Look after the children until somebody sets `stopping`; returns the exit status. `poll` is called often.

        A part that cannot run as it is configured (its port is in use, its socket cannot be made) has said why in one
        line: then nothing runs, so that whoever started it sees that line and not a filter that defers all mail.
        """
        while not self.stopping.wait(LOOK_EVERY):
            for child in self.children:
                if child.cannot_run:
                    log.error("cannot run", process=child.name)
                    return CANNOT_RUN
                child.look_after()
            self._go_on_replacing()
            poll()
        return 0

    def _go_on_replacing(self) -> None:
        if self._then is None or any(child.is_being_replaced for child in self.children):
            return
        if self._to_replace:
            self._to_replace.pop(0).replace()
        else:
            then, self._then = self._then, None
            then()

    @property
    def is_replacing(self) -> bool:
        return self._then is not None

    def end(self) -> None:
        """Last started, first ended: the front drains while its workers still work."""
        for stage in reversed(self._stages):
            for child in stage:
                child.ask_to_end()
            for child in stage:
                child.wait_for_end()
                log.info("ended", process=child.name)

    def stop_on_signals(self) -> None:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self.stopping.set())


def spawner(command: Sequence[str], environment: Mapping[str, str]) -> Callable[[], subprocess.Popen[bytes]]:
    """Starts that command line; it gets SIGTERM when the supervisor dies, and Ctrl-C only through the supervisor."""

    def start() -> subprocess.Popen[bytes]:
        return subprocess.Popen(  # noqa: S603  # our own program with our own arguments
            ending_with_parent(command),
            env={**os.environ, **environment},
            stdin=subprocess.DEVNULL,
            # A terminal sends Ctrl-C to its whole foreground group; parts must end in order, the front first.
            process_group=0,
        )

    return start
