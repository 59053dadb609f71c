"""Showing files to clamd: what it answers, what becomes of one that is slow, broken or away."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from msgspec import structs
from structlog.testing import capture_logs

from mailcore.file_settings import Clamd
from mailcore.known_files import MalwareAnswer
from mailio.cage_ports import Outside
from mailio.clamd import ClamdFailed, ClamdScanner, ask, read_answer, through
from tests.clamd_server import Answer, ClamdServer, drips, finds, hangs, hangs_up, says


class Stopwatch:
    """Time that goes on when a test says so."""

    def __init__(self) -> None:
        self.ahead = 0.0

    def __call__(self) -> float:
        return time.monotonic() + self.ahead


@pytest.fixture
def clamd() -> Iterator[ClamdServer]:
    with ClamdServer(finds("Eicar-Test", where=b"EICAR")) as server:
        yield server


def scanner(server: ClamdServer, **options: object) -> ClamdScanner:
    return ClamdScanner(structs.replace(Clamd(socket=server.address, seconds=0.4), **options))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("answer", "name"),
    [
        pytest.param("stream: OK", "", id="nothing"),
        pytest.param("stream: Win.Test.EICAR_HDB-1 FOUND", "Win.Test.EICAR_HDB-1", id="a name"),
        pytest.param("instream(127.0.0.1@41000): Pdf.Dropper-1 FOUND", "Pdf.Dropper-1", id="as older ones say"),
        pytest.param("stream: PUA.Win.Tool(a:32) FOUND", "PUA.Win.Tool(a:32)", id="a name with a hash"),
    ],
)
def test_answers_are_read(answer: str, name: str) -> None:
    assert read_answer(answer) == MalwareAnswer(name=name)


@pytest.mark.parametrize(
    "answer",
    [
        "",
        "PONG",
        "stream: ",
        "stream: FOUND",
        "stream: two words FOUND",
        "HTTP/1.1 400 Bad Request",
        "OK",
        "stream: \x1b FOUND",
    ],
)
def test_answers_without_sense_are_none(answer: str) -> None:
    with pytest.raises(ClamdFailed):
        read_answer(answer)


def test_a_file_is_shown_whole(clamd: ClamdServer) -> None:
    data = bytes(400_000) + b"EICAR"
    assert scanner(clamd).scan(data, seconds=2).name == "Eicar-Test"
    assert clamd.streams == [data]


@pytest.mark.parametrize("data", [b"", b"x", bytes(131_072)], ids=["empty", "a byte", "a whole piece"])
def test_good_files_are_good(clamd: ClamdServer, data: bytes) -> None:
    assert scanner(clamd).scan(data, seconds=2) == MalwareAnswer()


def test_a_large_file_is_not_shown(clamd: ClamdServer) -> None:
    answer = scanner(clamd, most_bytes=10).scan(bytes(11), seconds=2)
    assert "larger than what is shown" in answer.problem
    assert clamd.commands == []


def test_a_file_that_is_too_large_for_clamd_is_no_failure_of_clamd() -> None:
    with ClamdServer(most_bytes=1_000) as server:
        asked = scanner(server)
        assert "size limit exceeded" in asked.scan(bytes(3_000_000), seconds=2).problem
        assert asked.scan(b"small", seconds=2) == MalwareAnswer()


MISBEHAVING: dict[str, tuple[Answer, bool, str]] = {
    "slow": (hangs(2.0), True, "no answer within 0.4 s"),
    "drips": (drips, True, "no answer within 0.4 s"),
    "garbage": (says(b"\xff\xfe<html>\0"), True, "it said"),
    "endless": (says(b"stream: " + b"A" * 100_000), True, "its answer does not end"),
    "dies after the stream": (hangs_up, True, "hung up"),
    "dies in the middle": (hangs_up, False, "hung up"),
}


@pytest.mark.parametrize(("answer", "reads", "words"), MISBEHAVING.values(), ids=MISBEHAVING)
def test_one_that_misbehaves_is_left_alone_for_a_while(answer: Answer, reads: bool, words: str) -> None:
    stopwatch = Stopwatch()
    with ClamdServer(answer, reads=reads) as server:
        asked = ClamdScanner(Clamd(socket=server.address, seconds=0.4), stopwatch=stopwatch)
        began = time.monotonic()
        assert words in asked.scan(bytes(500_000), seconds=5).problem
        assert time.monotonic() - began < 2.0
        commands = len(server.commands)
        assert "is away" in asked.scan(b"x", seconds=5).problem
        assert asked.version() == ""
        assert len(server.commands) == commands, "nobody asked"
        server.answer, server.reads = says(b"stream: OK\0"), True
        stopwatch.ahead = 31.0
        assert asked.scan(b"x", seconds=5) == MalwareAnswer()


def test_one_that_is_not_there_is_said_once() -> None:
    stopwatch = Stopwatch()
    asked = ClamdScanner(Clamd(socket="unix:/nonexistent/clamd"), stopwatch=stopwatch)
    with capture_logs() as lines:
        for _ in range(3):
            assert "No such file" in asked.scan(b"x", seconds=1).problem
            stopwatch.ahead += 31.0
    assert [line["event"] for line in lines] == ["clamd is away"]


def test_little_time_for_a_file_says_nothing_of_clamd() -> None:
    with ClamdServer(hangs(0.3)) as server:
        asked = ClamdScanner(Clamd(socket=server.address))
        assert "no answer" in asked.scan(b"x", seconds=0.05).problem
        server.answer = says(b"stream: OK\0")
        assert asked.scan(b"x", seconds=5) == MalwareAnswer()


def test_the_version_is_asked_once_a_minute(clamd: ClamdServer) -> None:
    stopwatch = Stopwatch()
    asked = ClamdScanner(Clamd(socket=clamd.address), stopwatch=stopwatch)
    first = asked.version()
    assert first.startswith("ClamAV 1.0.7/27500/")
    clamd.version = b"ClamAV 1.0.7/27501/Sun Nov 22 10:00:00 2026\0"
    assert asked.version() == first
    stopwatch.ahead = 61.0
    assert "/27501/" in asked.version()


def test_over_tcp() -> None:
    with pytest.raises(ClamdFailed, match="refused"):
        ask("inet:9@127.0.0.1", b"zVERSION\0", None, seconds=1)


def test_through_a_port(clamd: ClamdServer) -> None:
    settings = Clamd(socket=clamd.address, required=True, most_bytes=100)
    distant = through(Outside(), ClamdScanner(settings), settings)
    assert distant.required
    assert distant.scan(b"EICAR", seconds=2).name == "Eicar-Test"
    assert distant.scan(b"x", seconds=2) == MalwareAnswer()
    assert "larger than" in distant.scan(bytes(101), seconds=2).problem
