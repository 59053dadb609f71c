"""`mailchord serve` as an administrator sees it: it drains, restarts what died, says what is wrong, scales."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from mailchord.demo_archives import zip_file
from mailchord.demo_files import text_picture
from mailchord.postfix import free_port
from mailcore.settings import OPTIONAL_POOLS
from mailio.redis_client import connect
from tasks.queues import QUEUES
from tests.mail import mail
from tests.milter_client import Result
from tests.system.few_rules import WithFewRules
from tests.system.installation import (
    FAST_WORKER,
    HEADERS,
    POOLS_WORKER,
    ROOT,
    Installation,
    children_of,
    environment,
    eventually,
    processes_of,
)
from tests.system.test_parity import taken_apart

pytestmark = [pytest.mark.system, pytest.mark.timeout(300)]

DEADLINE = 6.0
# What answering at the deadline may take on a busy machine.
SLACK = 2.5
FLOWER_PORT = free_port()
SETTINGS = {
    "front": {"deadline_seconds": DEADLINE},
    # What is accepted was seen by every pool.
    "policy": {"missing_pools": dict.fromkeys(("auth", "ml", "ocr", "sandbox"), "tempfail")},
    "workers": [
        {"pools": ["intake", "aggregate"], "processes": 2},
        {"pools": ["auth"], "threads": 4},
        {"pools": ["content", "urls", "ml", "attachments", "ocr", "sandbox", "late"], "autoscale": "1,3"},
    ],
}
# A task for the pools' worker: intake does not open archives itself.
WITH_ARCHIVE = mail(attachments=[("minutes.zip", zip_file({"minutes.txt": b"The minutes"}))])


@pytest.fixture(scope="module")
def running() -> Iterator[Installation]:
    with WithFewRules(SETTINGS, arguments=["--flower", "--flower-port", str(FLOWER_PORT)]) as started:
        yield started


@pytest.fixture
def installation(running: Installation) -> Installation:
    running.wait_until_well(seconds=90)
    return running


class Message:
    """One message whose answer is waited for in a thread."""

    def __init__(self, installation: Installation, raw: bytes = b"") -> None:
        headers, body = taken_apart(raw) if raw else (HEADERS, b"Hello\r\n")
        self._client = installation.client(seconds=60)
        self.result: Result | None = None
        self.seconds = 0.0
        self._thread = threading.Thread(target=self._wait, args=(headers, body), daemon=True)
        self._thread.start()

    def _wait(self, headers: Sequence[tuple[bytes, bytes]], body: bytes) -> None:
        with self._client as client:
            client.greet()
            began = time.monotonic()
            self.result = client.message(headers, body)
            self.seconds = time.monotonic() - began

    @property
    def is_waiting(self) -> bool:
        return self._thread.is_alive()

    def answer(self) -> Result:
        self._thread.join(60)
        assert self.result is not None
        return self.result


def tree(pid: int) -> list[int]:
    return [pid, *children_of(pid)]


@contextlib.contextmanager
def frozen(*pids: int) -> Iterator[None]:
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)


def has_begun(installation: Installation) -> bool:
    """Whether a message waits in the broker or in a worker: the front has published it."""
    broker = connect(f"unix://{installation.state}/redis/broker.sock?db=1", timeout=2.0)
    return any(True for _ in broker.scan_iter("mailchord:*:job"))


# The end


def test_what_runs_is_answered_before_the_end_and_state_is_kept(installation: Installation) -> None:
    state = f"unix://{installation.state}/redis/state.sock?db=0"
    connect(state, timeout=2.0).set("test:kept", "yes")
    with frozen(*tree(installation.part(FAST_WORKER))):
        message = Message(installation)
        assert eventually(lambda: has_begun(installation))
        stopping = threading.Thread(target=installation.stop)
        stopping.start()
        # The front takes nothing more now; the workers are still there for what it has.
        assert eventually(lambda: "stopping" in [entry["event"] for entry in installation.log_lines()])
    try:
        assert message.answer().outcome == "accept"
        assert message.seconds < DEADLINE + SLACK
        stopping.join(60)
        assert installation.process is None
    finally:
        stopping.join(60)
        installation.start()
    assert connect(state, timeout=2.0).get("test:kept") == b"yes"


def test_what_cannot_be_judged_is_deferred_before_the_end(installation: Installation) -> None:
    with frozen(*tree(installation.part(FAST_WORKER))):
        message = Message(installation)
        assert eventually(lambda: has_begun(installation))
        stopping = threading.Thread(target=installation.stop)
        stopping.start()
        answer = message.answer()
    stopping.join(60)
    assert not stopping.is_alive()
    installation.start()
    assert (answer.outcome, answer.text[:9]) == ("tempfail", "451 4.7.1")
    assert message.seconds < DEADLINE + SLACK


@pytest.mark.chaos
def test_nothing_outlives_a_supervisor_that_is_killed(installation: Installation) -> None:
    assert installation.process is not None
    session = installation.process.pid
    installation.kill()
    assert eventually(lambda: not processes_of(session), seconds=30)
    installation.start()


# Deaths


@pytest.mark.chaos
@pytest.mark.parametrize("name", [FAST_WORKER, POOLS_WORKER, "front", "redis-broker", "redis-state"])
def test_dead_part_is_seen_and_comes_back(installation: Installation, name: str) -> None:
    others = {part: pid for part, pid in installation.parts.items() if part != name}
    before = installation.part(name)
    os.kill(before, signal.SIGKILL)
    # The others are back before somebody who asks now and then can have noticed.
    if name.startswith("worker-"):
        assert eventually(lambda: installation.readiness()[0] == 503, seconds=10), "the health endpoint tells"
        assert f"{name}: it is " in installation.readiness()[1]
    assert eventually(lambda: installation.part(name) != before, seconds=60)
    installation.wait_until_well(seconds=90)
    assert installation.part(name) != before
    assert {part: installation.parts[part] for part in others} == others, "the others were left alone"


@pytest.mark.chaos
def test_a_part_that_dies_again_is_started_with_longer_pauses(installation: Installation) -> None:
    def pauses() -> list[float]:
        return [entry["restart_in"] for entry in installation.log_lines("died") if entry["process"] == "front"]

    known = len(pauses())
    for count in (1, 2):
        before = installation.part("front")
        os.kill(before, signal.SIGKILL)
        assert eventually(lambda count=count: len(pauses()) == known + count)  # type: ignore[misc]
        assert eventually(lambda before=before: installation.part("front") != before, seconds=60)  # type: ignore[misc]
    first, second = pauses()[known:]
    assert second == min(30.0, 2 * first)


@pytest.mark.chaos
def test_worker_killed_in_the_middle_of_a_message(installation: Installation) -> None:
    worker = installation.part(POOLS_WORKER)
    with frozen(*tree(worker)):
        message = Message(installation, WITH_ARCHIVE)
        assert eventually(lambda: has_begun(installation))
        os.kill(worker, signal.SIGKILL)
        answer = message.answer()
    # Its successor may be fast enough to answer in time; if not, nothing is accepted unscanned.
    assert answer.outcome in ("accept", "tempfail")
    assert answer.added("X-Mailchord-Verdict") == ([" accept"] if answer.outcome == "accept" else [])
    assert message.seconds < DEADLINE + SLACK


@pytest.mark.chaos
def test_broker_that_hangs_defers_mail_and_harms_nothing(installation: Installation) -> None:
    parts = installation.parts
    with frozen(installation.part("redis-broker")):
        message = Message(installation)
        assert message.answer().outcome == "tempfail"
        assert message.seconds < DEADLINE + SLACK
        assert eventually(lambda: installation.readiness()[0] == 503, seconds=15)
    installation.wait_until_well(seconds=60)
    assert installation.parts == parts, "recovered without any restart"


# Scaling and looking


@pytest.mark.chaos
@pytest.mark.parametrize("broker", ["was there all the time", "was lost before"])
def test_children_come_with_the_load(installation: Installation, broker: str) -> None:
    if broker == "was lost before":
        before = installation.part("redis-broker")
        os.kill(before, signal.SIGKILL)
        assert eventually(lambda: installation.part("redis-broker") != before)
        installation.wait_until_well(seconds=90)
    line = "Many words in a picture that takes some time to read"

    def raw(number: int) -> bytes:
        # Each a picture of its own: nothing may be known from the last time.
        picture = text_picture("\n".join(f"{line}, {number}, when it {broker}" for _ in range(30)))
        return mail(attachments=[(f"letter-{number}.png", picture)])

    numbers = itertools.count()
    messages: list[Message] = []
    most = 0

    def has_grown() -> bool:
        nonlocal most
        # Again, where a busy machine took nothing on before its time was over.
        if not any(message.is_waiting for message in messages):
            messages.extend(Message(installation, raw(next(numbers))) for _ in range(12))
        most = max(most, len(children_of(installation.part(POOLS_WORKER))))
        return most > 1

    try:
        assert eventually(has_grown, seconds=90)
        assert most <= 3
    finally:
        for message in messages:
            message.answer()


def from_flower(path: str) -> Any:
    with urllib.request.urlopen(f"http://127.0.0.1:{FLOWER_PORT}{path}", timeout=30) as answer:
        return json.load(answer)


def test_flower_shows_pools_and_tasks_by_name(installation: Installation) -> None:
    found: dict[str, Any] = {}

    def shows_everything() -> bool:
        # Flower comes up later than the others, and learns of workers by their events.
        with contextlib.suppress(OSError):
            installation.judge(*taken_apart(WITH_ARCHIVE))
            found["workers"] = list(from_flower("/api/workers?refresh=1"))
            found["tasks"] = {task["name"] for task in from_flower("/api/tasks?limit=100").values()}
            names = " ".join(found["workers"])
            return (
                "intake-aggregate@" in names and "-ocr-" in names and {"intake", "scan.attachments"} <= found["tasks"]
            )
        return False

    assert eventually(shows_everything, seconds=60, pause=1.0), found


def test_status_names_every_part(installation: Installation) -> None:
    status, text = installation.readiness("/status")
    answer = json.loads(text)
    assert (status, answer["ready"]) == (200, True)
    assert {FAST_WORKER, POOLS_WORKER, "front", "redis-broker", "redis-state", "redis"} <= set(answer["parts"])


def test_the_doctor_finds_the_private_servers_and_every_worker(installation: Installation) -> None:
    words = [sys.executable, "-m", "mailchord", "-c", str(installation.configuration), "doctor", "--json"]
    done = subprocess.run(words, cwd=ROOT, env=environment(), capture_output=True, text=True, timeout=90, check=False)
    levels = {each["name"]: each["level"] for each in json.loads(done.stdout or "{}").get("results", ())}
    assert done.returncode in (0, 1), done.stderr
    assert levels["redis broker"] == levels["visibility timeout"] == "ok"
    # A worker that is held up for a second by other tests does not answer; the doctor knows its queue all the same.
    assert {f"workers for {queue}" for queue in QUEUES if queue not in OPTIONAL_POOLS} <= set(levels)
