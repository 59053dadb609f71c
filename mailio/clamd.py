"""Shows files to clamd, the daemon of ClamAV (clamd(8), command INSTREAM), over a Unix socket or TCP.

A clamd that fails is left alone for a while: mail does not wait for it again and again. Its absence stands in the log,
with the files that it did not see, and in `mailchord doctor`.
"""

from __future__ import annotations

import re
import socket
import struct
import time
from collections.abc import Callable
from contextlib import suppress

import structlog

from mailcore.file_settings import Clamd
from mailcore.known_files import MalwareAnswer
from mailcore.ports import MalwareScanner
from mailcore.wire import decode, encode
from mailio.cage_ports import Outside, Port
from mailio.socket_addresses import ADDRESS

log = structlog.get_logger("mailchord.clamd")

PIECE = 131_072
MOST_ANSWER = 4_096  # bytes; an answer is a line
# How old the version of the signatures may be when it is part of what an attachment is remembered by.
VERSION_SECONDS = 60.0
VERSION_WAIT = 1.0

_FOUND = re.compile(r"(?:stream|instream\(.{0,100}\)): (?P<name>[\x21-\x7e]{1,200}) FOUND")


class ClamdFailed(Exception):
    """No answer, or none that makes sense: why, in words."""


class ClamdScanner:
    """Implements `mailcore.ports.MalwareScanner`."""

    def __init__(self, settings: Clamd, *, stopwatch: Callable[[], float] = time.monotonic) -> None:
        self.required = settings.required
        self._settings = settings
        self._stopwatch = stopwatch
        self._closed_until = float("-inf")
        self._why = ""
        self._version = ("", float("-inf"))

    def scan(self, data: bytes, *, seconds: float) -> MalwareAnswer:
        """See `mailcore.ports.MalwareScanner`."""
        if len(data) > self._settings.most_bytes:
            return MalwareAnswer(problem=f"larger than what is shown to clamd ({self._settings.most_bytes:,} bytes)")
        if self._stopwatch() < self._closed_until:
            return MalwareAnswer(problem=f"clamd is away: {self._why}")
        seconds = min(seconds, self._settings.seconds)
        try:
            answer = ask(self._settings.socket, b"zINSTREAM\0", data, seconds=seconds, stopwatch=self._stopwatch)
            found = read_answer(answer)
        except ClamdFailed as failed:
            # Little time was left for this file: that says nothing of clamd.
            if seconds >= min(1.0, self._settings.seconds):
                self._close(str(failed))
            return MalwareAnswer(problem=f"clamd did not look at it: {failed}")
        self._open()
        return found

    def version(self) -> str:
        """Its version and that of its signatures, not older than a minute; "" where it does not answer."""
        now = self._stopwatch()
        if now < self._closed_until:
            return ""
        if now - self._version[1] >= VERSION_SECONDS:
            try:
                answer = ask(
                    self._settings.socket, b"zVERSION\0", None, seconds=VERSION_WAIT, stopwatch=self._stopwatch
                )
            except ClamdFailed as failed:
                self._close(str(failed))
                return ""
            self._version = (answer, now)
        return self._version[0]

    def _close(self, why: str) -> None:
        """Nobody asks for a while. One line for the whole of an absence, however long it is."""
        pause = self._settings.pause_seconds
        if not self._why:
            log.warning("clamd is away", reason=why, pause_seconds=pause, required=self.required)
        self._closed_until, self._why = self._stopwatch() + pause, why
        self._version = ("", float("-inf"))

    def _open(self) -> None:
        if self._why:
            log.info("clamd is back")
        self._why = ""


def read_answer(answer: str) -> MalwareAnswer:
    """What an answer of clamd to INSTREAM means. Raises ClamdFailed for one that makes no sense."""
    if answer == "stream: OK":
        return MalwareAnswer()
    found = _FOUND.fullmatch(answer)
    if found is not None:
        return MalwareAnswer(name=found["name"])
    if answer.endswith("ERROR"):
        # It is well, and cannot look at this file: too large for it, too deep, broken.
        return MalwareAnswer(problem=f"clamd could not look at it: {answer[:200]}")
    raise ClamdFailed(f"it said {answer[:60]!r}")


