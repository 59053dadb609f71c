"""The generator against a milter of a few lines: what it counts, when it waits, what it does when things break."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bench.milter_load import Generator, at_rate
from bench.packets import Mail, packet, split_packets
from bench.session import action_of, connect

ONLY_THE_END_ANSWERS = 0x80 | 0x1000 | 0x2000 | 0x4000 | 0x8000 | 0x10000 | 0x40000 | 0x80000
EVERY_STEP_ANSWERS = 0
MAIL = Mail(name="m", raw=b"Subject: a\r\n\r\n" + b"x" * 200_000)

# What a milter of this test says to a command: packets, or None to close the connection.
Answer = Callable[[bytes], bytes | None]


class Milter:
    """Answers as it is told, and remembers the commands of every connection."""

    def __init__(self, path: Path, protocol: int, answer: Answer) -> None:
        self.commands: list[bytes] = []
        self.connections = 0
        self._protocol = protocol
        self._answer = answer
        self._listening = socket.socket(socket.AF_UNIX)
        self._listening.bind(str(path))
        self._listening.listen(64)
        threading.Thread(target=self._accept, daemon=True).start()

    def saw(self, command: bytes, count: int) -> bool:
        """Whether a command came that often; the last one may still be on its way."""
        until = time.monotonic() + 5
        while self.commands.count(command) < count and time.monotonic() < until:
            time.sleep(0.005)
        return self.commands.count(command) == count

    def close(self) -> None:
        self._listening.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):  # closed at the end of the test
            while True:
                sock, _ = self._listening.accept()
                self.connections += 1
                threading.Thread(target=self._serve, args=(sock,), daemon=True).start()

    def _serve(self, sock: socket.socket) -> None:
        buffer = bytearray()
        with sock, contextlib.suppress(ConnectionError):
            while data := sock.recv(65_536):
                buffer += data
                for command, _ in split_packets(buffer):
                    if command == b"D":
                        continue
                    self.commands.append(command)
                    if command == b"O":
                        sock.sendall(packet(b"O", struct.pack("!III", 6, 0, self._protocol)))
                        continue
                    answer = self._answer(command)
                    if answer is None:
                        return
                    sock.sendall(answer)


@contextlib.contextmanager
def milter(folder: Path, answer: Answer, *, protocol: int = ONLY_THE_END_ANSWERS) -> Iterator[tuple[Milter, str]]:
    path = folder / "m.sock"
    served = Milter(path, protocol, answer)
    try:
        yield served, f"unix:{path}"
    finally:
        served.close()


@contextlib.contextmanager
def generator(address: str, **options: int) -> Iterator[Generator]:
    found = Generator(address, [MAIL], **options)
    try:
        found.open(seconds=10)
        yield found
    finally:
        found.close()


def at_end(*answers: bytes) -> Answer:
    return lambda command: b"".join(answers) if command == b"E" else b""


ACCEPT = packet(b"a")


@pytest.mark.parametrize(
    ("reply", "action"),
    [
        pytest.param(packet(b"a"), "accept", id="accept"),
        pytest.param(packet(b"c"), "accept", id="continue"),
        pytest.param(packet(b"r"), "reject", id="reject"),
        pytest.param(packet(b"t"), "tempfail", id="tempfail"),
        pytest.param(packet(b"d"), "discard", id="discard"),
        pytest.param(packet(b"y", b"550 5.7.1 no\0"), "reject", id="reply-code-5"),
        pytest.param(packet(b"y", b"451 4.7.1 later\0"), "tempfail", id="reply-code-4"),
    ],
)
def test_actions_are_counted(tmp_path: Path, reply: bytes, action: str) -> None:
    with milter(tmp_path, at_end(reply)) as (_, address), generator(address, connections=3) as load:
        result = load.closed_loop(count=25)
    assert result.actions == {action: 25}
    assert (result.sent, result.answered) == (25, 25)


def test_modifications_and_progress_are_no_answers(tmp_path: Path) -> None:
    replies = (packet(b"p"), packet(b"h", b"X\0y\0"), packet(b"m", b"\0\0\0\1X\0\0"), packet(b"p"), ACCEPT)
    with milter(tmp_path, at_end(*replies)) as (_, address), generator(address, connections=1) as load:
        result = load.closed_loop(count=4)
    assert result.modifications == {"add header": 4, "change header": 4}
    assert result.progress_packets == 8
    assert result.actions == {"accept": 4}


def test_every_step_is_waited_for_where_the_milter_answers(tmp_path: Path) -> None:
    def answer(command: bytes) -> bytes:
        return ACCEPT if command == b"E" else b"" if command in b"QA" else packet(b"c")

    with milter(tmp_path, answer, protocol=EVERY_STEP_ANSWERS) as (served, address):
        with generator(address, connections=1) as load:
            result = load.closed_loop(count=2)
        assert result.actions == {"accept": 2}
        assert b"".join(served.commands).startswith(b"OCHMRTLLNBBBBEMRTLLN")


def test_skip_ends_the_body(tmp_path: Path) -> None:
    def answer(command: bytes) -> bytes:
        return {b"E": ACCEPT, b"B": packet(b"s"), b"Q": b"", b"A": b""}.get(command, packet(b"c"))

    with milter(tmp_path, answer, protocol=EVERY_STEP_ANSWERS) as (served, address):
        with generator(address, connections=1) as load:
            assert load.closed_loop(count=1).actions == {"accept": 1}
        assert served.commands.count(b"B") == 1


def test_an_early_answer_ends_the_message_with_an_abort(tmp_path: Path) -> None:
    def answer(command: bytes) -> bytes:
        return {b"R": packet(b"t"), b"A": b"", b"Q": b""}.get(command, packet(b"c"))

    with milter(tmp_path, answer, protocol=EVERY_STEP_ANSWERS) as (served, address):
        with generator(address, connections=1) as load:
            assert load.closed_loop(count=3).actions == {"tempfail": 3}
        assert served.saw(b"A", 3)
        assert b"E" not in served.commands


def test_a_refused_session_defers_its_message(tmp_path: Path) -> None:
    def answer(command: bytes) -> bytes:
        return packet(b"t") if command == b"C" else b""

    with (
        milter(tmp_path, answer, protocol=EVERY_STEP_ANSWERS) as (_, address),
        generator(address, connections=2) as load,
    ):
        result = load.closed_loop(count=6)
    assert result.actions == {"tempfail": 6}


def test_a_milter_that_hangs_up_is_no_answer(tmp_path: Path) -> None:
    with milter(tmp_path, lambda command: None if command == b"E" else b"") as (_, address):  # noqa: SIM117
        with generator(address, connections=1) as load:
            result = load.closed_loop(count=3)
    assert result.actions == {"connection lost": 3}
    assert result.answered == 0


def test_a_milter_that_never_answers_ends_the_run_all_the_same(tmp_path: Path) -> None:
    with milter(tmp_path, lambda _command: b"") as (_, address), generator(address, connections=2) as load:
        result = load.closed_loop(count=2, patience=0.2)
    assert (result.sent, result.answered) == (2, 0)


def test_a_session_carries_only_so_many_messages(tmp_path: Path) -> None:
    with milter(tmp_path, at_end(ACCEPT)) as (served, address):
        with generator(address, connections=1, messages_per_session=2) as load:
            load.closed_loop(count=6)
        assert served.connections in (3, 4)  # three sessions of two messages; a fourth was opened in advance


def test_latency_counts_from_the_intended_moment(tmp_path: Path) -> None:
    def slow(command: bytes) -> bytes:
        if command != b"E":
            return b""
        time.sleep(0.05)
        return ACCEPT

    with milter(tmp_path, slow) as (_, address), generator(address, connections=1) as load:
        result = load.open_loop(at_rate(100, 0.1))
    # Ten messages 10 ms apart on one connection of a milter that takes 50 ms: the last waits for the nine before it.
    assert result.latency.max >= 10 * 50 - 90
    assert result.answer.max < result.latency.max


def test_connections_are_opened_while_all_are_busy(tmp_path: Path) -> None:
    def slow(command: bytes) -> bytes:
        if command != b"E":
            return b""
        time.sleep(0.1)
        return ACCEPT

    with milter(tmp_path, slow) as (_, address), generator(address, connections=1, most_connections=5) as load:
        result = load.open_loop(at_rate(100, 0.1))
    assert result.connections == 5
    assert result.answered == 10


def test_rate_may_start_later() -> None:
    assert at_rate(4, 1, start=10) == [10.0, 10.25, 10.5, 10.75]


def test_nobody_listens(tmp_path: Path) -> None:
    load = Generator(f"unix:{tmp_path}/none.sock", [MAIL])
    with pytest.raises(OSError, match="ENOENT"):
        load.open(seconds=1)
    load.close()


def test_inet_address() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        sock, error = connect(f"inet:{server.getsockname()[1]}@127.0.0.1")
        assert error == 0
        assert sock is not None
        sock.close()


def test_unknown_reply() -> None:
    with pytest.raises(ValueError, match="reply b'!'"):
        action_of(b"!", b"")
