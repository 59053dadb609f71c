"""Clients that go away, talk nonsense or never stop: nothing is left behind, and the others are served."""

from __future__ import annotations

import random
import socket
import struct
from collections.abc import Callable

import pytest

from tests.milter_client import MilterClient
from tests.milter_front.running_front import RunningFront, raw_of

FROM = (b"From", b" anna@example.net")


def is_well(front: RunningFront) -> bool:
    with front.client() as client:
        client.greet()
        return client.message([FROM]).outcome == "accept"


def to_negotiation(client: MilterClient) -> None:
    client.negotiate()


def to_connect(client: MilterClient) -> None:
    client.negotiate()
    client.connect()


def to_helo(client: MilterClient) -> None:
    client.greet()


def to_mail(client: MilterClient) -> None:
    client.greet()
    client.mail(b"<anna@example.net>")


def to_rcpt(client: MilterClient) -> None:
    to_mail(client)
    client.rcpt(b"<bob@example.com>")


def to_header(client: MilterClient) -> None:
    to_rcpt(client)
    client.header(*FROM)


def to_body(client: MilterClient) -> None:
    to_header(client)
    client.eoh()
    client.body(b"x" * 1000)


def to_half_a_packet(client: MilterClient) -> None:
    to_header(client)
    client.eoh()
    client.socket.sendall(struct.pack("!I", 5000) + b"B" + b"x" * 100)


def to_end(client: MilterClient) -> None:
    to_rcpt(client)
    client.header(b"X-Test-Seconds", b" 0.5")
    client.eoh()
    client.body(b"x" * 1000)
    client.send(b"E")


def to_answer(client: MilterClient) -> None:
    client.greet()
    assert client.message([FROM]).outcome == "accept"


STEPS = [
    to_negotiation,
    to_connect,
    to_helo,
    to_mail,
    to_rcpt,
    to_header,
    to_body,
    to_half_a_packet,
    to_end,
    to_answer,
]
# Judgings begin with the first bytes of a message.
BEGUN = {to_header, to_body, to_half_a_packet, to_end, to_answer}


@pytest.mark.parametrize("how", ["close", "reset", "quit"])
@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.__name__)
def test_whoever_leaves_at_whatever_step_leaves_nothing_behind(
    front: RunningFront, step: Callable[[MilterClient], None], how: str
) -> None:
    with front.client() as client:
        step(client)
        # Else libmilter might see the end before it reads what came before it.
        begun = [front.tell("begun")["id"]] if step in BEGUN else []
        if how == "reset":
            client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        elif how == "quit" and step is not to_half_a_packet:
            client.quit()
    assert [front.tell("closed")["id"] for _ in begun] == begun
    state = front.settled()
    assert (state["sessions"], state["transactions"]) == (0, 0)
    assert not [told for told in front.events() if told["event"] == "closed"], "closed more than once"


@pytest.mark.parametrize("step", [to_mail, to_rcpt, to_header, to_body], ids=lambda step: step.__name__)
def test_an_abort_forgets_the_message_and_keeps_the_connection(
    front: RunningFront, step: Callable[[MilterClient], None]
) -> None:
    with front.client() as client:
        step(client)
        client.abort()
        assert client.message([FROM]).outcome == "accept"
        assert front.state()["transactions"] == 0
        assert front.state()["sessions"] == 1


@pytest.mark.parametrize(
    "garbage",
    [
        pytest.param(b"GET / HTTP/1.1\r\nHost: example.com\r\n\r\n", id="HTTP"),
        pytest.param(b"EHLO example.net\r\n", id="SMTP"),
        pytest.param(b"\0" * 4096, id="zeros"),
        pytest.param(b"\xff" * 4096, id="huge length"),
        pytest.param(struct.pack("!I", 0x7FFFFFFF) + b"O", id="two gigabytes announced"),
        pytest.param(struct.pack("!I", 1) + b"O", id="empty negotiation"),
        pytest.param(struct.pack("!I", 5) + b"Oabcd", id="short negotiation"),
        pytest.param(struct.pack("!I", 3) + b"M<>", id="no negotiation"),
        pytest.param(struct.pack("!I", 13) + b"O" + struct.pack("!III", 1, 0x1FF, 0x1FFFFF), id="version 1"),
    ],
)
def test_garbage_instead_of_a_negotiation(front: RunningFront, garbage: bytes) -> None:
    with front.client() as client:
        client.socket.sendall(garbage)
        client.socket.shutdown(socket.SHUT_WR)
    assert is_well(front)
    assert front.settled()["sessions"] == 0


