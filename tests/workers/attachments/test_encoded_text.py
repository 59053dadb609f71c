"""Files in the form of text are opened; texts that only look like it hold nothing, and cost little."""

from __future__ import annotations

import base64
import binascii
import time

import pytest

from tests import files
from tests.workers.attachments.scan import files_of, found

PROGRAM = files.windows_program()


def uuencoded(name: str, content: bytes, *, line_end: bytes = b"\n") -> bytes:
    lines = (binascii.b2a_uu(content[at : at + 45]).rstrip(b"\n") for at in range(0, len(content), 45))
    return line_end.join((b"begin 644 " + name.encode(), *lines, b"`", b"end", b""))


def in_base64(name: str, content: bytes) -> bytes:
    return b"begin-base64 644 " + name.encode() + b"\n" + base64.encodebytes(content) + b"====\n"


BAD: dict[str, bytes] = {
    "uuencode": uuencoded("a.exe", PROGRAM),
    "lines of DOS": uuencoded("a.exe", PROGRAM, line_end=b"\r\n"),
    "behind a letter": b"Hello,\n\nhere it is.\n\n" + uuencoded("a.exe", PROGRAM),
    "base64": in_base64("a.exe", PROGRAM),
    "the second of two": uuencoded("a.txt", b"A text") + uuencoded("a.exe", PROGRAM),
    "without an end": uuencoded("a.exe", PROGRAM)[:-7],
}
GOOD: dict[str, bytes] = {
    "a text": b"We begin 100 metres from here\n",
    "a text about it": b"begin 644 name\n\nis how it begins.\n",
    "a picture": uuencoded("a.png", files.blank_picture()),
    "a program of Pascal": b"begin\n  writeln('a');\nend.\n",
    "nothing": b"begin 644 a.exe\n`\nend\n",
    "damaged base64": b"begin-base64 644 a.exe\n????\n====\n",
}


@pytest.mark.parametrize("data", BAD.values(), ids=BAD)
@pytest.mark.parametrize("name", ["a.uue", "a.txt"])
def test_is_opened(name: str, data: bytes) -> None:
    assert len(found("archive_holds_program_or_script", (name, data))) == 1


@pytest.mark.parametrize("data", GOOD.values(), ids=GOOD)
def test_holds_no_program(data: bytes) -> None:
    assert found("archive_holds_program_or_script", ("a.txt", data)) == []


def test_many_begins_are_bounded() -> None:
    began = time.process_time()
    tree, problems = files_of(("a.uue", uuencoded("a.txt", b"A text") * 20_000))
    assert len(tree) == 11
    assert "more than 10 files" in problems[0]
    files_of(("a.uue", b"begin 644 a\n" * 200_000))
    files_of(("a.uue", b"begin-base64 644 a\n" * 200_000))
    files_of(("a.uue", b"begin-base64 644 a\nQUJD\n" * 100_000))
    assert time.process_time() - began < 5
