"""The milter protocol, version 6, as an MTA speaks it: packets built once for each message, replies taken apart.

The constants are those of libmilter's `mfapi.h` and `mfdef.h`; the order of steps is that of Postfix (`milter8.c`).
"""

from __future__ import annotations

import enum
import struct
from collections.abc import Iterable, Iterator, Sequence

from msgspec import Struct

VERSION = 6
ALL_ACTIONS = 0x1FF
ALL_PROTOCOL = 0x1FFFFF  # every step may be left out, every reply may be left out, SKIP, REJECTED RCPT, leading space
BODY_CHUNK = 65_535

HEADER_LEADING_SPACE = 0x100000

DELIVERY_MARK = b"0DELIVERYID0"  # twelve bytes that `Delivery.flights` replaces, so that no two deliveries are equal


class Stage(enum.Enum):
    """A step of the protocol: its command byte, the flag that leaves it out, the flag that leaves out its reply."""

    NEGOTIATE = (b"O", 0, 0)
    CONNECT = (b"C", 0x1, 0x1000)
    HELO = (b"H", 0x2, 0x2000)
    MAIL = (b"M", 0x4, 0x4000)
    RCPT = (b"R", 0x8, 0x8000)
    DATA = (b"T", 0x200, 0x10000)
    HEADER = (b"L", 0x20, 0x80)
    END_OF_HEADERS = (b"N", 0x40, 0x40000)
    BODY = (b"B", 0x10, 0x80000)
    END_OF_MESSAGE = (b"E", 0, 0)

    @property
    def command(self) -> bytes:
        return self.value[0]

    def is_left_out(self, protocol: int) -> bool:
        return bool(protocol & self.value[1])

    def is_answered(self, protocol: int) -> bool:
        return not protocol & self.value[2]


class Flight(Struct, frozen=True):
    """Bytes that go out together, and the step whose reply is waited for before the next flight."""

    data: bytes
    stage: Stage


class Mail(Struct, frozen=True, kw_only=True):
    """One message as the generator sends it: the envelope, and the message with CRLF line ends."""

    name: str
    raw: bytes
    sender: str = "sender@example.net"
    recipients: tuple[str, ...] = ("user@example.com",)


def packet(command: bytes, payload: bytes = b"") -> bytes:
    """A packet: length of what follows (network order, 32 bits), command byte, payload."""
    return struct.pack("!Ic", len(payload) + 1, command) + payload


def macros(stage: Stage, values: Sequence[tuple[str, str]]) -> bytes:
    """The macro packet that goes before a step."""
    return packet(b"D", stage.command + b"".join(f"{name}\0{value}\0".encode() for name, value in values))


def negotiation(*, actions: int = ALL_ACTIONS, protocol: int = ALL_PROTOCOL) -> bytes:
    return packet(b"O", struct.pack("!III", VERSION, actions, protocol))


def read_negotiation(payload: bytes) -> tuple[int, int, int]:
    """Version, actions and protocol flags that the milter chose; ValueError when the reply is too short.

    What follows the three numbers (macro lists) is not looked at: the generator sends few macros anyway.
    """
    if len(payload) < 12:
        raise ValueError(f"negotiation reply of {len(payload)} bytes")
    version, actions, protocol = struct.unpack_from("!III", payload)
    return version, actions, protocol


def split_packets(buffer: bytearray) -> Iterator[tuple[bytes, bytes]]:
    """Take the complete packets off the front of the buffer: command byte and payload of each."""
    while len(buffer) >= 5:
        length = int.from_bytes(buffer[:4], "big")
        if length < 1:
            raise ValueError("packet of length 0")
        if len(buffer) < 4 + length:
            return
        command, payload = bytes(buffer[4:5]), bytes(buffer[5 : 4 + length])
        del buffer[: 4 + length]
        yield command, payload


def split_message(raw: bytes) -> tuple[tuple[tuple[bytes, bytes], ...], bytes]:
    """Header fields (name, value with its leading space; folds joined by LF as Postfix does) and body.

    `raw` has CRLF line ends. The header ends at the first line that is no header field, as for Postfix's cleanup(8).
    """
    fields: list[tuple[bytes, bytes]] = []
    at = 0
    while at < len(raw):
        end = raw.find(b"\r\n", at)
        end = len(raw) if end < 0 else end
        line = raw[at:end]
        if not line:
            return tuple(fields), raw[end + 2 :]
        name, colon, value = line.partition(b":")
        if line[:1] in (b" ", b"\t") and fields:
            fields[-1] = (fields[-1][0], fields[-1][1] + b"\n" + line)
        elif colon and name.strip():
            fields.append((name, value))
        else:
            return tuple(fields), raw[at:]
        at = end + 2
    return tuple(fields), b""


