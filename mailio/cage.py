"""A cage: the process in which parsers of hostile files run, seen from the process that needs their answers.

It is forked when it is first needed, after everything is loaded, closes itself in (`mailio.cage_layers`) and works on
one message after the other. Its parent waits with a clock in its hand: a cage that is late, dies or makes no sense is
killed, that message has failed, and the next one gets a fresh cage.
"""

from __future__ import annotations

import contextlib
import math
import os
import resource
import select
import socket
import threading
import time
import weakref
from collections.abc import Callable, Mapping

import msgspec
import structlog

from mailcore.errors import CageBroken, ScanInterrupted
from mailcore.sandbox_settings import Sandbox
from mailcore.wire import decode, encode
from mailio import cage_child
from mailio.cage_child import CagedWork
from mailio.cage_layers import readable_paths
from mailio.cage_ports import ERRORS, Outside
from mailio.cage_process import Inmate, allow_processor_time, end_all, forget, fork, private_pages, status_of
from mailio.cage_wire import HEAD, Call, Kind, NoSense, Ready, Request, failure, frame, read_failure, read_head
from mailio.system_calls import load_library
from mailio.time_limits import time_limits_wait

log = structlog.get_logger("mailchord.cage")

# Share of the time after which a cage is killed: the parsers have bounds of their own, which strike before it.
KILL_SHARE = 0.95
# A fork of a large process and closing it in take 10 to 40 ms; a machine that is overloaded takes longer.
START_SECONDS = 5.0
# Growth of a cage, as a share of what it may use, after which a fresh one takes over.
GROWTH_SHARE = 0.25
# How long a cage that has hung up may take to be dead, before it is killed.
DYING_SECONDS = 0.5
# After a message this large, and after every so many others, it is seen how much a cage has grown.
LARGE_BYTES = 1_048_576
LOOKED_AT = 16
READ_AT_ONCE = 65_536
BUFFERS_AT_ONCE = 512  # IOV_MAX is 1,024


