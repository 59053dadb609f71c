"""What is wrong with an installation is said in one clear line, with exit status 2, by every command that meets it."""

from __future__ import annotations

import contextlib
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from msgspec import Struct

from mailchord.postfix import free_port
from tests.mail import mail
from tests.system.installation import ROOT, environment, eventually, merged, processes_of

pytestmark = [pytest.mark.system, pytest.mark.timeout(180)]

ALL = ("serve", "front", "worker", "scan", "check")


class Mistake(Struct, frozen=True, kw_only=True):
    """Settings (or the text of the file), who must complain, and words that must stand in the line.

    `{folder}` in values and words is the directory of the test.
    """

    words: tuple[str, ...]
    settings: dict[str, Any] = {}
    text: str = ""
    commands: tuple[str, ...] = ("scan",)


FRONT = ("front",)
# Enough for a front to come as far as its own checks.
BROKER = {"redis": {"broker": "redis://127.0.0.1:1/0"}}
MISTAKES = {
    "unknown key": Mistake(
        text="front:\n  lisen: inet:8891@127.0.0.1\n", words=("mailchord.yaml:2", "lisen", "listen"), commands=ALL
    ),
    "unknown section": Mistake(text="\nfornt: {}\n", words=("mailchord.yaml:2", "fornt", "front")),
    "wrong type": Mistake(
        text="front:\n  deadline_seconds: soon\n", words=("mailchord.yaml:2", "deadline_seconds", "soon")
    ),
    "broken YAML": Mistake(text="front: [\n", words=("mailchord.yaml:",)),
    "not a mapping": Mistake(text="- one\n- two\n", words=("mailchord.yaml:",)),
    "unknown pool": Mistake(text="pools:\n  contnet: {}\n", words=("mailchord.yaml:2", "contnet", "content")),
    "pools that must not share": Mistake(
        settings={"workers": [{"pools": ["intake", "ocr"]}]}, words=("mailchord.yaml:", "ocr")
    ),
    "no such configs_dir": Mistake(
        settings={"configs_dir": "{folder}/none"}, words=("configs_dir", "{folder}/none"), commands=ALL
    ),
    "configs_dir without rules": Mistake(
        settings={"configs_dir": "{folder}/empty", **BROKER}, words=("{folder}/empty",), commands=("worker", "scan")
    ),
    "no broker": Mistake(settings={}, words=("redis.broker",), commands=("front", "worker")),
    "state_dir is a file": Mistake(
        settings={"state_dir": "{folder}/file"}, words=("state_dir", "{folder}/file"), commands=("serve",)
    ),
    # Where even root may make no directory.
    "state_dir that cannot be made": Mistake(
        settings={"state_dir": "/proc/mailchord"}, words=("state_dir", "/proc/mailchord"), commands=("serve",)
    ),
    "state_dir is too deep": Mistake(
        settings={"state_dir": "{folder}/" + "d" * 120}, words=("state_dir", "107"), commands=("serve",)
    ),
    "health port in use": Mistake(
        settings={"health": {"listen": "127.0.0.1:{taken}"}}, words=("health.listen", "{taken}"), commands=("serve",)
    ),
    "milter port in use": Mistake(
        settings={"front": {"listen": "inet:{taken}@127.0.0.1"}},
        words=("front.listen", "{taken}", "in use"),
        commands=("serve",),
    ),
    "milter port in use, front alone": Mistake(
        settings={"front": {"listen": "inet:{taken}@127.0.0.1"}, **BROKER},
        words=("front.listen", "{taken}", "in use"),
        commands=FRONT,
    ),
    "no directory for the socket": Mistake(
        settings={"front": {"listen": "unix:{folder}/none/milter.sock"}, **BROKER},
        words=("front.listen", "{folder}/none"),
        commands=FRONT,
    ),
    "socket that cannot be made": Mistake(
        settings={"front": {"listen": "unix:/proc/milter.sock"}}, words=("front.listen", "/proc"), commands=("serve",)
    ),
    "the socket's path is a file": Mistake(
        settings={"front": {"listen": "unix:{folder}/file"}, **BROKER},
        words=("front.listen", "{folder}/file"),
        commands=FRONT,
    ),
    "socket of an unknown group": Mistake(
        settings={"front": {"listen": "unix:{folder}/m.sock", "socket_group": "nosuchgroup"}, **BROKER},
        words=("front.socket_group", "nosuchgroup"),
        commands=FRONT,
    ),
    "quarantine is a file": Mistake(
        settings={"quarantine": {"directory": "{folder}/file"}, **BROKER},
        words=("quarantine.directory", "{folder}/file"),
        commands=FRONT,
    ),
    "no release key": Mistake(
        settings={"front": {"release_key_file": "{folder}/none.key"}, **BROKER},
        words=("front.release_key_file", "{folder}/none.key"),
        commands=FRONT,
    ),
}
CASES = [
    pytest.param(mistake, command, id=f"{command}: {name}")
    for name, mistake in MISTAKES.items()
    for command in mistake.commands
]


