"""A whole mailchord for tests from outside: `mailchord serve` with a configuration of its own in a short directory.

It knows the product only by what an administrator sees: configuration, log lines, health endpoint, files, processes.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

import yaml

from mailchord.postfix import free_port
from tests.milter_client import MilterClient, Result

ROOT = Path(__file__).resolve().parents[2]
# The machine may be busy with other tests.
START_SECONDS = 120.0
STOP_SECONDS = 90.0

HEADERS = ((b"From", b" Anna Example <anna@example.net>"), (b"To", b" bob@example.org"), (b"Subject", b" Hello"))

ZONE = """\
9.113.0.203.in-addr.arpa    PTR    client.example.net
client.example.net          A      203.0.113.9
"""


class Installation:
    """`mailchord serve`, started with `with` and ended by SIGTERM; a test may kill its parts and start it again.

    `settings` are laid over the shipped configuration, section by section. With `unix` the front listens on a socket
    that Postfix may use.
    """

    def __init__(
        self, settings: Mapping[str, Any] | None = None, *, unix: bool = False, arguments: Sequence[str] = ()
    ) -> None:
        # Directly below /tmp: a socket path has at most 107 bytes, and pytest's directories are closed to Postfix.
        self.directory = Path(tempfile.mkdtemp(prefix="mc-system-", dir="/tmp"))
        self.directory.chmod(0o755)
        self.health_port = free_port()
        self.listen = f"unix:{self.directory}/milter.sock" if unix else f"inet:{free_port()}@127.0.0.1"
        self.process: subprocess.Popen[bytes] | None = None
        self._arguments = list(arguments)
        own = {
            "state_dir": str(self.state),
            "front": {"listen": self.listen, "socket_mode": "0666"},
            "health": {"listen": f"127.0.0.1:{self.health_port}"},
            "logging": {"format": "json"},
            # The tests are one client that sends more than a client may.
            "connections": {"allowed_networks": ["203.0.113.0/24"]},
            # No test asks the DNS of the machine that it runs on: nothing exists but the name of the one client.
            "dns": {"zone_file": str(self.directory / "dns.zone")},
        }
        (self.directory / "dns.zone").write_text(ZONE)
        self.configure(merged(own, settings or {}))

    def __enter__(self) -> Installation:
        try:
            self.start()
        except BaseException:
            self._remove()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if kind is None:
                self.stop()
        finally:
            self._remove()

    # Life

    def configure(self, settings: Mapping[str, Any]) -> None:
        """Write the configuration for the next start."""
        self.configuration.write_text(yaml.safe_dump(dict(settings)), encoding="utf-8")

    def start(self) -> None:
        """Returns when every part is well and a message has been judged completely."""
        words = [sys.executable, "-m", "mailchord", "-c", str(self.configuration), "serve", *self._arguments]
        with self.log_file.open("ab") as log:
            self.process = subprocess.Popen(
                words, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment(),
                start_new_session=True,
            )  # fmt: skip
        self.wait_until_well(seconds=START_SECONDS)

    def stop(self) -> float:
        """SIGTERM, as systemd does; returns the seconds until the end, which must be a good one."""
        assert self.process is not None
        session = self.process.pid
        began = time.monotonic()
        self.process.terminate()
        status = self.process.wait(STOP_SECONDS)
        seconds = time.monotonic() - began
        assert status == 0, f"exit status {status}:\n{self.log_end()}"
        self.process = None
        assert eventually(lambda: not processes_of(session), seconds=5), command_lines(processes_of(session))
        return seconds

    def kill(self) -> None:
        """SIGKILL to the supervisor alone; what it started must end by itself."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def wait_until_well(self, *, seconds: float = 60.0) -> None:
        """Until every part is up and a message has been judged completely."""
        assert eventually(self.is_well, seconds=seconds, pause=0.2), f"not well:\n{self.readiness()}\n{self.log_end()}"

    def is_well(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, f"serve has ended:\n{self.log_end()}"
        if self.readiness()[0] != 200:
            return False
        try:
            result = self.judge(seconds=40.0)
        except OSError:
            return False
        verdicts = result.added("X-Mailchord-Verdict")
        return result.outcome == "accept" and len(verdicts) == 1 and "partial" not in verdicts[0]

    def _remove(self) -> None:
        if self.process is not None:
            for pid in processes_of(self.process.pid):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            self.process.wait()
            self.process = None
        shutil.rmtree(self.directory, ignore_errors=True)

    # What it says

    @property
    def configuration(self) -> Path:
        return self.directory / "mailchord.yaml"

    @property
    def state(self) -> Path:
        return self.directory / "state"

    @property
    def log_file(self) -> Path:
        return self.directory / "mailchord.log"

    def client(self, *, seconds: float = 60.0) -> MilterClient:
        """A connection as from an MTA."""
        return MilterClient(self.listen, seconds=seconds)

    def judge(
        self, headers: Sequence[tuple[bytes, bytes]] = HEADERS, body: bytes = b"Hello\r\n", *, seconds: float = 60.0
    ) -> Result:
        """One message on a connection of its own."""
        with self.client(seconds=seconds) as client:
            client.greet()
            return client.message(headers, body)

    def readiness(self, path: str = "/readyz") -> tuple[int, str]:
        """Status and text of the health endpoint; 0 where nobody listens."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.health_port}{path}", timeout=10) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()
        except OSError as error:
            return 0, str(error)

    def log_lines(self, event: str = "") -> list[dict[str, Any]]:
        """Every line of the log, or those of one event; a line that is no JSON object has the event "?"."""
        text = self.log_file.read_text(encoding="utf-8", errors="replace") if self.log_file.exists() else ""
        entries = [_entry(line) for line in text.splitlines()]
        return [entry for entry in entries if not event or entry.get("event") == event]

    def answered(self, queue_id: str) -> dict[str, Any]:
        """The log line about the message with that queue id; it is written before the answer is given."""
        found = [entry for entry in self.log_lines("message answered") if entry["queue_id"] == queue_id]
        assert len(found) == 1, (queue_id, found)
        return found[0]

    def log_end(self) -> str:
        return "\n".join(self.log_file.read_text(encoding="utf-8", errors="replace").splitlines()[-25:])

    def held(self) -> dict[str, Path]:
        """Folders of the quarantine by message id."""
        folder = self.state / "quarantine"
        return {path.name: path for path in folder.glob("*") if not path.name.startswith(".")}

    # Its processes

    def part(self, name: str) -> int:
        """The process id of a part: `front`, `worker-intake-aggregate`, `redis-broker` ..."""
        started = [entry["pid"] for entry in self.log_lines("started") if entry.get("process") == name]
        assert started, f"{name} was never started"
        return int(started[-1])

    @property
    def parts(self) -> dict[str, int]:
        """Every part that was started, with its process id now."""
        return {entry["process"]: entry["pid"] for entry in self.log_lines("started") if "process" in entry}

    def processes(self) -> set[int]:
        """Every process of this installation."""
        assert self.process is not None
        return set(processes_of(self.process.pid))


FAST_WORKER = "worker-intake-aggregate"
POOLS_WORKER = "worker-content-urls-ml-attachments-ocr-sandbox-late"


def environment() -> dict[str, str]:
    """The environment without settings of another mailchord on this machine."""
    return {name: value for name, value in os.environ.items() if not name.startswith("MAILCHORD_")}


def merged(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """Mappings are merged, other values replaced."""
    result = dict(below)
    for name, value in above.items():
        old = result.get(name)
        result[name] = merged(old, value) if isinstance(old, dict) and isinstance(value, Mapping) else value
    return result


def eventually(condition: Callable[[], object], *, seconds: float = 30.0, pause: float = 0.05) -> bool:
    """Whether the condition holds within that time."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if condition():
            return True
        time.sleep(pause)
    return bool(condition())


def processes_of(session: int) -> list[int]:
    """The living processes of a session (setsid(2)); zombies do not count."""
    return [pid for pid, state, found in _all_processes() if found == session and state != "Z"]


def children_of(pid: int) -> list[int]:
    try:
        return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except FileNotFoundError:
        return []


def command_lines(pids: Sequence[int]) -> list[str]:
    found = []
    for pid in pids:
        with contextlib.suppress(OSError):
            found.append(Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace"))
    return found


def resident_bytes(pid: int) -> int:
    """Memory of that process: resident, shared pages included."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def _all_processes() -> Iterator[tuple[int, str, int]]:
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            with contextlib.suppress(OSError):
                # "pid (name) state ppid pgrp session ..."; the name may hold spaces and parentheses (proc(5)).
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
                yield int(entry.name), fields[0], int(fields[3])


def _entry(line: str) -> dict[str, Any]:
    with contextlib.suppress(json.JSONDecodeError):
        found = json.loads(line)
        if isinstance(found, dict):
            return found
    return {"event": "?", "line": line}
