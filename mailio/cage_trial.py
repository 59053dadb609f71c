"""Tries out a cage: which layers hold it here, and whether a parser could do what none may."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Mapping
from pathlib import Path

from msgspec import Struct

from mailcore.sandbox_settings import Sandbox
from mailcore.wire import decode, encode
from mailio.cage import Cage
from mailio.cage_wire import Ready

TRIAL_SECONDS = 20.0


class Trial(Struct, frozen=True, kw_only=True):
    """The layers of a cage, and in words what was possible in it although it should not be."""

    layers: Ready
    escapes: tuple[str, ...] = ()


def try_cage(options: Sandbox, secret: Path) -> Trial:
    """Start a cage and let it try; `secret` is a file that no parser should read.

    Raises CageBroken where there is no cage, or it cannot go on.
    """
    attempts: dict[str, Callable[[], object]] = {
        "open a connection": lambda: socket.socket().close(),
        "start a process": _fork,
        "send signals to others": lambda: os.kill(os.getppid(), 0),
        "write files": lambda: os.close(os.open(secret.parent / ".mailchord-trial", os.O_CREAT | os.O_WRONLY, 0o600)),
        f"read {secret}": lambda: secret.exists() and secret.read_bytes(),
        "read /etc/passwd": lambda: Path("/etc/passwd").read_bytes(),
    }

    def trial(_head: bytes, _parts: Mapping[str, bytes], _seconds: float) -> bytes:
        return encode([name for name, attempt in attempts.items() if _succeeds(attempt)])

    cage = Cage({"trial": trial}, options=options)
    try:
        layers = cage.layers()
        return Trial(layers=layers, escapes=decode(cage.run("trial", b"", {}, seconds=TRIAL_SECONDS), tuple[str, ...]))
    finally:
        cage.close()


def _succeeds(attempt: Callable[[], object]) -> bool:
    try:
        return attempt() is not False
    except OSError:
        return False


def _fork() -> None:
    pid = os.fork()
    if pid == 0:
        os._exit(0)
    os.waitpid(pid, 0)
