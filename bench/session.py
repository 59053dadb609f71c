"""One connection of the load generator: its socket, its place in the conversation, and what replies mean."""

from __future__ import annotations

import errno
import select
import socket

from bench.packets import ALL_PROTOCOL, Delivery, Flight, Stage, negotiation

MODIFICATIONS = {
    b"h": "add header",
    b"i": "insert header",
    b"m": "change header",
    b"b": "replace body",
    b"+": "add recipient",
    b"2": "add recipient",
    b"-": "delete recipient",
    b"e": "change sender",
    b"q": "hold",
}
ACTIONS = {b"c": "accept", b"a": "accept", b"d": "discard", b"r": "reject", b"t": "tempfail", b"f": "tempfail"}
LOST = "connection lost"


class Session:
    """One connection and where it stands."""

    __slots__ = (
        "delivered",
        "delivery",
        "flights",
        "inbox",
        "intended",
        "number",
        "outbox",
        "position",
        "protocol",
        "ready",
        "refused",
        "sock",
        "stage",
        "started",
        "watched",
    )

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self.watched = select.EPOLLIN | select.EPOLLOUT
        self.inbox = bytearray()
        self.outbox = memoryview(negotiation())
        self.stage: Stage | None = Stage.NEGOTIATE
        self.flights: tuple[Flight, ...] = ()
        self.position = 0
        self.protocol = ALL_PROTOCOL
        self.ready = False
        self.refused = ""
        self.delivery: Delivery | None = None
        self.delivered = 0
        self.number = 0
        self.intended = 0.0
        self.started = 0.0

    def flush(self, epoll: select.epoll) -> None:
        """Send what waits, as far as the socket takes it; raises ConnectionError."""
        outbox = self.outbox
        while outbox:
            try:
                outbox = outbox[self.sock.send(outbox) :]
            except BlockingIOError:
                break
        self.outbox = outbox
        wanted = select.EPOLLIN | select.EPOLLOUT if outbox else select.EPOLLIN
        if wanted != self.watched:
            epoll.modify(self.sock.fileno(), wanted)
            self.watched = wanted

    def send(self, data: bytes, epoll: select.epoll) -> None:
        self.outbox = memoryview(bytes(self.outbox) + data) if self.outbox else memoryview(data)
        self.flush(epoll)


def action_of(command: bytes, payload: bytes) -> str:
    """What a final reply means for the message."""
    if command == b"y":
        return {b"4": "tempfail", b"5": "reject"}.get(payload[:1], "accept")
    if command not in ACTIONS:
        raise ValueError(f"reply {command!r}")
    return ACTIONS[command]


def connect(address: str) -> tuple[socket.socket | None, int]:
    """Start a connection to `unix:PATH` or `inet:PORT@HOST`; the socket, or None and the error number."""
    kind, _, rest = address.partition(":")
    if kind == "unix":
        sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        where: str | tuple[str, int] = rest
    else:
        port, _, host = rest.partition("@")
        sock = socket.socket(socket.AF_INET6 if kind == "inet6" else socket.AF_INET, socket.SOCK_STREAM)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        where = (host or "127.0.0.1", int(port))
    sock.setblocking(False)
    error = sock.connect_ex(where)
    if error in (0, errno.EINPROGRESS):
        return sock, 0
    sock.close()
    return None, error