class Cage:
    """Runs `works` (by name) in a process of its own. One message at a time; threads wait for each other."""

    def __init__(
        self,
        works: Mapping[str, CagedWork],
        *,
        options: Sandbox,
        outside: Outside | None = None,
        before_fork: Callable[[], None] = lambda: None,
        tell: Callable[[Ready], None] = lambda _layers: None,
    ) -> None:
        """`before_fork` loads what a cage cannot load itself, since finding it takes other programs.

        `tell` hears how the first cage of this process is closed in.
        """
        self._works = works
        self._options = options
        self._outside = outside or Outside()
        self._before_fork = before_fork
        self._lock = threading.Lock()
        self._holder: list[Inmate] = []
        self._tell = tell
        self._told = False
        weakref.finalize(self, end_all, self._holder)

    def run(self, work: str, head: bytes, parts: Mapping[str, bytes], *, seconds: float) -> bytes:
        """What that work answers. `head` describes it, `parts` are bytes of mail.

        Raises ScanInterrupted when its time is over, CageBroken for every other way in which there is no answer.
        """
        ends = time.monotonic() + seconds * KILL_SHARE
        with self._lock:
            inmate = self._inmate(ends)
            try:
                return self._answer(inmate, work, head, parts, seconds=seconds, ends=ends)
            except _Answered as answered:
                raise answered.error from None
            except TimeoutError:
                self._end()
                raise ScanInterrupted(f"what it read was not read after {seconds * KILL_SHARE:.1f} s") from None
            except (EOFError, OSError, NoSense) as error:
                reason = self._end(patience=DYING_SECONDS)
                words = f"it said {error}" if isinstance(error, NoSense) else reason
                log.warning("cage ended", work=work, reason=words)
                raise CageBroken(f"the process that read it did not survive: {words}") from None
            # An alarm of this process may strike anywhere: what the cage is at then is nobody's any more.
            except BaseException:
                self._end()
                raise
            finally:
                self._clear_up()

    def layers(self) -> Ready:
        """How a cage is closed in here: starts one, if there is none. Raises CageBroken."""
        with self._lock:
            return self._inmate(time.monotonic() + START_SECONDS).layers

    def close(self) -> None:
        """End the process, if there is one. Another may be started later."""
        with self._lock:
            self._end()

    def _inmate(self, ends: float) -> Inmate:
        """The running cage, or a new one."""
        if self._holder:
            inmate = self._holder[0]
            if inmate.parent == os.getpid() and status_of(inmate.pid) is None:
                return inmate
            forget(self._holder)
        self._before_fork()
        with contextlib.suppress(ImportError):  # the cage says so itself: a layer that is missing
            load_library()
        try:
            inmate = self._start()
            kind, payload = self._receive(inmate, min(ends, time.monotonic() + START_SECONDS))
            if kind is not Kind.READY:
                raise NoSense(kind.name)
            inmate.layers = decode(payload, Ready)
        except TimeoutError:
            self._end()
            raise ScanInterrupted("no process to read it in was ready in time") from None
        except (EOFError, OSError, NoSense, msgspec.DecodeError) as error:
            reason = self._end(patience=DYING_SECONDS)
            raise CageBroken(f"no process to read it in: {str(error) or reason}") from None
        except BaseException:
            self._end()
            raise
        inmate.private_pages = private_pages(inmate.pid)
        self._check(inmate.layers)
        return inmate

    def _start(self) -> Inmate:
        readable, parent = readable_paths(), os.getpid()
        with time_limits_wait(), contextlib.ExitStack() as on_failure:
            try:
                shared = os.memfd_create("mailchord-cage", os.MFD_CLOEXEC)
                on_failure.callback(os.close, shared)
                ours, theirs = (end.detach() for end in socket.socketpair())
                on_failure.callback(os.close, ours)
                on_failure.callback(os.close, theirs)
                pid = fork()
            except OSError as error:
                raise CageBroken(f"no process to read it in: {error}") from None
            on_failure.pop_all()
            if pid == 0:
                cage_child.live(
                    theirs,
                    shared,
                    self._works,
                    self._outside,
                    parent=parent,
                    readable=readable,
                    memory_bytes=self._options.memory_bytes,
                )
            os.close(theirs)
            os.set_blocking(ours, False)
            inmate = Inmate(pid=pid, parent=parent, channel=ours, shared=shared)
            self._holder.append(inmate)
        return inmate

    def _check(self, layers: Ready) -> None:
        """Raises CageBroken where it is not closed in well enough."""
        lacking = [name for name in self._options.required if name not in layers.active]
        if lacking:
            self._end()
            words = "; ".join(f"{name}: {layers.missing.get(name, 'not there')}" for name in lacking)
            raise CageBroken(f"sandbox.required is not met: {words}")
        if not self._told:
            self._tell(layers)
        self._told = True

    def _answer(
        self, inmate: Inmate, work: str, head: bytes, parts: Mapping[str, bytes], *, seconds: float, ends: float
    ) -> bytes:
        """Hand over the work and wait. Raises _Answered for an error of the work itself."""
        request = Request(
            work=work, seconds=seconds, head=len(head), parts=tuple((name, len(part)) for name, part in parts.items())
        )
        inmate.size = write_all(inmate.shared, [head, *parts.values()])
        allow_processor_time(inmate, seconds)
        inmate.messages += 1
        self._send(inmate, frame(Kind.REQUEST, encode(request)), ends)
        while True:
            kind, payload = self._receive(inmate, ends)
            match kind:
                case Kind.ANSWER:
                    return payload
                case Kind.FAILURE:
                    raise _Answered(self._error(payload))
                case Kind.CALL:
                    self._send(inmate, self._call(payload, ends), ends)
                case _:
                    raise NoSense(f"{kind.name} instead of an answer")

    def _error(self, payload: bytes) -> Exception:
        found = read_failure(payload)
        if found.name == "MemoryError":
            # Memory that was used up stays used up.
            self._end()
        words = f"{found.name}: {found.words}" if found.words else found.name
        return ScanInterrupted(found.words) if found.name == "ScanInterrupted" else CageBroken(words)

    def _call(self, payload: bytes, ends: float) -> bytes:
        """The frame that answers a call of a port."""
        try:
            call = decode(payload, Call)
        except msgspec.DecodeError as error:
            raise NoSense(f"a call that is none: {error}") from None
        left = ends - time.monotonic()
        if left <= 0:
            raise TimeoutError
        try:
            # In this order: what the cage asks for may be no number.
            answer = self._outside.run(call.port, call.payload, seconds=max(0.0, min(left, call.seconds)))
            return frame(Kind.PORT_ANSWER, answer)
        except tuple(ERRORS.values()) as error:
            return frame(Kind.PORT_ERROR, failure(error))

    def _send(self, inmate: Inmate, data: bytes, ends: float) -> None:
        left = memoryview(data)
        while left:
            try:
                left = left[os.write(inmate.channel, left) :]
            except BlockingIOError:
                wait(inmate.channel, select.POLLOUT, ends)

    def _receive(self, inmate: Inmate, ends: float) -> tuple[Kind, bytes]:
        """The next frame. One at a time: a cage says nothing before it is asked."""
        found = bytearray()
        kind, size = None, HEAD.size
        while len(found) < size:
            wait(inmate.channel, select.POLLIN, ends)
            piece = os.read(inmate.channel, READ_AT_ONCE)
            if not piece:
                raise EOFError
            found += piece
            if kind is None and len(found) >= HEAD.size:
                kind, length = read_head(found[: HEAD.size])
                size = HEAD.size + length
        if kind is None or len(found) > size:
            raise NoSense("more than it was asked")
        return kind, bytes(found[HEAD.size :])

    def _clear_up(self) -> None:
        """Free what is large. A cage that has seen many messages, or has grown, ends; the next message gets another."""
        if not self._holder:
            return
        inmate = self._holder[0]
        is_large = inmate.size > LARGE_BYTES
        if is_large:
            os.ftruncate(inmate.shared, 0)
        if inmate.messages < self._options.messages and not is_large and inmate.messages % LOOKED_AT:
            return
        grown = private_pages(inmate.pid) - inmate.private_pages
        has_grown = grown > self._options.memory_bytes * GROWTH_SHARE / resource.getpagesize()
        if has_grown or inmate.messages >= self._options.messages:
            self._end()

    def _end(self, *, patience: float = 0.0) -> str:
        """Kill the cage; in words, how it ended if it does so by itself within `patience` seconds."""
        with time_limits_wait():
            return end_all(self._holder, patience=patience)


class _Answered(Exception):
    """The work raised, and the cage is well."""

    def __init__(self, error: Exception) -> None:
        super().__init__(str(error))
        self.error = error


def wait(descriptor: int, events: int, ends: float) -> None:
    """Raises TimeoutError when nothing happens until `ends`."""
    poll = select.poll()
    poll.register(descriptor, events)
    left = ends - time.monotonic()
    if left <= 0 or not poll.poll(math.ceil(left * 1_000)):
        raise TimeoutError


def write_all(shared: int, pieces: list[bytes]) -> int:
    """The pieces one after the other, from the beginning of the shared memory; their size. Raises OSError."""
    begin = 0
    for first in range(0, len(pieces), BUFFERS_AT_ONCE):
        batch = pieces[first : first + BUFFERS_AT_ONCE]
        size = sum(map(len, batch))
        if os.pwritev(shared, batch, begin) != size:
            raise OSError("the message does not fit into memory")
        begin += size
    return begin
