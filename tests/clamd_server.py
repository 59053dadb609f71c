"""A clamd for tests on a Unix socket: reads a stream as clamd(8) says and answers as it is told, or misbehaves."""

from __future__ import annotations

import contextlib
import shutil
import socket
import struct
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

VERSION = b"ClamAV 1.0.7/27500/Sat Nov 21 10:00:00 2026\0"

# What it does with a connection once it has read the stream.
Answer = Callable[[socket.socket, bytes], None]


def says(words: bytes) -> Answer:
    return lambda opened, _data: opened.sendall(words)


def is_content(opened: socket.socket, _data: bytes) -> None:
    opened.sendall(b"stream: OK\0")


def finds(name: str, *, where: bytes) -> Answer:
    """FOUND for streams that hold these bytes, else OK."""
    found = f"stream: {name} FOUND\0".encode()
    return lambda opened, data: opened.sendall(found if where in data else b"stream: OK\0")


def hangs(seconds: float) -> Answer:
    return lambda _opened, _data: time.sleep(seconds)


def drips(opened: socket.socket, _data: bytes) -> None:
    """A letter now and then, without an end."""
    with contextlib.suppress(OSError):
        for _ in range(40):
            opened.sendall(b"s")
            time.sleep(0.05)


def hangs_up(_opened: socket.socket, _data: bytes) -> None:
    return


class ClamdServer:
    """`streams` are those that came; `most_bytes` is its StreamMaxLength; `reads` false hangs up in the middle."""

    def __init__(self, answer: Answer = is_content, *, most_bytes: int = 1 << 30, reads: bool = True) -> None:
        self.directory = Path(tempfile.mkdtemp(prefix="mc-clamd-"))
        self.address = f"unix:{self.directory}/s"
        self.answer = answer
        self.most_bytes = most_bytes
        self.reads = reads
        self.streams: list[bytes] = []
        self.commands: list[bytes] = []
        self.version = VERSION
        self._listening = socket.socket(socket.AF_UNIX)
        self._listening.bind(f"{self.directory}/s")
        self._listening.listen()
        threading.Thread(target=self._serve, daemon=True).start()

    def __enter__(self) -> ClamdServer:
        return self

    def __exit__(self, *_: Any) -> None:
        self.stop()
        shutil.rmtree(self.directory, ignore_errors=True)

    def stop(self) -> None:
        with contextlib.suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()

    def _serve(self) -> None:
        while True:
            try:
                opened, _ = self._listening.accept()
            except OSError:
                return
            threading.Thread(target=self._talk, args=(opened,), daemon=True).start()

    def _talk(self, opened: socket.socket) -> None:
        with opened, contextlib.suppress(OSError):
            command = _until_zero(opened)
            self.commands.append(command)
            if command == b"zVERSION":
                opened.sendall(self.version)
            elif self.reads:
                data = self._stream(opened)
                if data is not None:
                    self.streams.append(data)
                    self.answer(opened, data)

    def _stream(self, opened: socket.socket) -> bytes | None:
        data = bytearray()
        while length := struct.unpack(">I", _exactly(opened, 4))[0]:
            data += _exactly(opened, length)
            if len(data) > self.most_bytes:
                opened.sendall(b"INSTREAM size limit exceeded. ERROR\0")
                return None
        return bytes(data)


def _until_zero(opened: socket.socket) -> bytes:
    found = bytearray()
    while (byte := opened.recv(1)) not in (b"", b"\0"):
        found += byte
    return bytes(found)


def _exactly(opened: socket.socket, count: int) -> bytes:
    found = bytearray()
    while len(found) < count:
        piece = opened.recv(count - len(found))
        if not piece:
            raise OSError("gone")
        found += piece
    return bytes(found)
