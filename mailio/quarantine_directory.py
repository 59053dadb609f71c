"""Held mail in a directory: one folder a message, complete and on the disk, or not there at all.

DIRECTORY/            mode 0700
    ID/               the id of the message, never a name from the mail
        message.eml   the bytes as they came
        verdict.json  why it is held
        envelope.json who sent it to whom
    .incoming-XXXX    a message that is being written
"""

from __future__ import annotations

import json
import os
import re
import shutil
import tempfile
import time
from pathlib import Path

import msgspec
from msgspec import Struct

from mailcore.message import Envelope
from mailcore.verdict import Verdict

_OUR_ID = re.compile(r"[A-Za-z0-9_-]{8,64}")
_INCOMING = ".incoming-"

# Nobody writes that long on one message: what is older was left by a process that was killed.
_ABANDONED_SECONDS = 3600.0


class Usage(Struct, frozen=True, kw_only=True):
    """What the quarantine holds now."""

    count: int
    bytes: int


class Held(Struct, frozen=True, kw_only=True):
    """One held message."""

    verdict: Verdict
    envelope: Envelope
    raw: bytes


class QuarantineDirectory:
    """Implements `mailcore.ports.Quarantine`. Several processes may share the directory."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._swept = False

    def store(self, verdict: Verdict, envelope: Envelope, raw: bytes) -> str:
        """Keep the message; returns its folder. Storing an id again changes nothing.

        Raises OSError when the message is not safe on the disk (nothing half-written is then left), ValueError
        for an id that is not one of ours.
        """
        if not _OUR_ID.fullmatch(verdict.id):
            raise ValueError(f"not a message id: {verdict.id!r}")
        self._path.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._sweep_once()
        final = self._path / verdict.id
        if not final.exists():
            self._write(final, {"message.eml": raw, "verdict.json": _json(verdict), "envelope.json": _json(envelope)})
        # Also when it was there before: the process that renamed it may have died before this line.
        _sync_directory(self._path)
        return str(final)

    def load(self, message_id: str) -> Held:
        """A held message. Raises OSError where it is not there, ValueError for a name or files that are not ours."""
        if not _OUR_ID.fullmatch(message_id):
            raise ValueError("not a message id")
        folder = self._path / message_id
        verdict, envelope = (json.loads((folder / name).read_bytes()) for name in ("verdict.json", "envelope.json"))
        raw = (folder / "message.eml").read_bytes()
        try:
            return Held(
                verdict=msgspec.convert(verdict, Verdict), envelope=msgspec.convert(envelope, Envelope), raw=raw
            )
        except msgspec.ValidationError as error:
            raise ValueError(str(error)) from error

    def usage(self) -> Usage:
        """How many messages there are, and their bytes. Raises OSError when the directory cannot be read."""
        count = size = 0
        if not self._path.exists():
            return Usage(count=0, bytes=0)
        with os.scandir(self._path) as folders:
            for folder in folders:
                if _OUR_ID.fullmatch(folder.name) and folder.is_dir(follow_symlinks=False):
                    count += 1
                    size += _bytes_in(Path(folder.path))
        return Usage(count=count, bytes=size)

    def _write(self, final: Path, files: dict[str, bytes]) -> None:
        incoming = Path(tempfile.mkdtemp(prefix=_INCOMING, dir=self._path))  # mode 0700
        try:
            for name, content in files.items():
                _write_safely(incoming / name, content)
            _sync_directory(incoming)
            incoming.rename(final)
        except OSError:
            shutil.rmtree(incoming, ignore_errors=True)
            # Another process stored the same message meanwhile: then it is safe.
            if not final.is_dir():
                raise

    def _sweep_once(self) -> None:
        """Remove what killed processes left half-written; once in the life of this object is enough."""
        if self._swept:
            return
        self._swept = True
        for incoming in self._path.glob(f"{_INCOMING}*"):
            try:
                age = time.time() - incoming.stat().st_mtime
            except FileNotFoundError:  # finished or swept by another process at this moment
                continue
            if age > _ABANDONED_SECONDS:
                shutil.rmtree(incoming, ignore_errors=True)


def _write_safely(path: Path, content: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with open(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _sync_directory(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _bytes_in(folder: Path) -> int:
    try:
        with os.scandir(folder) as files:
            return sum(file.stat(follow_symlinks=False).st_size for file in files)
    except FileNotFoundError:  # released or deleted while we count
        return 0


def _json(value: Struct) -> bytes:
    """ASCII JSON: addresses may hold lone surrogates, which are no UTF-8 but have an escape in JSON."""
    return json.dumps(msgspec.to_builtins(value), indent=1).encode() + b"\n"
