"""A small installation for tests: a private Redis, real Celery workers, and a pipeline as a front has it."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from mailcore.message import Envelope
from mailcore.verdict import Verdict
from mailio.state import RedisState
from tasks.submission import Pipeline, Submission, build_pipeline
from tests.redis_server import RedisServer
from tests.tasks.pools_for_tests import settings_for_tests

ROOT = Path(__file__).resolve().parents[2]
FAST = "intake,aggregate"
SLOW = "content,urls,attachments,ocr,late"
ENVELOPE = Envelope(sender="sender@example.org", recipients=("one@example.net",), queue_id="4QUEUE")


class Cluster:
    """Start it with `with`; workers and Redis may be killed and started again inside."""

    def __init__(
        self, *, deadline: float = 3.0, memory_limit: str = "64mb", counted_every: float = 0.1, caged: bool = False
    ) -> None:
        """`caged`: pools that open files run in a cage, as they do by default outside of tests."""
        self.redis = RedisServer(memory_limit=memory_limit)
        self.deadline = deadline
        self.counted_every = counted_every
        self.caged = caged
        self.workers: dict[str, subprocess.Popen[bytes]] = {}
        self.pipeline: Pipeline

    def __enter__(self) -> Cluster:
        self.redis.start()
        self.start_worker(FAST)
        self.start_worker(SLOW)
        self.pipeline = build_pipeline(settings_for_tests(self.redis.url(), deadline=self.deadline), "test-1")
        self.pipeline.start()
        self.warm_up()
        return self

    def __exit__(self, *_: object) -> None:
        self.pipeline.stop()
        for worker in self.workers.values():
            worker.terminate()
        for worker in self.workers.values():
            try:
                worker.wait(10)
            except subprocess.TimeoutExpired:
                worker.kill()
                worker.wait()
        self.redis.__exit__()

    def start_worker(self, queues: str) -> None:
        words = [sys.executable, "-m", "tests.tasks.worker_for_tests", self.redis.url(), queues]
        words += [str(self.deadline), str(self.counted_every)]
        words += ["caged"] if self.caged else []
        self.workers[queues] = subprocess.Popen(words, cwd=ROOT, stderr=subprocess.DEVNULL)

    def warm_up(self) -> None:
        """Until both workers answer."""
        until = time.monotonic() + 40
        while time.monotonic() < until:
            if not self.judge("content=clean urls=clean").partial:
                return
        raise AssertionError("the workers did not start")

    def submission(self, subject: str, body: bytes = b"text\r\n") -> Submission:
        submission = self.pipeline.begin()
        submission.header(b"Subject", b" " + subject.encode())
        submission.header(b"Message-ID", f" <{submission.id}@example.org>".encode())
        submission.body(body)
        return submission

    def judge(
        self, subject: str, *, envelope: Envelope = ENVELOPE, progress: Callable[[], None] = lambda: None
    ) -> Verdict:
        """The verdict on a mail whose subject tells the pools what to do."""
        submission = self.submission(subject)
        try:
            return submission.verdict(envelope, truncated=False, progress=progress)
        finally:
            submission.close()

    @property
    def state(self) -> RedisState:
        return RedisState(self.redis.client(2))

    def kill_children(self, queues: str) -> None:
        for pid in children_of(self.workers[queues].pid):
            os.kill(pid, signal.SIGKILL)

    @contextlib.contextmanager
    def frozen_workers(self) -> Iterator[None]:
        """Nobody takes a task meanwhile."""
        for worker in self.workers.values():
            worker.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            for worker in self.workers.values():
                worker.send_signal(signal.SIGCONT)

    def end_worker(self, queues: str) -> None:
        """As an administrator ends it."""
        worker = self.workers.pop(queues)
        worker.terminate()
        worker.wait(30)

    def kill_worker(self, queues: str) -> None:
        worker = self.workers.pop(queues)
        worker.kill()
        worker.wait()


def children_of(pid: int) -> list[int]:
    return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def eventually(condition: Callable[[], bool], *, seconds: float = 10.0) -> bool:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if condition():
            return True
        time.sleep(0.05)
    return condition()
