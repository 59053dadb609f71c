"""Runs a Windows program in an emulated Windows (Speakeasy, on Unicorn): what it asks for is written down.

Nothing of the program touches this machine: Unicorn is an interpreter of x86 with memory of its own, and each function
of Windows is Python code that answers with what sounds right. Both are large and written in part in C, so this runs in
the cage only (`docs/sandbox.md`). Bounded are time, calls of Windows, memory, and what is kept of it all.
"""

from __future__ import annotations

import contextlib
import logging
import re
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from typing import Any

from msgspec import Struct

from mailcore.behaviour import ActKind
from mailcore.errors import ScanInterrupted
from workers.sandbox.emulated_events import Kept, entries_of
from workers.sandbox.emulated_windows import configuration
from workers.sandbox.emulation_limits import MEMORY_BYTES, TimeUsedUp, image_bytes, processor_time, use_bounded_engine
from workers.sandbox.javascript import Entry

NEEDED = "speakeasy-emulator"
CALLS = 20_000  # of functions of Windows, by one thread of the program
# Time of the processor for all of it, as a share of the time that the program has, and to load it.
TIME_SHARE, LOAD_SECONDS = 1.3, 0.3
SEARCHED_BYTES = 16_777_216
STRINGS, HOSTS = 40, 200
ENDED_CHARACTERS = 200
TOO_LARGE = "it takes too much memory"

# Addresses in memory, in bytes and in UTF-16. The scheme begins both, so that each is looked for in one pass.
_URLS = (
    re.compile(rb"https?://[\x21-\x7e]{4,500}"),
    re.compile(rb"h\0t\0t\0p\0(?:s\0)?:\0/\0/\0(?:[\x21-\x7e]\0){4,500}"),
)
# Memory that Windows fills, not the program.
_OF_WINDOWS = ("emu.struct", "emu.segment", "emu.gdt", "emu.module_arg")


class Emulated(Struct, frozen=True, kw_only=True):
    """What a program did; `ended` says why it was ended before its end, `cut_short` that more time would show more."""

    entries: tuple[Entry, ...] = ()
    ended: str = ""
    cut_short: bool = False


def is_installed() -> bool:
    """Whether there is an emulator; where there is none, programs are not run, and the report says so."""
    return find_spec("speakeasy") is not None


def is_loaded() -> bool:
    return "speakeasy" in sys.modules


def load() -> None:
    """Import the emulator, which takes a second: so late, since few messages hold a program."""
    import speakeasy  # noqa: F401

    logging.getLogger("speakeasy").setLevel(logging.CRITICAL + 1)


def run(program: bytes, *, name: str, seconds: float) -> Emulated:
    """Emulate it for so many seconds at most; `name` is what it finds itself under.

    Raises ScanInterrupted. Whatever else the emulator raises ends that program, not more.
    """
    if image_bytes(program) > MEMORY_BYTES:
        return Emulated(ended=TOO_LARGE)
    load()
    from speakeasy import Speakeasy

    use_bounded_engine()
    emulator = Speakeasy(config=configuration(seconds=seconds, calls=CALLS))
    ended, is_cut_short = "", False
    try:
        with processor_time(seconds * TIME_SHARE + LOAD_SECONDS):
            module = emulator.load_module(data=program, filename=name)
            # A library does what it does when somebody calls it.
            emulator.run_module(module, all_entrypoints=is_library(program))
    except ScanInterrupted:
        raise
    except MemoryError:
        ended = TOO_LARGE
    except TimeUsedUp as error:
        ended, is_cut_short = str(error), True
    except Exception as error:  # noqa: BLE001  # an emulator of 17,000 lines over hostile bytes raises anything
        ended = f"the emulator ended it: {type(error).__name__}: {error}"[:ENDED_CHARACTERS]
    try:
        return observed(emulator, program, ended, is_cut_short=is_cut_short)
    finally:
        close(emulator)


def observed(emulator: Any, program: bytes, ended: str, *, is_cut_short: bool) -> Emulated:
    """What is known of a program that has been run, or of the beginning that could be."""
    if emulator.emu is None:
        return Emulated(ended=ended, cut_short=is_cut_short)
    profiler = emulator.emu.get_profiler()
    entries: list[Entry] = []
    errors = []
    kept = Kept(profiler.artifact_store.get_bytes)
    for part in profiler.runs:
        entries += entries_of(part.events, kept, dropped_by(part))
        if part.dyn_code["mmap"]:
            entries.append(Entry(ActKind.EVALUATES, "machine code that it has written into memory"))
        errors += [part.error.type] if part.error is not None else []
    entries += [Entry(ActKind.REVEALS, url) for url in hidden_urls(emulator, program)]
    return Emulated(
        entries=tuple(entries),
        ended=(ended or next(iter(errors), ""))[:ENDED_CHARACTERS],
        cut_short=is_cut_short or "max_total_time" in errors,
    )


def dropped_by(part: Any) -> dict[str, str]:
    """Where the content of each file lies that it has written, by its path in lower case."""
    return {file["path"].lower(): file["data_ref"] for file in part.dropped_files if file["data_ref"]}


def hidden_urls(emulator: Any, program: bytes) -> list[str]:
    """Addresses that stand in memory now, and did not stand in the file: it has unpacked or put them together."""
    hidden: dict[str, bool] = {}
    found: dict[str, None] = {}
    for data in memory_of(emulator):
        for pattern in _URLS:
            for match in pattern.finditer(data):
                url = match[0].replace(b"\0", b"").decode("ascii")
                host = url.partition("://")[2].partition("/")[0]
                if host not in hidden:
                    wide = host.encode("utf-16-le").removesuffix(b"\0")
                    hidden[host] = host.encode() not in program and wide not in program
                if hidden[host]:
                    found.setdefault(url)
                if len(found) >= STRINGS or len(hidden) >= HOSTS:
                    return list(found)
    return list(found)


def memory_of(emulator: Any) -> Iterator[bytes]:
    """The memory that the program itself can have filled, bounded."""
    own, left = f"emu.module.{emulator.emu.mod_name}.", SEARCHED_BYTES
    for region in emulator.emu.get_mem_maps():
        tag = region.tag or ""
        if tag.startswith(_OF_WINDOWS) or (tag.startswith("emu.module.") and not tag.startswith(own)):
            continue
        size = min(region.size, left)
        left -= size
        try:
            yield bytes(emulator.emu.mem_read(region.base, size))
        except Exception:  # noqa: BLE001, S112  # a region that nothing was ever written to cannot be read
            continue


def is_library(program: bytes) -> bool:
    """Whether it is a DLL, by its own word (section 3.3.2 of the format)."""
    at = int.from_bytes(program[60:64], "little")
    return bool(int.from_bytes(program[at + 22 : at + 24], "little") & 0x2000)


def close(emulator: Any) -> None:
    """Give back what it holds; that it cannot is no news of the program."""
    with contextlib.suppress(Exception):
        emulator.shutdown()
