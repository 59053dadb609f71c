"""What a checkup of `mailchord doctor` yields: one line each, with what to do where something is not well."""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping, Sequence

from msgspec import Struct


class Level(enum.StrEnum):
    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


class Result(Struct, frozen=True, kw_only=True):
    """What was looked at, how it is, and what to do about it ("" where nothing needs doing)."""

    name: str
    level: Level
    says: str
    advice: str = ""


# Runs a program without a shell; its output, or None where it is not there, fails or takes too long.
RunProgram = Callable[[Sequence[str]], str | None]
# How many workers answer for each queue.
CountConsumers = Callable[[], Mapping[str, int]]


def ok(name: str, says: str) -> Result:
    return Result(name=name, level=Level.OK, says=says)


def warn(name: str, says: str, advice: str) -> Result:
    return Result(name=name, level=Level.WARN, says=says, advice=advice)


def fail(name: str, says: str, advice: str) -> Result:
    return Result(name=name, level=Level.FAIL, says=says, advice=advice)