def test_random_bytes_and_random_packets(front: RunningFront) -> None:
    chance = random.Random(20260105)
    commands = b"ABCDEHKLMNOQRTUxyz\0"
    for _ in range(60):
        with front.client() as client:
            if chance.random() < 0.7:
                client.greet()
            for _ in range(chance.randrange(1, 20)):
                command = bytes([chance.choice(commands)])
                packet = command + chance.randbytes(chance.choice((0, 1, 3, 20, 300)))
                length = len(packet) if chance.random() < 0.9 else chance.randrange(2**32)
                try:
                    client.socket.sendall(struct.pack("!I", length) + packet)
                except (BrokenPipeError, ConnectionResetError):
                    break  # libmilter has closed: that is an answer too
    assert is_well(front)
    state = front.settled(seconds=15)
    assert (state["sessions"], state["transactions"]) == (0, 0)
    ids = [{told["id"] for told in front.events() if told["event"] == event} for event in ("begun", "closed")]
    assert ids[0] <= ids[1] or ids[0] == ids[1] == set()


@pytest.mark.parametrize("command", [b"M", b"R", b"H", b"C"])
def test_arguments_without_an_end(front: RunningFront, command: bytes) -> None:
    with front.client() as client:
        client.greet()
        if command == b"R":
            client.mail(b"<anna@example.net>")
        client.socket.sendall(struct.pack("!I", 7) + command + b"<anna>" + struct.pack("!I", 1) + command)
        client.socket.shutdown(socket.SHUT_WR)
    assert is_well(front)
    assert front.settled()["sessions"] == 0


@pytest.mark.parametrize("size", [pytest.param(60_000, id="within libmilter"), pytest.param(65_000, id="just within")])
def test_long_header_lines_are_read(front: RunningFront, size: int) -> None:
    with front.client() as client:
        client.greet()
        assert client.message([FROM, (b"X-Long", b" " + b"x" * size)]).outcome == "accept"
    assert len(raw_of(front.tell("judged"))) > size


def test_a_header_line_of_a_megabyte_ends_the_session_unanswered(front: RunningFront) -> None:
    """Libmilter closes above 64 KiB, and the MTA's default action applies; see docs/milter-front.md."""
    with front.client() as client:
        client.greet()
        with pytest.raises(OSError, match=r"closed|reset|Broken pipe"):
            client.message([(b"X-Long", b" " + b"x" * 1_000_000)])
    assert is_well(front)
    assert front.settled()["sessions"] == 0


def test_the_end_of_a_message_that_never_began(front: RunningFront) -> None:
    with front.client() as client:
        client.greet()
        client.send(b"E")
        client.socket.settimeout(0.3)
        with pytest.raises(TimeoutError):
            # libmilter ignores a command that is out of order; certainly it accepts nothing.
            client.reply()
    assert is_well(front)


@pytest.mark.parametrize("name", [b"X-Spam-Flag", b"X-Mailchord-Score"])
def test_a_flood_of_forged_fields_is_refused(front: RunningFront, name: bytes) -> None:
    with front.client() as client:
        client.greet()
        within = client.message([(name, b" x")] * 1000)
        beyond = client.message([(name, b" x")] * 1001)
    assert (within.outcome, beyond.outcome) == ("accept", "reject")
    assert beyond.text.startswith("550 5.6.0 ")


def test_a_hundred_thousand_headers(front: RunningFront) -> None:
    with front.client() as client:
        client.greet()
        client.mail(b"<anna@example.net>")
        client.rcpt(b"<bob@example.com>")
        packet = b"LX-A\0 b\0"
        client.socket.sendall((struct.pack("!I", len(packet)) + packet) * 100_000)
        client.eoh()
        assert client.end().outcome == "accept"
    # 7 bytes each with their line end; the cap of the tests is 200,000 bytes.
    assert front.tell("judged")["truncated"] is True


def test_a_thousand_recipients(front: RunningFront) -> None:
    recipients = [b"<user%d@example.com>" % number for number in range(1000)]
    strict = b" user7@example.com reject"
    with front.client() as client:
        client.greet()
        result = client.message([FROM, (b"X-Test-Recipient", strict)], recipients=recipients)
    assert result.outcome == "accept"
    assert [change.value for change in result.changes if change.kind == "delete-recipient"] == [b"<user7@example.com>"]
