"""Starts `front_process` and reads what it tells."""

from __future__ import annotations

import base64
import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import msgspec

from mailcore.settings import Front, Mode, Networks, Settings, SubjectTag
from tests.milter_client import MilterClient

ROOT = Path(__file__).parents[2]


def settings(folder: Path, *, mode: Mode = Mode.ENFORCE, listen: str = "", **front: object) -> Settings:
    """Settings of a front that listens on a Unix socket in that folder, unless told otherwise."""
    fields: dict[str, object] = {
        "listen": listen or f"unix:{folder}/milter.sock",
        "deadline_seconds": 5.0,
        "authserv_id": "mx.example.com",
        "subject_tag": SubjectTag(prefix="[SPAM]"),
        **front,
    }
    return Settings(
        mode=mode,
        front=msgspec.convert(fields, Front),
        networks=Networks(internal=("192.0.2.0/24", "2001:db8:1::/48"), local_domains=("example.com",)),
    )


class RunningFront:
    """A front process; `tell` waits for what it prints, `log` holds its log lines."""

    def __init__(self, folder: Path, configured: Settings) -> None:
        self.address = configured.front.listen
        self.pressure_file = folder / "pressure"
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.milter_front.front_process", msgspec.json.encode(configured).decode()],
            cwd=ROOT,
            env={**os.environ, "TEST_PRESSURE_FILE": str(self.pressure_file)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        self.log: list[str] = []
        self._events: queue.Queue[dict[str, object] | None] = queue.Queue()
        self._readers = [threading.Thread(target=self._read_events), threading.Thread(target=self._read_log)]
        for reader in self._readers:
            reader.start()

    def client(self) -> MilterClient:
        return MilterClient(self.address)

    def tell(self, event: str, *, seconds: float = 20.0) -> dict[str, object]:
        """The next event of that name; events before it are passed over."""
        until = time.monotonic() + seconds
        while True:
            told = self._events.get(timeout=max(0.01, until - time.monotonic()))
            if told is None:
                raise AssertionError(f"the front ended before {event!r}:\n" + "\n".join(self.log))
            if told["event"] == event:
                return told

    def events(self) -> list[dict[str, object]]:
        """Whatever has been told until now."""
        found = []
        while not self._events.empty():
            told = self._events.get()
            if told is not None:
                found.append(told)
        return found

    def state(self) -> dict[str, int]:
        self.process.send_signal(signal.SIGUSR1)
        told = self.tell("state")
        return {name: int(str(told[name])) for name in ("sessions", "transactions", "kilobytes")}

    def settled(self, *, sessions: int = 0, seconds: float = 10.0) -> dict[str, int]:
        """The state as soon as that many sessions are left: libmilter notices a closed socket by and by."""
        until = time.monotonic() + seconds
        while True:
            state = self.state()
            if state["sessions"] == sessions or time.monotonic() > until:
                return state
            time.sleep(0.05)

    def logged(self, text: str, *, seconds: float = 5.0) -> dict[str, object]:
        """The first log line that holds the text."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            for line in self.log:
                if text in line:
                    return dict(json.loads(line))
            time.sleep(0.02)
        raise AssertionError(f"no log line with {text!r} in:\n" + "\n".join(self.log))

    def stop(self, *, seconds: float = 20.0) -> int:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        status = self.process.wait(seconds)
        for reader in self._readers:
            reader.join()
        for pipe in (self.process.stdout, self.process.stderr):
            if pipe is not None:
                pipe.close()
        return status

    def _read_events(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._events.put(json.loads(line))
        self._events.put(None)

    def _read_log(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.log.append(line.decode("utf-8", "replace").rstrip())


def raw_of(judged: dict[str, object]) -> bytes:
    """The message as the judge got it."""
    return base64.b64decode(str(judged["raw"]))
