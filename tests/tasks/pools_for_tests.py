"""Pools that do what a message tells them: find, be slow, hang, raise, return garbage, die. For tests of the pipeline.

The subject of a mail holds words like `attachments=hang`; see `BEHAVIOURS`.
"""

from __future__ import annotations

import ctypes
import os
import signal
import time
from collections.abc import Callable, Iterable, Mapping

from mailcore.detector import Detector, Hit, Lifecycle
from mailcore.message import Message
from mailcore.sandbox_settings import Sandbox
from mailcore.settings import Front, InPlace, PoolSettings, Redis, Settings
from mailcore.view import Lists, MailView
from mailio.cage_ports import Outside
from tasks.caged_pools import caged_pools
from tasks.scanner import Scanner
from workers.pool import Gathered, Pool, Work


def pool_that_obeys(name: str) -> Pool:
    """A pool called `name` whose work on a message is what the subject says after `name=`; no word, no work."""

    def behaviour(message: Message) -> str:
        words = dict(word.split("=", 1) for word in message.subject.split() if "=" in word)
        return words.get(name, "")

    def work(message: Message) -> Work | None:
        if behaviour(message) == "starve":
            raise MemoryError
        return Work(light=True) if behaviour(message) else None

    def gather(view: MailView, parts: Mapping[str, bytes], *, seconds: float) -> Gathered:
        return BEHAVIOURS[behaviour(view.message)](view)

    def detect(view: MailView) -> Iterable[Hit]:
        if behaviour(view.message) == "garbage":
            return [{"not": "a hit"}]  # type: ignore[list-item]  # that is the point
        if behaviour(view.message) in ("bad", "tardy"):
            return [Hit(summary=f"{name} found something.")]
        return []

    detector = Detector(
        id=f"{name}_found", category=name, weight=20.0, run=detect, description="d", lifecycle=Lifecycle.STABLE
    )
    return Pool(name=name, work=work, gather=gather, detectors=(detector,))


def clean(view: MailView) -> Gathered:
    return Gathered(view=view)


def slow(view: MailView) -> Gathered:
    time.sleep(1.5)
    return Gathered(view=view)


def brief(view: MailView) -> Gathered:
    time.sleep(0.05)
    return Gathered(view=view)


def tardy(view: MailView) -> Gathered:
    """Longer than the deadline of the tests, shorter than the limit of late work; finds something in the end."""
    time.sleep(4.0)
    return Gathered(view=view)


def hang(_view: MailView) -> Gathered:
    """Cannot be interrupted from Python, like a C parser in a loop: signals are shut out."""
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGALRM, signal.SIGUSR1})
    time.sleep(600)
    raise AssertionError("somebody should have killed this process")


def spin(_view: MailView) -> Gathered:
    """In C for ever, as a parser may: no Python handler runs meanwhile."""
    sum(range(10**13))
    raise AssertionError("somebody should have killed this process")


def raise_error(_view: MailView) -> Gathered:
    raise RuntimeError("a bug in a pool")


def die(_view: MailView) -> Gathered:
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("dead")


def crash(_view: MailView) -> Gathered:
    """As a C parser does that was handed a wrong length."""
    ctypes.string_at(8)
    raise AssertionError("dead")


def eat_memory(view: MailView) -> Gathered:
    hoard = [bytearray(50_000_000) for _ in range(100)]
    return Gathered(view=view, bytes_read=len(hoard))


BEHAVIOURS: dict[str, Callable[[MailView], Gathered]] = {
    "clean": clean,
    "bad": clean,
    "garbage": clean,
    "brief": brief,
    "slow": slow,
    "tardy": tardy,
    "hang": hang,
    "spin": spin,
    "raise": raise_error,
    "die": die,
    "crash": crash,
    "eat": eat_memory,
}

POOLS = ("content", "urls", "attachments", "ocr", "ml")


def settings_for_tests(broker: str = "", *, deadline: float = 3.0, claims: str = "", state: str = "") -> Settings:
    """Content runs in place, the others as tasks of their own; seconds instead of tens of seconds."""
    options = {name: PoolSettings(in_place=InPlace.NEVER, seconds=deadline, late_seconds=5.0) for name in POOLS}
    options["content"] = PoolSettings(in_place=InPlace.ALWAYS, seconds=deadline)
    # All work is light in these pools; `tasks.in_place` says how long that may take.
    options["ml"] = PoolSettings(in_place=InPlace.LIGHT, seconds=10.0)
    return Settings(
        pools=options,
        redis=Redis(broker=broker, claims=claims, state=state, timeout_seconds=1.0),
        front=Front(deadline_seconds=deadline, reserve_seconds=0.7, progress_seconds=0.3),
        # What eats memory has to be at the bound within these seconds.
        sandbox=Sandbox(memory_bytes=134_217_728),
    )


def scanner_for_tests(
    settings: Settings, *, interrupts: tuple[type[Exception], ...] = (), caged: bool = False
) -> Scanner:
    pools = {name: pool_that_obeys(name) for name in POOLS}
    return Scanner(
        settings=settings,
        pools=caged_pools(pools, settings.sandbox, Outside()) if caged else pools,
        lists=Lists(),
        policy_version="test-1",
        interrupts=interrupts,
    )
