"""Findings kept in a file, for `mailchord replay` and `mailchord tune`: JSON lines, packed by the ending of the name.

The first line says what the file is; each other line is one `Judged`. There is no mail in it but the quotes that
findings show, and the addresses that policy asks for. A later version of the format has another number.
"""

from __future__ import annotations

import contextlib
import lzma
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec
from msgspec import Struct, structs

from mailchord.evaluation.judging import Judged
from mailchord.evaluation.recorded import open_text
from mailcore.errors import ConfigurationError
from mailcore.policy import Policy
from mailcore.settings import Settings

FORMAT = "mailchord-findings"
VERSION = 1
# Six pools with the most findings that a report may have are below this.
MAX_LINE = 8 * 1_048_576
MAX_MESSAGES = 2_000_000


class Head(Struct, frozen=True, kw_only=True):
    """The first line: which policy the messages were decided by."""

    format: str = FORMAT
    version: int = VERSION
    policy_version: str = ""
    policy: Policy = Policy()


class SavedFindings(Struct, frozen=True, kw_only=True):
    """A file of findings, read."""

    head: Head
    judged: tuple[Judged, ...]


def save_findings(file: Path, judged: Iterable[Judged], settings: Settings, policy_version: str) -> None:
    """Write the file, whole or not at all. Raises ConfigurationError where that is not possible."""
    aside = file.with_name(f".{os.getpid()}.{file.name}")
    encode = msgspec.json.Encoder().encode
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with open_text(aside, "wt") as opened:
            opened.write(encode(Head(policy=settings.policy, policy_version=policy_version)).decode() + "\n")
            for each in judged:
                kept = structs.replace(each, mail=structs.replace(each.mail, file=""))
                opened.write(encode(kept).decode() + "\n")
        aside.replace(file)
    except OSError as error:
        with contextlib.suppress(OSError):
            aside.unlink()
        raise ConfigurationError(f"{file}: {error.strerror or error}") from error


def load_findings(file: Path) -> SavedFindings:
    """Read such a file. Raises ConfigurationError, with the line, for one that is damaged or of another version."""
    try:
        lines = _lines(file)
        head = _head(file, next(lines, (1, ""))[1])
        decoder = msgspec.json.Decoder(Judged)
        return SavedFindings(
            head=head, judged=tuple(_judged(file, number, line, decoder) for number, line in lines if line.strip())
        )
    except (OSError, EOFError, lzma.LZMAError) as error:
        raise ConfigurationError(f"{file}: cannot be read: {getattr(error, 'strerror', None) or error}") from error


def _lines(file: Path) -> Iterator[tuple[int, str]]:
    with open_text(file) as opened:
        for number in range(1, MAX_MESSAGES + 3):
            line = opened.readline(MAX_LINE + 1)
            if not line:
                return
            if len(line) > MAX_LINE:
                raise ConfigurationError(f"{file}:{number}: the line is longer than {MAX_LINE} characters")
            yield number, line
    raise ConfigurationError(f"{file}: more than {MAX_MESSAGES} messages")


def _head(file: Path, line: str) -> Head:
    try:
        start = msgspec.json.decode(line or "null")
        known = isinstance(start, dict) and start.get("format") == FORMAT
        if known and start.get("version") != VERSION:
            raise ConfigurationError(
                f"{file}:1: version {start.get('version')} of the format; this mailchord reads {VERSION}: evaluate anew"
            )
        if known:
            return msgspec.json.decode(line, type=Head)
    except msgspec.DecodeError as error:
        raise ConfigurationError(f"{file}:1: {error}") from error
    raise ConfigurationError(f"{file}:1: no file of findings; `mailchord evaluate --save FILE` writes one")


def _judged(file: Path, number: int, line: str, decoder: msgspec.json.Decoder[Judged]) -> Judged:
    try:
        return decoder.decode(line)
    except msgspec.DecodeError as error:
        raise ConfigurationError(f"{file}:{number}: {error}") from error