def ask(
    address: str,
    command: bytes,
    data: bytes | None,
    *,
    seconds: float,
    stopwatch: Callable[[], float] = time.monotonic,
) -> str:
    """What clamd answers to a command, with a stream behind it or not. Raises ClamdFailed."""
    ends = stopwatch() + seconds
    try:
        with connected(address, seconds=seconds) as opened:
            # It answers, and hangs up, as soon as it has seen enough.
            with suppress(BrokenPipeError, ConnectionResetError):
                opened.sendall(command)
                if data is not None:
                    _send_stream(opened, data, ends, stopwatch)
            try:
                return _receive(opened, ends, stopwatch)
            except ConnectionResetError:
                raise ClamdFailed("it hung up without an answer") from None
    except TimeoutError:
        raise ClamdFailed(f"no answer within {seconds:.1f} s") from None
    except OSError as error:
        raise ClamdFailed(error.strerror or str(error) or type(error).__name__) from None


def connected(address: str, *, seconds: float) -> socket.socket:
    """A socket to `unix:PATH` or `inet:PORT@HOST`. Raises OSError."""
    place = ADDRESS.fullmatch(address)
    if place is None:
        raise OSError(f"{address!r} is no address")
    if not place["path"]:
        return socket.create_connection((place["host"].strip("[]"), int(place["port"])), timeout=max(seconds, 0.001))
    opened = socket.socket(socket.AF_UNIX)
    try:
        opened.settimeout(max(seconds, 0.001))
        opened.connect(place["path"])
    except BaseException:
        opened.close()
        raise
    return opened


def _send_stream(opened: socket.socket, data: bytes, ends: float, stopwatch: Callable[[], float]) -> None:
    view = memoryview(data)
    for begin in range(0, len(view), PIECE):
        piece = view[begin : begin + PIECE]
        _wait_until(opened, ends, stopwatch)
        opened.sendall(struct.pack(">I", len(piece)))
        opened.sendall(piece)
    _wait_until(opened, ends, stopwatch)
    opened.sendall(struct.pack(">I", 0))


def _receive(opened: socket.socket, ends: float, stopwatch: Callable[[], float]) -> str:
    """A line that ends with zero. Raises ClamdFailed where it does not, TimeoutError, OSError."""
    answer = bytearray()
    while b"\0" not in answer:
        _wait_until(opened, ends, stopwatch)
        piece = opened.recv(MOST_ANSWER)
        if not piece:
            raise ClamdFailed("it hung up without an answer")
        answer += piece
        if len(answer) > MOST_ANSWER:
            raise ClamdFailed("its answer does not end")
    return answer.split(b"\0")[0].decode("ascii", "replace").strip()


def _wait_until(opened: socket.socket, ends: float, stopwatch: Callable[[], float]) -> None:
    left = ends - stopwatch()
    if left <= 0:
        raise TimeoutError
    opened.settimeout(left)


class DistantScanner:
    """A scanner that is asked through a port, so that parsers in a cage have one too."""

    def __init__(self, port: Port, *, required: bool, most_bytes: int) -> None:
        self.required = required
        self._port = port
        self._most_bytes = most_bytes

    def scan(self, data: bytes, *, seconds: float) -> MalwareAnswer:
        """See `mailcore.ports.MalwareScanner`."""
        if len(data) > self._most_bytes:  # said here: it need not travel
            return MalwareAnswer(problem=f"larger than what is shown to clamd ({self._most_bytes:,} bytes)")
        try:
            return decode(self._port(data, seconds=seconds), MalwareAnswer)
        except (TimeoutError, ValueError, OSError) as error:
            return MalwareAnswer(problem=f"clamd was not asked: {error}")


def through(outside: Outside, scanner: MalwareScanner, settings: Clamd) -> MalwareScanner:
    """The same scanner, as one that can be asked from inside a cage."""
    port = outside.add("clamd", lambda payload, *, seconds: encode(scanner.scan(payload, seconds=seconds)))
    return DistantScanner(port, required=settings.required, most_bytes=settings.most_bytes)