def session_flights(protocol: int, *, client_name: str, client_address: str, helo: str) -> tuple[Flight, ...]:
    """What goes out once for each connection after the negotiation; the last flight may wait for nothing."""
    connect = f"{client_name}\0".encode() + b"4" + struct.pack("!H", 40_000) + f"{client_address}\0".encode()
    connect_macros = (
        ("j", "mx.example.com"),
        ("{daemon_name}", "smtpd"),
        ("{client_addr}", client_address),
        ("{client_name}", client_name),
        ("v", "Postfix 3.7"),
    )
    steps = [
        (Stage.CONNECT, macros(Stage.CONNECT, connect_macros) + packet(b"C", connect)),
        (Stage.HELO, packet(b"H", helo.encode() + b"\0")),
    ]
    return join_flights(steps, protocol)


def join_flights(steps: Iterable[tuple[Stage, bytes]], protocol: int) -> tuple[Flight, ...]:
    """Leave out what the milter does not want; what it does not answer travels with what comes next."""
    flights: list[Flight] = []
    waiting: list[bytes] = []
    last = Stage.NEGOTIATE
    for stage, data in steps:
        if stage.is_left_out(protocol):
            continue
        waiting.append(data)
        last = stage
        if stage.is_answered(protocol):
            flights.append(Flight(b"".join(waiting), stage))
            waiting.clear()
    if waiting:
        flights.append(Flight(b"".join(waiting), last))
    return tuple(flights)


class Delivery:
    """One message, ready to be sent again and again: everything but the delivery id is built once."""

    __slots__ = ("_flights", "mail", "size")

    def __init__(self, mail: Mail, protocol: int) -> None:
        self.mail = mail
        self.size = len(mail.raw)
        flights = join_flights(_steps(mail, protocol), protocol)
        self._flights = tuple((flight, DELIVERY_MARK in flight.data) for flight in flights)

    def flights(self, number: int) -> tuple[Flight, ...]:
        """The flights of one delivery, whose queue id and `X-Delivery-Id` header no other delivery has."""
        mark = b"%012d" % number
        return tuple(
            Flight(flight.data.replace(DELIVERY_MARK, mark), flight.stage) if marked else flight
            for flight, marked in self._flights
        )


def _steps(mail: Mail, protocol: int) -> Iterator[tuple[Stage, bytes]]:
    mark = DELIVERY_MARK.decode()
    fields, body = split_message(mail.raw)
    yield (
        Stage.MAIL,
        macros(Stage.MAIL, (("{mail_addr}", mail.sender), ("{mail_mailer}", "smtp")))
        + packet(b"M", f"<{mail.sender}>\0".encode()),
    )
    for recipient in mail.recipients:
        yield (
            Stage.RCPT,
            macros(Stage.RCPT, (("i", mark), ("{rcpt_addr}", recipient), ("{rcpt_mailer}", "smtp")))
            + packet(b"R", f"<{recipient}>\0".encode()),
        )
    yield Stage.DATA, macros(Stage.DATA, (("i", mark),)) + packet(b"T")
    space = bool(protocol & HEADER_LEADING_SPACE)
    for name, value in ((b"X-Delivery-Id", b" " + DELIVERY_MARK), *fields):
        shown = value if space else value.removeprefix(b" ")
        yield Stage.HEADER, packet(b"L", name.replace(b"\0", b"") + b"\0" + shown.replace(b"\0", b"") + b"\0")
    yield Stage.END_OF_HEADERS, macros(Stage.END_OF_HEADERS, (("i", mark),)) + packet(b"N")
    for start in range(0, len(body), BODY_CHUNK):
        yield Stage.BODY, packet(b"B", body[start : start + BODY_CHUNK])
    yield Stage.END_OF_MESSAGE, macros(Stage.END_OF_MESSAGE, (("i", mark),)) + packet(b"E")
