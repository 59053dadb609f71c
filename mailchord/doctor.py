"""`mailchord doctor`: is everything that mailchord needs here and well; one line each, with what to do.

Most of it can be told without a running mailchord. Run it as the user that mailchord runs as.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import msgspec

from mailchord.checkup import CountConsumers, Level, Result, RunProgram
from mailchord.checkup_connections import check_connections
from mailchord.checkup_dns import check_dns
from mailchord.checkup_dns_lists import check_dns_lists
from mailchord.checkup_feeds import check_feeds
from mailchord.checkup_files import check_files
from mailchord.checkup_host import (
    check_libraries,
    check_listen,
    check_memory,
    check_open_files,
    check_quarantine,
    check_state_directory,
    check_tesseract,
)
from mailchord.checkup_postfix import check_postfix
from mailchord.checkup_redis import check_redis, check_visibility, check_workers, count_consumers, redis_urls
from mailchord.checkup_sandbox import check_sandbox
from mailchord.checkup_screenshots import check_screenshots
from mailcore.settings import Settings
from mailio.configuration import load_settings, settings_file

WELL, NOT_WELL = 0, 1
PROGRAM_SECONDS = 10.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="one JSON object instead of lines")


def run(arguments: argparse.Namespace) -> int:
    """Exit status 0 when nothing fails (warnings are allowed), 1 when something does."""
    settings = load_settings(getattr(arguments, "config", None), os.environ)
    results = list(
        examine(
            settings,
            run_program=run_program,
            consumers=lambda: count_consumers(settings),
            file=settings_file(getattr(arguments, "config", None)),
        )
    )
    fails = sum(result.level is Level.FAIL for result in results)
    if arguments.json:
        print(msgspec.json.encode({"ok": not fails, "results": results}).decode())
    else:
        print_lines(results)
    return NOT_WELL if fails else WELL


def examine(settings: Settings, *, run_program: RunProgram, consumers: CountConsumers, file: Path) -> Iterator[Result]:
    """Every checkup, in the order in which a problem should be solved; `file` is that of the settings."""
    yield from check_libraries(settings)
    yield from check_tesseract(settings, run_program)
    if "attachments" in settings.pools and settings.pools["attachments"].enabled:
        yield from check_files(settings)
    yield from check_sandbox(settings, file)
    yield from check_screenshots(settings)
    yield check_state_directory(settings)
    yield from check_quarantine(settings)
    yield check_memory(settings)
    yield check_open_files()
    yield check_listen(settings)
    yield from check_postfix(settings, run_program)
    if "auth" in settings.pools and settings.pools["auth"].enabled:
        yield from check_dns(settings)
        yield from check_dns_lists(settings)
    yield from check_feeds(settings)
    about_redis = list(check_redis(settings))
    yield from about_redis
    yield from check_connections(settings)
    if redis_urls(settings) is None:
        return
    yield check_visibility(settings)
    if not any(result.name == "redis broker" and result.level is Level.FAIL for result in about_redis):
        yield from check_workers(settings, consumers)


def run_program(command: Sequence[str]) -> str | None:
    """The output of a program, None where it is not there, fails or takes too long."""
    path = shutil.which(command[0])
    if path is None:
        return None
    try:
        done = subprocess.run(  # noqa: S603  # fixed programs, no shell
            [path, *command[1:]], capture_output=True, text=True, timeout=PROGRAM_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout if done.returncode == 0 else None


def print_lines(results: Iterable[Result]) -> None:
    """A line each; colours only for a terminal."""
    results = list(results)
    mark = _colour if sys.stdout.isatty() else _plain
    width = max((len(result.name) for result in results), default=0)
    for result in results:
        advice = f"; {result.advice}" if result.advice else ""
        print(f"{mark(result.level)}  {result.name:<{width}}  {result.says}{advice}")
    counts = {level: sum(result.level is level for result in results) for level in Level}
    print(f"{counts[Level.OK]} well, {counts[Level.WARN]} warnings, {counts[Level.FAIL]} failures")


def _plain(level: Level) -> str:
    return f"{level:<4}"


def _colour(level: Level) -> str:
    number = {Level.OK: 32, Level.WARN: 33, Level.FAIL: 31}[level]
    return f"\x1b[{number}m{level:<4}\x1b[0m"
