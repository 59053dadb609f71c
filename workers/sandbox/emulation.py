"""Runs a Windows program in an emulated Windows (Speakeasy, on Unicorn): what it asks for is written down.

Nothing of the program touches this machine: Unicorn is an interpreter of x86 with memory of its own, and each function
of Windows is Python code that answers with what sounds right. Both are large and written in part in C, so this runs in
the cage only (`docs/sandbox.md`). Bounded are time, calls of Windows, memory, and what is kept of it all.
"""

from __future__ import annotations

import contextlib
import logging
import re
from collections.abc import Iterator
from importlib.util import find_spec
from typing import Any

from msgspec import Struct

from mailcore.behaviour import ActKind
from mailcore.errors import ScanInterrupted
from workers.sandbox.emulated_events import entries_of
from workers.sandbox.emulated_windows import configuration
from workers.sandbox.javascript import Entry

NEEDED = "speakeasy-emulator"
CALLS = 20_000  # of functions of Windows, by one thread of the program
MEMORY_BYTES = 134_217_728  # of the program, with all that it asks for
# What code is translated into; Unicorn wants 1 GB unless told otherwise, and ends the process where it gets none.
TRANSLATED_BYTES = 33_554_432
SEARCHED_BYTES = 16_777_216
STRINGS = 40
ENDED_CHARACTERS = 200

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


def load() -> None:
    """Import the emulator, which takes a second: so late, since few messages hold a program."""
    import speakeasy  # noqa: F401

    logging.getLogger("speakeasy").setLevel(logging.CRITICAL + 1)


def run(program: bytes, *, name: str, seconds: float) -> Emulated:
    """Emulate it for so many seconds at most; `name` is what it finds itself under.

    Raises ScanInterrupted and MemoryError. Whatever else the emulator raises ends that program, not more.
    """
    load()
    from speakeasy import Speakeasy

    use_bounded_engine()
    emulator = Speakeasy(config=configuration(seconds=seconds, calls=CALLS))
    ended = ""
    try:
        module = emulator.load_module(data=program, filename=name)
        # A library does what it does when somebody calls it.
        emulator.run_module(module, all_entrypoints=is_library(program))
    except (ScanInterrupted, MemoryError):
        raise
    except Exception as error:  # noqa: BLE001  # an emulator of 17,000 lines over hostile bytes raises anything
        ended = f"the emulator ended it: {type(error).__name__}: {error}"[:ENDED_CHARACTERS]
    try:
        return observed(emulator, program, ended)
    finally:
        close(emulator)


def observed(emulator: Any, program: bytes, ended: str) -> Emulated:
    """What is known of a program that has been run, or of the beginning that could be."""
    if emulator.emu is None:
        return Emulated(ended=ended)
    profiler = emulator.emu.get_profiler()
    entries: list[Entry] = []
    errors = []
    for part in profiler.runs:
        entries += entries_of(part.events, profiler.artifact_store.get_bytes, dropped_by(part))
        if part.dyn_code["mmap"]:
            entries.append(Entry(ActKind.EVALUATES, "machine code that it has written into memory"))
        errors += [part.error.type] if part.error is not None else []
    entries += [Entry(ActKind.REVEALS, url) for url in hidden_urls(emulator, program)]
    return Emulated(
        entries=tuple(entries),
        ended=(ended or next(iter(errors), ""))[:ENDED_CHARACTERS],
        cut_short="max_total_time" in errors,
    )


def dropped_by(part: Any) -> dict[str, str]:
    """Where the content of each file lies that it has written, by its path in lower case."""
    return {file["path"].lower(): file["data_ref"] for file in part.dropped_files if file["data_ref"]}


def hidden_urls(emulator: Any, program: bytes) -> Iterator[str]:
    """Addresses that stand in memory now, and did not stand in the file: it has unpacked or put them together."""
    found: dict[str, None] = {}
    for data in memory_of(emulator):
        for pattern in _URLS:
            for match in pattern.finditer(data):
                url = match[0].replace(b"\0", b"").decode("ascii")
                host = url.partition("://")[2].partition("/")[0].encode()
                if host not in program and b"\0".join(bytes([byte]) for byte in host) not in program:
                    found.setdefault(url)
                if len(found) >= STRINGS:
                    return iter(found)
    return iter(found)


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


def use_bounded_engine() -> None:
    """From now on the emulator makes its engines so: with less memory to translate into, and a bound on all of it."""
    from speakeasy import binemu
    from speakeasy.engines.unicorn_eng import EmuEngine

    def bounded_engine() -> Any:
        engine, mapped = EmuEngine(), [0]
        initialise, map_memory, unmap_memory = engine.init_engine, engine.mem_map, engine.mem_unmap

        def init_engine(*arguments: Any) -> None:
            initialise(*arguments)
            engine.emu.ctl_set_tcg_buffer_size(TRANSLATED_BYTES)

        def mem_map(base: int, size: int, **options: Any) -> Any:
            mapped[0] += size
            if mapped[0] > MEMORY_BYTES:
                raise MemoryUsedUp("it asks for too much memory")
            return map_memory(base, size, **options)

        def mem_unmap(base: int, size: int) -> Any:
            mapped[0] -= size
            return unmap_memory(base, size)

        engine.init_engine, engine.mem_map, engine.mem_unmap = init_engine, mem_map, mem_unmap
        return engine

    binemu.EMU_ENGINES = (("unicorn", bounded_engine),)


class MemoryUsedUp(Exception):
    """The program wants more memory than it may have. No MemoryError: that is one of the cage itself."""


def close(emulator: Any) -> None:
    """Give back what it holds; that it cannot is no news of the program."""
    with contextlib.suppress(Exception):
        emulator.shutdown()
