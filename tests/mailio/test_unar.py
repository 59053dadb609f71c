"""unar: members as data, passwords, bounds of time, bytes and members, hostile names, nothing left behind."""

from __future__ import annotations

import shutil
import stat
import tempfile
import time
from pathlib import Path

import pytest

from mailcore.unpacked import Unpacked, UnpackRequest
from mailio.cage_ports import Outside
from mailio.unar import MOST_UNPACKED, NOT_INSTALLED, Unar, through
from tests import corpora
from tests.files_old_archives import arj, lzh

needs_unar = pytest.mark.skipif(shutil.which("unar") is None, reason="unar is not installed")

MEMBERS = [(b"a.txt", b"one"), (b"b.exe", b"MZ" + bytes(100))]
HOSTILE = [(b"../../above.txt", b"one"), (b"/tmp/absolute", b"two"), (b"-o", b"three"), (b"$(id)*?`", b"four")]


def unpack(
    data: bytes, password: str = "", *, most_bytes: int = 1_000_000, most_members: int = 100, seconds: float = 20
) -> Unpacked:
    request = UnpackRequest(data=data, password=password, most_bytes=most_bytes, most_members=most_members)
    return Unar()(request, seconds=seconds)


def rar(name: str) -> bytes:
    return (corpora.attachments("archive") / "rarfile/test/files" / name).read_bytes()


@pytest.fixture(autouse=True)
def nothing_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> object:
    """Whatever happens: no file stays."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "own"))
    (tmp_path / "own").mkdir()
    yield
    assert list((tmp_path / "own").iterdir()) == []


@needs_unar
@pytest.mark.parametrize("archive", [lzh(MEMBERS), arj(MEMBERS)], ids=["LZH", "ARJ"])
def test_members_come_out(archive: bytes) -> None:
    found = unpack(archive)
    assert [(member.name.encode(), member.content) for member in found.members] == MEMBERS
    assert (found.problem, found.is_locked) == ("", False)


@needs_unar
@pytest.mark.parametrize("archive", [lzh(HOSTILE), arj(HOSTILE)], ids=["LZH", "ARJ"])
def test_hostile_names_are_data(archive: bytes) -> None:
    assert [(member.name.encode(), member.content) for member in unpack(archive).members] == HOSTILE
    assert not Path("/tmp/absolute").exists()


@needs_unar
def test_a_name_with_a_nul() -> None:
    (member,) = unpack(lzh([(b"a.txt\0.exe", b"one")])).members
    assert member.content == b"one"
    assert "\0" not in member.name


@needs_unar
@pytest.mark.parametrize("name", ["rar5-psw.rar", "rar5-hpsw.rar", "rar5-psw-blake.rar", "rar202-comment-psw.rar"])
def test_rar_under_a_password(name: str) -> None:
    found = unpack(rar(name), "password")
    assert not found.is_locked
    assert all(member.encrypted and member.content and not member.problem for member in found.members)
    assert len(found.members) == 2


@needs_unar
@pytest.mark.parametrize("word", ["", "Password", "wrong", "-h", "-p", "; id", "\0", "password\0", "p" * 5_000])
@pytest.mark.parametrize("name", ["rar5-psw.rar", "rar5-hpsw.rar", "rar5-psw-blake.rar"])
def test_a_wrong_password(name: str, word: str) -> None:
    found = unpack(rar(name), word)
    assert found.is_locked
    assert not any(member.content for member in found.members)


@needs_unar
def test_an_empty_member_says_nothing_of_a_password() -> None:
    assert unpack(rar("rar3-comment-psw.rar"), "anything").is_locked


@needs_unar
@pytest.mark.parametrize(
    "data",
    [b"", b"no archive", bytes(1_000), lzh(MEMBERS)[5:], b"-lh5-" * 100, arj(MEMBERS)[:50]],
    ids=["empty", "text", "zeros", "without its begin", "only its mark", "cut"],
)
def test_what_is_no_archive(data: bytes) -> None:
    assert not any(member.content for member in unpack(data).members)


@needs_unar
@pytest.mark.parametrize("told", [1_000, 2**31, 2**32 - 1])
def test_members_that_promise_too_much(told: int) -> None:
    assert [member.problem for member in unpack(lzh(MEMBERS, size=told)).members] == ["not unpacked to its end"] * 2


@needs_unar
def test_bytes_are_bounded() -> None:
    found = unpack(lzh([(b"a", b"x" * 5_000_000), (b"b", b"y")]), most_bytes=100_000)
    assert [len(member.content) for member in found.members] == [100_000]
    assert found.members[0].problem
    assert "at most" in found.problem


@needs_unar
def test_members_are_bounded() -> None:
    found = unpack(lzh((b"%d" % number, b"x") for number in range(300)), most_members=5)
    assert len(found.members) == 5
    assert "more than 5 members" in found.problem
    assert MOST_UNPACKED < 300


@needs_unar
def test_ten_thousand_members_end_in_time() -> None:
    begin = time.monotonic()
    found = unpack(lzh((b"%d" % number, b"x") for number in range(10_000)), most_members=10_000, seconds=3)
    assert time.monotonic() - begin < 6
    assert found.problem
    assert len(found.members) <= MOST_UNPACKED


@needs_unar
def test_time_that_is_over() -> None:
    assert unpack(lzh(MEMBERS), seconds=0) == Unpacked(problem="unar did not end in time")


@needs_unar
def test_through_a_port() -> None:
    ask = through(Outside(), Unar())
    found = ask(UnpackRequest(data=lzh(MEMBERS), most_bytes=1_000, most_members=9), seconds=20)
    assert [member.content for member in found.members] == [content for _, content in MEMBERS]


@pytest.mark.parametrize("payload", [b"", b"\xc1", b"\x90", b"no request"])
def test_a_cage_that_talks_nonsense(payload: bytes) -> None:
    outside = Outside()
    through(outside, Unar())
    with pytest.raises(ValueError, match=r"\w"):
        outside.run("unar", payload, seconds=1)


def test_where_it_is_not_installed() -> None:
    found = Unar(path="/nonexistent")(UnpackRequest(data=lzh(MEMBERS)), seconds=1)
    assert found == Unpacked(problem=NOT_INSTALLED, is_missing=True)


LISTS = {
    "nothing": "true",
    "no JSON": "echo hello",
    "a list": "echo []",
    "strange members": """echo '{"lsarContents": [1, null, "a"]}'""",
    "no number": """echo '{"lsarContents": [{"XADFileName": 7, "XADIndex": "-o"}]}'""",
    "deep": "printf '[%.0s' $(seq 100000)",
    "endless": "exec yes",
    "stuck": "exec sleep 60",
    "killed": "kill -9 $$",
    "writes files": "echo a > left",
}


@pytest.mark.parametrize("script", LISTS.values(), ids=LISTS)
def test_a_program_that_behaves_badly(tmp_path: Path, script: str) -> None:
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in ("lsar", "unar"):
        path = folder / name
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
    begin = time.monotonic()
    asked = Unar(path=f"{folder}:/usr/bin:/bin")
    found = asked(UnpackRequest(data=b"a", most_bytes=1_000, most_members=9), seconds=2)
    assert found.problem
    assert not found.members
    assert time.monotonic() - begin < 5
