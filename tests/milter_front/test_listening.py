"""Addresses to listen on, and what is said about those that cannot be used."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
import pytest

from mailcore.errors import ConfigurationError
from mailcore.settings import Front
from milter_front.listening import open_listener, parse_address


@contextmanager
def refusal() -> Iterator[list[str]]:
    """One clear line."""
    said: list[str] = []
    with pytest.raises(ConfigurationError) as caught:
        yield said
    said.append(str(caught.value))
    assert "\n" not in said[0]


def nothing_is_opened(_description: str) -> None:
    raise AssertionError("what is wrong must be seen before the socket is opened")


def listens(description: str) -> None:
    """Does what libmilter does, for Unix sockets."""
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(description.removeprefix("unix:"))
    listener.listen()
    listener.close()


@pytest.mark.parametrize(
    ("text", "libmilter"),
    [
        ("unix:/run/mailchord/milter.sock", "unix:/run/mailchord/milter.sock"),
        ("inet:8891@127.0.0.1", "inet:8891@[127.0.0.1]"),
        ("inet:8891@0.0.0.0", "inet:8891@[0.0.0.0]"),
        ("inet6:8891@::1", "inet6:8891@[::1]"),
        ("inet6:8891@[::1]", "inet6:8891@[::1]"),
        ("inet:8891@localhost", "inet:8891@[127.0.0.1]"),
    ],
)
def test_addresses(text: str, libmilter: str) -> None:
    assert parse_address(text).libmilter == libmilter


@pytest.mark.parametrize(
    "text",
    [
        "",
        "8891",
        "127.0.0.1:8891",
        "inet:8891",
        "inet:0@127.0.0.1",
        "inet:65536@127.0.0.1",
        "inet:http@127.0.0.1",
        "tcp:8891@127.0.0.1",
        "unix:",
        "unix:relative/path",
        "unix:/" + "x" * 107,
        "inet:8891@no-such-host.invalid",
        "inet:8891@::1",
        "inet6:8891@127.0.0.1 x",
    ],
)
def test_no_addresses(text: str) -> None:
    with refusal() as said:
        parse_address(text)
    assert said[0].startswith("front.listen: ")


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        pytest.param({"socket_mode": "660x"}, "front.socket_mode: '660x' is no octal mode", id="mode"),
        pytest.param({"socket_mode": "0999"}, "front.socket_mode:", id="not octal"),
        pytest.param({"socket_mode": "4755"}, "front.socket_mode:", id="special bits"),
        pytest.param({"socket_group": "no-such-group"}, "there is no group 'no-such-group'", id="group"),
    ],
)
def test_mode_and_group(tmp_path: Path, fields: dict[str, str], said: str) -> None:
    with refusal() as lines:
        open_listener(msgspec.convert({"listen": f"unix:{tmp_path}/s", **fields}, Front), nothing_is_opened)
    assert said in lines[0]


def test_no_directory(tmp_path: Path) -> None:
    with refusal() as said:
        open_listener(Front(listen=f"unix:{tmp_path}/missing/s"), nothing_is_opened)
    assert f"there is no directory {tmp_path}/missing: create it" in said[0]


def test_directory_not_writable() -> None:
    """In /proc nobody may make files, root neither."""
    with refusal() as said:
        open_listener(Front(listen="unix:/proc/milter.sock"), nothing_is_opened)
    assert said[0].startswith("front.listen: cannot make a socket in /proc (")


def test_a_file_in_the_way_stays(tmp_path: Path) -> None:
    (tmp_path / "s").write_text("precious")
    with refusal() as said:
        open_listener(Front(listen=f"unix:{tmp_path}/s"), nothing_is_opened)
    assert "is no socket" in said[0]
    assert (tmp_path / "s").read_text() == "precious"


def test_a_link_in_the_way_stays(tmp_path: Path) -> None:
    (tmp_path / "s").symlink_to(tmp_path / "elsewhere")
    with refusal():
        open_listener(Front(listen=f"unix:{tmp_path}/s"), nothing_is_opened)
    assert (tmp_path / "s").is_symlink()


def test_a_socket_in_use_stays(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as taken:
        taken.bind(str(tmp_path / "s"))
        taken.listen()
        with refusal() as said:
            open_listener(Front(listen=f"unix:{tmp_path}/s"), nothing_is_opened)
    assert "somebody listens" in said[0]
    assert (tmp_path / "s").exists()


def test_port_in_use() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with refusal() as said:
            open_listener(Front(listen=f"inet:{port}@127.0.0.1"), nothing_is_opened)
    assert f"port {port} on 127.0.0.1 is in use" in said[0]


def test_an_address_of_another_machine() -> None:
    with refusal() as said:
        open_listener(Front(listen="inet:18891@192.0.2.1"), nothing_is_opened)
    assert "this machine has no address 192.0.2.1" in said[0]


def test_what_libmilter_itself_refuses(tmp_path: Path) -> None:
    def refuses(_description: str) -> None:
        raise OSError("libmilter cannot listen: see the system log")

    with refusal() as said:
        open_listener(Front(listen=f"unix:{tmp_path}/s"), refuses)
    assert said[0] == "front.listen: libmilter cannot listen: see the system log"


def test_nobody_gets_in_before_the_mode_is_set(tmp_path: Path) -> None:
    seen: list[int] = []

    def look(description: str) -> None:
        listens(description)
        seen.append((tmp_path / "s").stat().st_mode & 0o777)

    before = os.umask(0o022)
    try:
        open_listener(Front(listen=f"unix:{tmp_path}/s", socket_mode="0600"), look)
        assert os.umask(0o022) == 0o022
    finally:
        os.umask(before)
    assert seen == [0o600]
