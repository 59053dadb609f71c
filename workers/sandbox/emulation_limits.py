"""What an emulated program may take: memory, and time of the processor where the emulator has no clock of its own."""

from __future__ import annotations

import signal
import struct
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

MEMORY_BYTES = 134_217_728  # of the program, with all that it asks for
# What code is translated into; Unicorn wants 1 GB unless told otherwise, and ends the process where it gets none.
TRANSLATED_BYTES = 33_554_432
PAGE_BYTES = 4_096
STRIKES_AGAIN_SECONDS = 0.2


class MemoryUsedUp(Exception):
    """The program wants more memory than it may have. No MemoryError: that is one of the cage itself."""


class TimeUsedUp(Exception):
    """Code of the emulator itself went on for too long."""


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
    binemu.BinaryEmulator.get_valid_ranges = free_range


def free_range(emulator: Any, size: int, addr: int | None = None) -> tuple[int, int]:
    """Where so many bytes are free, at this address or behind it, and how many whole pages they are.

    In place of the emulator's own search, which tries one place after the other, page by page: for 2 GB, that is hours.
    Raises MemoryUsedUp.
    """
    total = max(PAGE_BYTES, -(-size // PAGE_BYTES) * PAGE_BYTES)
    if total > MEMORY_BYTES:
        raise MemoryUsedUp("it asks for too much memory")
    begin = (PAGE_BYTES if addr is None else addr) & -PAGE_BYTES
    for first, last in sorted(_taken(emulator)):
        if first < begin + total and begin <= last:
            begin = (last + PAGE_BYTES) & -PAGE_BYTES
    return begin, total


def _taken(emulator: Any) -> Iterable[tuple[int, int]]:
    """The first and the last address of all that is there, and of what is kept free for later."""
    yield from ((first, last) for first, last, *_ in emulator.get_mem_regions())
    yield from ((kept.base, kept.base + kept.size - 1) for kept in emulator.mem_reserves)


def image_bytes(program: bytes) -> int:
    """How much memory a program takes when it is loaded, by its own word and by where its sections are to be.

    Microsoft PE format, sections 3.3, 3.4.2 and 4; 0 where that cannot be read. Its readers get that much at once.
    """
    at = int.from_bytes(program[60:64], "little")
    begin = at + 24 + int.from_bytes(program[at + 20 : at + 22], "little")
    sections = int.from_bytes(program[at + 6 : at + 8], "little")
    ends = [int.from_bytes(program[at + 80 : at + 84], "little")]
    for header in (program[begin + 40 * number : begin + 40 * number + 40] for number in range(sections)):
        if len(header) < 40:
            break
        size, place, raw, _ = struct.unpack_from("<IIII", header, 8)
        ends.append(place + max(size, raw))
    return max(ends)


@contextmanager
def processor_time(seconds: float) -> Iterator[None]:
    """Raises TimeUsedUp in the block when it has taken so much time of the processor, and again while it goes on.

    (Where Unicorn calls Python, errors are lost; so once is not enough.) A cage has one thread: in others, the block
    runs without it.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def strike(_number: int, _frame: FrameType | None) -> None:
        raise TimeUsedUp("it keeps the emulator busy")

    before: Callable[[int, FrameType | None], Any] | int | None = signal.signal(signal.SIGVTALRM, strike)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds, STRIKES_AGAIN_SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)
