"""Archives by unar and lsar (The Unarchiver): RAR under a password, LZH, ARJ, StuffIt and other old kinds.

No name out of a mail reaches them: the archive lies under a fixed name in a directory of its own, members are asked for
by their number, and their content comes through a pipe. Neither program can write a file.
"""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from msgspec import DecodeError, Struct, field

from mailcore.ports import Unpacker
from mailcore.unpacked import Unpacked, UnpackedMember, UnpackRequest
from mailcore.wire import decode, encode
from mailio.bounded_program import PATH, BoundedProgram
from mailio.cage_ports import Outside, Port
from mailio.time_limits import time_limits_wait

NOT_INSTALLED = "needs unar, which is not installed"
# Less than one frame between a cage and its parent.
MOST_BYTES = 50_331_648
MOST_MEMBERS = 1_000
# Each is a process of 30 ms.
MOST_UNPACKED = 100
MOST_SECONDS = 20.0

_LIST_BYTES = 8_388_608
_NAME_CHARACTERS = 1_000
_BOUNDS = ("--core=0", "--fsize=0", "--nofile=64", "--data=402653184")
# Of lsar's test: the checksum is right; there is none that can be checked (RAR 5 with BLAKE2), where a wrong password
# is told by a value of its own.
_FITTING = (["ok"], ["no_checksum"])


class Unar(Struct, frozen=True, kw_only=True):
    """An `Unpacker`. `path` is where its two programs, and prlimit(1), are looked for."""

    path: str = PATH
    environment: Mapping[str, str] = field(default_factory=lambda: {"LC_ALL": "C.UTF-8", "PATH": PATH})

    def __call__(self, request: UnpackRequest, *, seconds: float) -> Unpacked:
        """See `mailcore.ports.Unpacker`. What is found before the time ends is kept."""
        if not self.is_installed():
            return Unpacked(problem=NOT_INSTALLED, is_missing=True)
        limits, lsar, unar = (str(program) for program in self._programs())
        if "\0" in request.password:
            return Unpacked(is_locked=True)
        ends = time.monotonic() + min(seconds, MOST_SECONDS)
        try:
            with TemporaryDirectory(prefix="mailchord-unar-") as folder, time_limits_wait():
                # Nothing but the archive is in there: volumes beside it are looked for by both.
                Path(folder, "archive").write_bytes(request.data)
                run = BoundedProgram(
                    limits=limits,
                    bounds=_BOUNDS,
                    folder=folder,
                    environment=dict(self.environment) | {"HOME": folder},
                    ends=ends,
                )
                return _unpacked(run, lsar, unar, request)
        except TimeoutError:
            return Unpacked(problem="unar did not end in time")
        except (OSError, ValueError) as error:
            return Unpacked(problem=f"unar does not open it: {error}"[:200])

    def is_installed(self) -> bool:
        return all(self._programs())

    def _programs(self) -> list[str | None]:
        return [shutil.which(name, path=self.path) for name in ("prlimit", "lsar", "unar")]


def _unpacked(run: BoundedProgram, lsar: str, unar: str, request: UnpackRequest) -> Unpacked:
    """Raises TimeoutError and OSError before the first member, ValueError for what is no archive."""
    password = ("-p", request.password)
    listed = _listed(run, (lsar, "-ja", "-nr", *password, "archive"))
    entries = [entry for entry in listed.get("lsarContents", ()) if isinstance(entry, dict)]
    if not entries:
        if listed.get("lsarError") and listed.get("lsarFormatName"):
            # Damaged, or a list under a password: the program tells these apart by nothing.
            return Unpacked(is_locked=True, problem="its list of members cannot be read")
        return Unpacked(problem="" if listed.get("lsarContents") == [] else "unar does not know it")
    if any(entry.get("XADIsEncrypted") for entry in entries):
        locked = [entry for entry in entries if entry.get("XADIsEncrypted") and entry.get("XADFileSize") != 0]
        # An empty member says nothing of a password.
        if not locked or not _fits(run, (lsar, "-ja", "-nr", "-t", "-i", *password, "archive", _number(locked[0]))):
            entries = entries[: min(request.most_members, MOST_MEMBERS)]
            return Unpacked(members=tuple(_member(entry) for entry in entries), is_locked=True)
    command = (unar, "-q", "-nr", "-k", "skip", "-i", "-o", "-", *password, "archive")
    return _contents(run, command, entries, request)


