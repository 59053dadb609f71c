"""An SMTP server that keeps what it gets, and refuses what a test tells it to."""

from __future__ import annotations

import socketserver
import ssl
import threading
from collections.abc import Mapping
from typing import cast

from msgspec import Struct


class Taken(Struct, frozen=True, kw_only=True):
    """One mail with its envelope."""

    sender: str
    recipient: str
    data: bytes
    encrypted: bool = False


class SmtpSink(socketserver.ThreadingTCPServer):
    """`replies` holds an answer by recipient (`451 later`), by word (`MAIL`, `DATA`, `EHLO`) or `drop` for silence.

    Use it with `with`; `relay` is where it listens.
    """

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, replies: Mapping[str, str] | None = None, *, tls: ssl.SSLContext | None = None) -> None:
        super().__init__(("127.0.0.1", 0), _Session)
        self.replies = dict(replies or {})
        self.taken: list[Taken] = []
        self.sessions = 0
        self.tls = tls
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
        encrypted = False
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
                if sink.tls is not None and not encrypted:
                    self._say("250-STARTTLS")
                self._say("250 8BITMIME")
            elif word == "STAR" and sink.tls is not None:
                self._say("220 go on")
                if not self._encrypt(sink.tls):
                    return
                encrypted = True
            elif word == "DATA":
                self._say("354 go on")
                taken = Taken(sender=sender, recipient=recipient, data=self._data(), encrypted=encrypted)
                sink.taken.append(taken)
                self._say("250 taken")
            elif word == "QUIT":
                self._say("221 bye")
                return
            else:
                sender = argument if word == "MAIL" else sender
                recipient = argument if word == "RCPT" else recipient
                self._say("250 well")

    def _encrypt(self, tls: ssl.SSLContext) -> bool:
        try:
            self.request = tls.wrap_socket(self.request, server_side=True)
        except (ssl.SSLError, ConnectionError):  # the client does not like the certificate
            return False
        self.rfile.close()
        self.wfile.close()
        self.rfile = self.request.makefile("rb")
        self.wfile = self.request.makefile("wb", 0)
        return True

    def _data(self) -> bytes:
        lines = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line[1:] if line.startswith(b".") else line)
        return b"".join(lines)

    def finish(self) -> None:
        super().finish()
        self.request.close()

    def _say(self, line: str) -> None:
        self.wfile.write(line.encode() + b"\r\n")