class Place:
    """A directory with a configuration, a message and a port that is taken."""

    def __init__(self, folder: Path, taken: int) -> None:
        self.folder = folder
        self.taken = taken
        (folder / "mail.eml").write_bytes(mail())
        (folder / "file").write_text("not a directory\n")
        (folder / "empty").mkdir()

    def filled(self, value: Any) -> Any:
        if isinstance(value, str):
            return value.replace("{folder}", str(self.folder)).replace("{taken}", str(self.taken))
        if isinstance(value, list):
            return [self.filled(inner) for inner in value]
        return {name: self.filled(inner) for name, inner in value.items()} if isinstance(value, dict) else value

    def configure(self, mistake: Mistake) -> Path:
        path = self.folder / "mailchord.yaml"
        own = {
            "state_dir": f"{self.folder}/state",
            "health": {"listen": f"127.0.0.1:{free_port()}"},
            "front": {"listen": f"inet:{free_port()}@127.0.0.1"},
        }
        path.write_text(mistake.text or yaml.safe_dump(merged(own, self.filled(mistake.settings))))
        return path

    def run(self, command: str, configuration: Path, *more: str, environ: Mapping[str, str] | None = None) -> Ended:
        words = [sys.executable, "-m", "mailchord", "-c", str(configuration), command, *more]
        words += [str(self.folder / "mail.eml")] if command == "scan" else []
        process = subprocess.Popen(
            words, cwd=ROOT, env=environment() | dict(environ or {}), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True, start_new_session=True,
        )  # fmt: skip
        try:
            out, errors = process.communicate(timeout=90)
        finally:
            process.kill()
        left = not eventually(lambda: not processes_of(process.pid), seconds=10)
        return Ended(status=process.returncode, out=out, errors=errors, left_processes=left)


class Ended(Struct, frozen=True):
    """How a command ended. Log lines (JSON) do not count as what it says, nor the sum with which `check` ends."""

    status: int
    out: str
    errors: str
    left_processes: bool

    @property
    def said(self) -> list[str]:
        lines = [line for line in self.errors.splitlines() if not line.startswith("{")]
        return [line for line in lines if line != "mailchord: 1 problem"]


@pytest.fixture(scope="module")
def place() -> Iterator[Place]:
    folder = Path(tempfile.mkdtemp(prefix="mc-start-", dir="/tmp"))
    with contextlib.closing(socket.create_server(("127.0.0.1", 0))) as taken:
        yield Place(folder, taken.getsockname()[1])
    shutil.rmtree(folder)


@pytest.mark.parametrize(("mistake", "command"), CASES)
def test_one_line_says_what_is_wrong(place: Place, mistake: Mistake, command: str) -> None:
    ended = place.run(command, place.configure(mistake))
    assert ended.status == 2, ended
    assert len(ended.said) == 1, ended
    assert [word for word in map(place.filled, mistake.words) if word not in ended.said[0]] == [], ended
    assert "Traceback" not in ended.errors
    assert not ended.left_processes


@pytest.mark.parametrize("command", ALL)
def test_configuration_file_that_is_not_there(place: Place, command: str) -> None:
    ended = place.run(command, place.folder / "none.yaml")
    assert (ended.status, len(ended.said)) == (2, 1), ended
    assert f"{place.folder}/none.yaml" in ended.said[0]


@pytest.mark.parametrize("command", ["serve", "check"])
def test_variable_that_is_no_setting(place: Place, command: str) -> None:
    configuration = place.configure(Mistake(words=()))
    ended = place.run(command, configuration, environ={"MAILCHORD_FRONT__LISEN": "inet:1@127.0.0.1"})
    assert (ended.status, len(ended.said)) == (2, 1), ended
    assert "MAILCHORD_FRONT__LISEN" in ended.said[0]
    assert "MAILCHORD_FRONT__LISTEN" in ended.said[0] or "listen" in ended.said[0]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [(("--pools", "intake,oc"), ("--pools", "oc")), (("--autoscale", "4,1"), ("--autoscale", "MAX"))],
    ids=lambda value: " ".join(value) or "none",
)
def test_options_of_a_worker(place: Place, arguments: tuple[str, ...], words: tuple[str, ...]) -> None:
    configuration = place.configure(Mistake(words=(), settings={"redis": {"broker": "redis://127.0.0.1:1/0"}}))
    ended = place.run("worker", configuration, *arguments)
    assert (ended.status, len(ended.said)) == (2, 1), ended
    assert [word for word in words if word not in ended.said[0]] == []


def test_message_that_is_not_there(place: Place) -> None:
    ended = place.run("scan", place.configure(Mistake(words=())), f"{place.folder}/none.eml")
    assert (ended.status, len(ended.said)) == (2, 1), ended
    assert "none.eml" in ended.said[0]


def test_a_worker_that_may_not_write_where_it_keeps_patterns_works_all_the_same(place: Place) -> None:
    """The state directory holds a cache of compiled rules; without it a scan is slower, not wrong."""
    configuration = place.configure(Mistake(words=(), settings={"state_dir": "{folder}/file"}))
    ended = place.run("scan", configuration)
    assert (ended.status, ended.said) == (0, []), ended