def _fits(run: BoundedProgram, command: Sequence[str]) -> bool:
    """Whether a member comes out with the right checksum: unar itself ends well with a wrong password too."""
    tested = _listed(run, command).get("lsarContents", ())
    return [entry.get("lsarTestResult") for entry in tested if isinstance(entry, dict)] in _FITTING


def _contents(
    run: BoundedProgram, command: Sequence[str], entries: Sequence[dict[str, Any]], request: UnpackRequest
) -> Unpacked:
    found: list[UnpackedMember] = []
    left = min(request.most_bytes, MOST_BYTES)
    problem, unpacked = "", 0
    for entry in entries:
        if len(found) >= min(request.most_members, MOST_MEMBERS):
            problem = f"more than {len(found):,} members: the rest was not looked at"
            break
        member = _member(entry)
        if member.is_file and entry.get("XADFileSize") != 0:
            if unpacked >= MOST_UNPACKED or left <= 0:
                problem = f"unar unpacks {MOST_UNPACKED} members and {MOST_BYTES:,} bytes at most"
                break
            unpacked += 1
            try:
                content, is_all = run((*command, _number(entry)), most_bytes=left)
            except TimeoutError:
                problem = "unar did not end in time"
                break
            left -= len(content)
            size = entry.get("XADFileSize")
            broken = "" if is_all and (size is None or len(content) == size) else "not unpacked to its end"
            member = UnpackedMember(name=member.name, content=content, encrypted=member.encrypted, problem=broken)
        found.append(member)
    return Unpacked(members=tuple(found), problem=problem)


def _member(entry: dict[str, Any]) -> UnpackedMember:
    name = str(entry.get("XADFileName", "")).encode("utf-8", "replace").decode()
    return UnpackedMember(
        name=name[:_NAME_CHARACTERS],
        # Members that say they are folders, and have content, are files for other programs.
        is_file=not entry.get("XADIsDirectory") or bool(entry.get("XADFileSize")),
        encrypted=bool(entry.get("XADIsEncrypted")),
    )


def _number(entry: dict[str, Any]) -> str:
    """Raises ValueError."""
    return str(int(entry.get("XADIndex", -1)))


def _listed(run: BoundedProgram, command: Sequence[str]) -> dict[str, Any]:
    """Raises ValueError where lsar says nothing that makes sense."""
    said, is_all = run(command, most_bytes=_LIST_BYTES)
    if not is_all:
        raise ValueError("a list of members without an end")
    try:
        listed = json.loads(said or b"{}")
    except (ValueError, RecursionError) as error:
        raise ValueError("the list of members makes no sense") from error
    return listed if isinstance(listed, dict) else {}


def through(outside: Outside, unpack: Unpacker) -> Unpacker:
    """The same program, as one that can be asked from inside a cage."""

    def answer(payload: bytes, *, seconds: float) -> bytes:
        try:
            request = decode(payload, UnpackRequest)
        except DecodeError as error:
            raise ValueError(str(error)) from error
        return encode(unpack(request, seconds=seconds))

    return _asking(outside.add("unar", answer))


def _asking(port: Port) -> Unpacker:
    def ask(request: UnpackRequest, *, seconds: float) -> Unpacked:
        try:
            return decode(port(encode(request), seconds=seconds), Unpacked)
        except (TimeoutError, ValueError, OSError, DecodeError) as error:
            return Unpacked(problem=f"unar was not asked: {error}"[:200])

    return ask
