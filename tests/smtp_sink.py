"""An SMTP server that keeps what it gets, and refuses what a test tells it to."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Mapping
from typing import cast

from msgspec import Struct


class Taken(Struct, frozen=True, kw_only=True):
    """One mail with its envelope."""

    sender: str
    recipient: str
    data: bytes


class SmtpSink(socketserver.ThreadingTCPServer):
    """`replies` holds an answer by recipient (`451 later`), by word (`MAIL`, `DATA`, `EHLO`) or `drop` for silence.

    Use it with `with`; `relay` is where it listens.
    """

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, replies: Mapping[str, str] | None = None) -> None:
        super().__init__(("127.0.0.1", 0), _Session)
        self.replies = dict(replies or {})
        self.taken: list[Taken] = []
        self.sessions = 0
        self._thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)

    @property
    def relay(self) -> str:
        return f"127.0.0.1:{self.server_address[1]}"

    def __enter__(self) -> SmtpSink:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self.server_close()
        self._thread.join()


class _Session(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        sink = cast(SmtpSink, self.server)
        sink.sessions += 1
        sender = recipient = ""
        self._say("220 sink.example ESMTP")
        while line := self.rfile.readline(2_000).decode("latin-1").strip():
            word = line[:4].upper()
            argument = line.partition(":")[2].strip().partition(" ")[0].strip("<>")
            reply = sink.replies.get(argument if word == "RCPT" else word, "")
            if reply == "drop":
                return
            if reply:
                self._say(reply)
            elif word == "EHLO":
                self._say("250-sink.example")
                self._say("250 8BITMIME")
            elif word == "DATA":
                self._say("354 go on")
                sink.taken.append(Taken(sender=sender, recipient=recipient, data=self._data()))
                self._say("250 taken")
            elif word == "QUIT":
                self._say("221 bye")
                return
            else:
                sender = argument if word == "MAIL" else sender
                recipient = argument if word == "RCPT" else recipient
                self._say("250 well")

    def _data(self) -> bytes:
        lines = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line[1:] if line.startswith(b".") else line)
        return b"".join(lines)

    def _say(self, line: str) -> None:
        self.wfile.write(line.encode() + b"\r\n")
