"""Running the front: one process, or several that share one listening socket, until they are told to stop."""

from __future__ import annotations

import multiprocessing
import os
import resource
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.process import BaseProcess
from types import FrameType
from typing import TypeVar

import structlog

from mailcore.errors import MailchordError
from mailcore.ports import Judge, Quarantine, Sealer
from mailcore.settings import Settings
from mailcore.stop_flag import StopFlag
from milter_front import milter
from milter_front.connection_filter import FilterStores
from milter_front.front import Front
from milter_front.listening import Address, open_listener, remove_socket

log = structlog.get_logger()

# Beyond the deadline of a running message: storing a held copy and writing the answer.
STOP_GRACE_SECONDS = 5.0
# libmilter writes the last byte of an answer after our callback has returned, and tells nobody when it has.
LAST_BYTE_SECONDS = 0.3
# Each SMTP session of the MTA is an open connection here; the usual soft limit is 1,024.
MOST_OPEN_FILES = 65_536
# A process that cannot start must not be started a thousand times a second.
RESTART_SECONDS = 1.0

# Forked, not spawned: the children inherit libmilter's listening socket.
_forking = multiprocessing.get_context("fork")
SomeJudge = TypeVar("SomeJudge", bound=Judge)


def run_fronts(
    settings: Settings,
    make_judge: Callable[[], SomeJudge],
    quarantine: Quarantine,
    *,
    marker_key: bytes,
    make_stores: Callable[[SomeJudge], FilterStores] | None = None,
    sealer: Sealer | None = None,
    end_judge: Callable[[SomeJudge], None] | None = None,
    on_ready: Callable[[], None] | None = None,
    reload: Callable[[SomeJudge], Settings | None] | None = None,
) -> None:
    """Serve until SIGTERM or SIGINT; running messages are answered first.

    With several `front.processes` these are forked and accept from the same socket, and one that ends by itself is
    started again. Each makes its own judge, and what the connection filter asks, after the fork: connections and
    threads do not survive one. Call it from the main thread, once, before this process starts threads. `end_judge` is
    called in each process after its last answer (exit handlers do not run in forked processes), `on_ready` when the
    socket takes connections. `reload` is called in each process about once a second, and after SIGHUP at once: it
    returns settings that are to be used from then on. Raises ConfigurationError when the front cannot listen,
    MailchordError when libmilter gives up.
    """
    address = _listen(settings)
    parent = os.getpid()
    try:
        with _stopped_by_signals() as stop:

            def serve(ready: Callable[[], None] | None = None) -> None:
                judge = make_judge()
                try:
                    stores = None if make_stores is None else make_stores(judge)
                    front = Front(settings, judge, quarantine, marker_key=marker_key, stores=stores, sealer=sealer)
                    read_anew = None if reload is None else lambda: reload(judge)
                    _serve(front, stop, ready, parent=parent, reload=read_anew)
                finally:
                    if end_judge is not None:
                        end_judge(judge)

            if settings.front.processes == 1:
                serve(on_ready)
                return
            processes = [_start(serve) for _ in range(settings.front.processes)]
            if on_ready is not None:
                on_ready()
            _supervise(processes, serve, stop)
            _stop(processes, settings)
    finally:
        remove_socket(address)


def _listen(settings: Settings) -> Address:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    allowed = MOST_OPEN_FILES if hard == resource.RLIM_INFINITY else min(MOST_OPEN_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < allowed:
        resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, hard))
    address = open_listener(settings.front, milter.open_socket)
    log.info("milter listens", address=address.libmilter, processes=settings.front.processes)
    return address


def _serve(
    front: Front,
    stop: StopFlag,
    on_ready: Callable[[], None] | None,
    *,
    parent: int,
    reload: Callable[[], Settings | None] | None = None,
) -> None:
    milter.install(front)
    failures: list[MailchordError] = []

    def run_libmilter() -> None:
        try:
            milter.run()
        except MailchordError as error:
            failures.append(error)
        finally:
            stop.set()

    # libmilter blocks the signals of the thread that it runs in and stops at once on SIGTERM, in the
    # middle of messages. So it gets a thread of its own, and the signals come to this one.
    threading.Thread(target=run_libmilter, name="libmilter", daemon=True).start()
    if on_ready is not None:
        on_ready()
    # A process whose parent was killed must not keep the port from the next start.
    while not stop.wait(1.0):
        if os.getpid() != parent and os.getppid() != parent:
            break
        if reload is not None and (settings := reload()) is not None:
            front.adopt(settings)
    left = front.running.drain(front.settings.front.deadline_seconds + STOP_GRACE_SECONDS)
    time.sleep(LAST_BYTE_SECONDS)
    # libmilter itself is not stopped: smfi_stop() waits for a lock that accept() may hold for ever when processes
    # share a socket. New messages are deferred from the signal on, and the process ends now.
    log.info("milter stopped", unanswered=left)
    if failures:
        raise failures[0]


@contextmanager
def _stopped_by_signals() -> Iterator[StopFlag]:
    """An event that SIGTERM and SIGINT set, in this process and in those that it forks."""
    stop = StopFlag()

    def on_signal(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    previous = {number: signal.signal(number, on_signal) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield stop
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)


def _start(serve: Callable[[], None]) -> BaseProcess:
    process = _forking.Process(target=serve, name="mailchord front")
    process.start()
    return process


def _supervise(processes: list[BaseProcess], serve: Callable[[], None], stop: StopFlag) -> None:
    supervising = os.getpid()

    def pass_on(number: int, frame: FrameType | None) -> None:
        """Processes that are forked later inherit this handler."""
        if callable(own):
            own(number, frame)
        if os.getpid() != supervising:
            return
        for process in processes:
            if process.pid is not None and process.is_alive():
                os.kill(process.pid, number)

    own = signal.signal(signal.SIGHUP, pass_on)
    while not stop.wait(0.2):
        for process in [one for one in processes if not one.is_alive()]:
            processes.remove(process)
            log.error("front process ended, another one is started", pid=process.pid, status=process.exitcode)
            if not stop.wait(RESTART_SECONDS):
                processes.append(_start(serve))


def _stop(processes: list[BaseProcess], settings: Settings) -> None:
    for process in processes:
        process.terminate()
    given_up = time.monotonic() + settings.front.deadline_seconds + 2 * STOP_GRACE_SECONDS
    for process in processes:
        process.join(max(0.0, given_up - time.monotonic()))
        if process.is_alive():
            log.error("front process does not end, it is killed", pid=process.pid)
            process.kill()
            process.join()
