"""A milter client for tests: the MTA's side of the milter protocol, version 6, over Unix and TCP sockets.

It sends what it is told, well-formed or not, and records what the filter answers. For load, see the bench.
"""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterable
from types import TracebackType

from msgspec import Struct

# Actions that an MTA may offer (SMFIF_*).
ADDHDRS, CHGBODY, ADDRCPT, DELRCPT, CHGHDRS, QUARANTINE, CHGFROM, ADDRCPT_PAR, SETSYMLIST = (1 << n for n in range(9))
ALL_ACTIONS = 0x1FF
# Protocol bits (SMFIP_*) that the tests speak of.
NOEOH, NR_HDR, NOUNKNOWN, NODATA, SKIP = 0x40, 0x80, 0x100, 0x200, 0x400
NR_CONN, NR_HELO, NR_MAIL, NR_RCPT, NR_EOH, NR_BODY = 0x1000, 0x2000, 0x4000, 0x8000, 0x40000, 0x80000
HDR_LEADSPC = 0x100000
ALL_PROTOCOL = 0x1FFFFF
# The most that libmilter reads in one packet.
CHUNK = 65535

_NO_REPLY_BITS = {
    b"C": NR_CONN,
    b"H": NR_HELO,
    b"M": NR_MAIL,
    b"R": NR_RCPT,
    b"L": NR_HDR,
    b"N": NR_EOH,
    b"B": NR_BODY,
}
_FINAL = {b"c", b"a", b"r", b"t", b"d", b"s", b"y"}
_NAMES = {
    b"c": "continue",
    b"a": "accept",
    b"r": "reject",
    b"t": "tempfail",
    b"d": "discard",
    b"s": "skip",
}


class Change(Struct, frozen=True):
    """One change that the filter asked for: `kind` is add, insert, change, delete-recipient or body."""

    kind: str
    name: bytes = b""
    value: bytes = b""
    index: int = 0


class Result(Struct, frozen=True):
    """The final reply of a step. `text` is the SMTP reply ("550 5.7.1 ...") where the filter gave one."""

    outcome: str
    text: str = ""
    changes: tuple[Change, ...] = ()
    progress: int = 0

    def added(self, name: str) -> list[str]:
        """Values of the added fields of that name."""
        wanted = name.lower().encode()
        return [
            change.value.decode() for change in self.changes if change.kind == "add" and change.name.lower() == wanted
        ]

    @property
    def body(self) -> bytes | None:
        """The new body, None where the old one stays."""
        pieces = [change.value for change in self.changes if change.kind == "body"]
        return b"".join(pieces) if pieces else None


