"""Packets are built as an MTA builds them, and taken apart whatever pieces they arrive in."""

from __future__ import annotations

import pytest

from bench.packets import (
    ALL_PROTOCOL,
    HEADER_LEADING_SPACE,
    Delivery,
    Mail,
    Stage,
    macros,
    negotiation,
    packet,
    read_negotiation,
    session_flights,
    split_message,
    split_packets,
)

NO_REPLIES = 0x80 | 0x1000 | 0x2000 | 0x4000 | 0x8000 | 0x10000 | 0x40000 | 0x80000
RAW = b"From: ann@example.net\r\nSubject: one\r\n two\r\n\r\n" + b"x" * 70_000


def packets_of(data: bytes) -> list[tuple[bytes, bytes]]:
    buffer = bytearray(data)
    found = list(split_packets(buffer))
    assert not buffer, "bytes are left over"
    return found


def test_packet_is_length_command_payload() -> None:
    assert packet(b"N") == b"\0\0\0\1N"
    assert packet(b"L", b"To\0a\0") == b"\0\0\0\6LTo\0a\0"


def test_macros_name_their_step() -> None:
    assert packets_of(macros(Stage.MAIL, (("i", "4F1"), ("{tls_version}", "TLSv1.3")))) == [
        (b"D", b"Mi\x004F1\0{tls_version}\0TLSv1.3\0")
    ]


def test_negotiation_offers_everything() -> None:
    ((command, payload),) = packets_of(negotiation())
    assert (command, read_negotiation(payload)) == (b"O", (6, 0x1FF, ALL_PROTOCOL))


def test_negotiation_reply_that_is_too_short() -> None:
    with pytest.raises(ValueError, match="8 bytes"):
        read_negotiation(b"\0" * 8)


@pytest.mark.parametrize("cut", range(1, 11), ids=lambda cut: f"after-{cut}")
def test_packets_may_arrive_in_pieces(cut: int) -> None:
    data = packet(b"c") + packet(b"p") + packet(b"a")
    buffer = bytearray(data[:cut])
    found = list(split_packets(buffer))
    buffer += data[cut:]
    found += split_packets(buffer)
    assert [command for command, _ in found] == [b"c", b"p", b"a"]


def test_packet_of_no_length_is_refused() -> None:
    with pytest.raises(ValueError, match="length 0"):
        list(split_packets(bytearray(5)))


@pytest.mark.parametrize(
    ("raw", "fields", "body"),
    [
        pytest.param(b"A: 1\r\nB:2\r\n\r\nhi\r\n", ((b"A", b" 1"), (b"B", b"2")), b"hi\r\n", id="plain"),
        pytest.param(b"A: 1\r\n\tmore\r\n\r\n", ((b"A", b" 1\n\tmore"),), b"", id="folded"),
        pytest.param(b"A: 1", ((b"A", b" 1"),), b"", id="no-body"),
        pytest.param(b"\r\nhi", (), b"hi", id="no-header"),
        pytest.param(b"A: 1\r\nhello world\r\nB: 2", ((b"A", b" 1"),), b"hello world\r\nB: 2", id="header-breaks-off"),
        pytest.param(b" hello", (), b" hello", id="fold-of-nothing"),
        pytest.param(b"", (), b"", id="empty"),
    ],
)
def test_split_message(raw: bytes, fields: tuple[tuple[bytes, bytes], ...], body: bytes) -> None:
    assert split_message(raw) == (fields, body)


def test_a_milter_that_answers_everything_gets_one_step_at_a_time() -> None:
    flights = Delivery(Mail(name="m", raw=RAW), 0).flights(1)
    stages = [flight.stage for flight in flights]
    headers = [Stage.HEADER] * 3  # X-Delivery-Id, From, Subject
    bodies = [Stage.BODY] * 2
    assert stages == [
        Stage.MAIL, Stage.RCPT, Stage.DATA, *headers, Stage.END_OF_HEADERS, *bodies, Stage.END_OF_MESSAGE,
    ]  # fmt: skip


def test_a_milter_that_answers_only_the_end_gets_one_flight() -> None:
    (flight,) = Delivery(Mail(name="m", raw=RAW), NO_REPLIES).flights(1)
    assert flight.stage is Stage.END_OF_MESSAGE
    commands = [command for command, _ in packets_of(flight.data)]
    assert b"".join(commands) == b"DMDRDTLLLDNBBDE"


def test_steps_that_the_milter_does_not_want_are_left_out() -> None:
    no_headers_no_body = NO_REPLIES | 0x20 | 0x10
    (flight,) = Delivery(Mail(name="m", raw=RAW), no_headers_no_body).flights(1)
    commands = {command for command, _ in packets_of(flight.data)}
    assert not commands & {b"L", b"B"}


def test_body_chunks_are_bounded() -> None:
    (flight,) = Delivery(Mail(name="m", raw=RAW), NO_REPLIES).flights(1)
    sizes = [len(payload) for command, payload in packets_of(flight.data) if command == b"B"]
    assert sizes == [65_535, 70_000 - 65_535]


@pytest.mark.parametrize(
    ("protocol", "value"),
    [
        pytest.param(NO_REPLIES, b"one\n two", id="old"),
        pytest.param(NO_REPLIES | HEADER_LEADING_SPACE, b" one\n two", id="leading-space"),
    ],
)
def test_leading_space_only_where_it_was_negotiated(protocol: int, value: bytes) -> None:
    (flight,) = Delivery(Mail(name="m", raw=RAW), protocol).flights(1)
    assert (b"L", b"Subject\0" + value + b"\0") in packets_of(flight.data)


def test_no_two_deliveries_are_equal() -> None:
    delivery = Delivery(Mail(name="m", raw=RAW), NO_REPLIES)
    (one,), (two,) = delivery.flights(1), delivery.flights(2)
    assert one.data != two.data
    assert one.data.count(b"000000000001") == 5  # queue id of RCPT, DATA, end of headers and of message; the header


def test_nul_bytes_cannot_break_a_header_packet() -> None:
    (flight,) = Delivery(Mail(name="m", raw=b"A: 1\0B\r\n\r\n"), NO_REPLIES).flights(1)
    assert (b"L", b"A\x001B\0") in packets_of(flight.data)


def test_session_says_who_the_client_is() -> None:
    flights = session_flights(0, client_name="mail.example.net", client_address="198.51.100.25", helo="there")
    assert [flight.stage for flight in flights] == [Stage.CONNECT, Stage.HELO]
    (_, connect) = packets_of(flights[0].data)[1]
    assert connect == b"mail.example.net\x004\x9c\x40198.51.100.25\0"
    assert packets_of(flights[1].data) == [(b"H", b"there\0")]