class MilterClient:
    """One connection to a filter. `address` is `unix:PATH`, `inet:PORT@HOST` or `inet6:PORT@HOST`."""

    def __init__(self, address: str, *, seconds: float = 20.0) -> None:
        kind, _, where = address.partition(":")
        if kind == "unix":
            self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            target: str | tuple[str, int] = where
        else:
            self.socket = socket.socket(socket.AF_INET6 if kind == "inet6" else socket.AF_INET, socket.SOCK_STREAM)
            port, _, host = where.partition("@")
            target = (host, int(port))
        self.socket.settimeout(seconds)
        try:
            self.socket.connect(target)
            if kind != "unix":
                # As MTAs do: many small packets without replies would wait for each other.
                self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        except OSError:
            self.socket.close()
            raise
        self.actions = 0
        self.protocol = 0
        self.macro_lists: dict[int, str] = {}

    def __enter__(self) -> MilterClient:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.socket.close()

    # Packets

    def send(self, command: bytes, data: bytes = b"") -> None:
        self.socket.sendall(struct.pack("!I", len(data) + 1) + command + data)

    def receive(self) -> tuple[bytes, bytes]:
        """The next packet; ConnectionError when the filter has closed."""
        length = struct.unpack("!I", self._exactly(4))[0]
        packet = self._exactly(length)
        return packet[:1], packet[1:]

    def reply(self) -> Result:
        """Packets up to the final one of this step."""
        changes: list[Change] = []
        progress = 0
        while True:
            kind, data = self.receive()
            if kind == b"p":
                progress += 1
            elif kind in _FINAL:
                text = data.rstrip(b"\0").decode("utf-8", "replace")
                name = _NAMES.get(kind) or ("tempfail" if text.startswith("4") else "reject")
                return Result(outcome=name, text=text, changes=tuple(changes), progress=progress)
            else:
                changes.append(_change(kind, data))

    def step(self, command: bytes, data: bytes = b"") -> Result:
        """Send one command; its reply, or "none" where it was negotiated that there is none."""
        self.send(command, data)
        if self.protocol & _NO_REPLY_BITS.get(command, 0):
            return Result(outcome="none")
        return self.reply()

    # Steps of the protocol

    def negotiate(self, *, actions: int = ALL_ACTIONS, protocol: int = ALL_PROTOCOL, version: int = 6) -> None:
        self.send(b"O", struct.pack("!III", version, actions, protocol))
        kind, data = self.receive()
        assert kind == b"O", kind
        _, self.actions, self.protocol = struct.unpack("!III", data[:12])
        rest = data[12:]
        while rest:
            stage = struct.unpack("!I", rest[:4])[0]
            names, _, rest = rest[4:].partition(b"\0")
            self.macro_lists[stage] = names.decode()

    def macros(self, command: bytes, values: dict[str, str | bytes]) -> None:
        pairs = b"".join(
            name.encode() + b"\0" + (value if isinstance(value, bytes) else value.encode()) + b"\0"
            for name, value in values.items()
        )
        self.send(b"D", command + pairs)

    def connect(
        self, *, name: str = "client.example.net", address: str = "203.0.113.9", family: bytes = b"4"
    ) -> Result:
        rest = b"" if family == b"U" else struct.pack("!H", 40000) + address.encode() + b"\0"
        return self.step(b"C", name.encode() + b"\0" + family + rest)

    def helo(self, name: bytes = b"client.example.net") -> Result:
        return self.step(b"H", name + b"\0")

    def mail(self, *arguments: bytes) -> Result:
        return self.step(b"M", b"".join(argument + b"\0" for argument in arguments))

    def rcpt(self, *arguments: bytes) -> Result:
        return self.step(b"R", b"".join(argument + b"\0" for argument in arguments))

    def header(self, name: bytes, value: bytes) -> Result:
        return self.step(b"L", name + b"\0" + value + b"\0")

    def data(self) -> Result:
        return Result(outcome="none") if self.protocol & NODATA else self.step(b"T")

    def eoh(self) -> Result:
        return Result(outcome="none") if self.protocol & NOEOH else self.step(b"N")

    def body(self, content: bytes) -> Result:
        """The body in chunks, as an MTA sends it: no more after "skip", and none after a final answer."""
        result = Result(outcome="continue")
        for start in range(0, len(content), CHUNK):
            result = self.step(b"B", content[start : start + CHUNK])
            if result.outcome not in ("continue", "none"):
                break
        return result

    def end(self) -> Result:
        return self.step(b"E")

    def abort(self) -> None:
        self.send(b"A")

    def quit(self) -> None:
        self.send(b"Q")

    def greet(self, *, name: str = "client.example.net", address: str = "203.0.113.9", family: bytes = b"4") -> None:
        """Negotiation, connect and HELO with everything that an MTA offers."""
        self.negotiate()
        self.connect(name=name, address=address, family=family)
        self.helo()

    def message(
        self,
        headers: Iterable[tuple[bytes, bytes]],
        body: bytes = b"Hello\r\n",
        *,
        sender: bytes = b"<anna@example.net>",
        recipients: Iterable[bytes] = (b"<bob@example.com>",),
        macros: dict[str, str | bytes] | None = None,
        queue_id: str = "4ABC123",
    ) -> Result:
        """One whole message; the reply that ended it, at whatever step."""
        if macros:
            self.macros(b"M", macros)
        result = self.mail(sender)
        if result.outcome != "continue":
            return result
        for recipient in recipients:
            self.rcpt(recipient)
        self.data()
        for name, value in headers:
            self.header(name, value if self.protocol & HDR_LEADSPC else value.removeprefix(b" "))
        self.eoh()
        result = self.body(body)
        if result.outcome not in ("continue", "skip", "none"):
            return result
        self.macros(b"E", {"i": queue_id})
        return self.end()

    def _exactly(self, count: int) -> bytes:
        data = bytearray()
        while len(data) < count:
            more = self.socket.recv(count - len(data))
            if not more:
                raise ConnectionError("the filter closed the connection")
            data += more
        return bytes(data)


def _change(kind: bytes, data: bytes) -> Change:
    if kind == b"h":
        name, value, _ = data.split(b"\0", 2)
        return Change("add", name, value)
    if kind in (b"m", b"i"):
        name, value, _ = data[4:].split(b"\0", 2)
        return Change("change" if kind == b"m" else "insert", name, value, struct.unpack("!I", data[:4])[0])
    if kind == b"b":
        return Change("body", value=data)
    if kind == b"-":
        return Change("delete-recipient", value=data.rstrip(b"\0"))
    raise AssertionError(f"the filter asked for a change that it may not: {kind!r} {data[:40]!r}")
