"""Bounds of the emulated Windows that are not those of the emulator: where memory is found, and how long it is busy."""

from __future__ import annotations

import pytest
from msgspec import Struct

from tests.files_emulated import program
from workers.sandbox.emulation_limits import (
    MEMORY_BYTES,
    MemoryUsedUp,
    TimeUsedUp,
    free_range,
    image_bytes,
    processor_time,
)


class Kept(Struct, frozen=True):
    """Memory that is kept free for later."""

    base: int
    size: int


class Memory(Struct, frozen=True):
    """What an emulator says of its memory; of regions, the last address belongs to them."""

    regions: tuple[tuple[int, int, int], ...] = ()
    mem_reserves: tuple[Kept, ...] = ()

    def get_mem_regions(self) -> tuple[tuple[int, int, int], ...]:
        return self.regions


def section_at(place: int) -> bytes:
    """A program whose section is to be there."""
    data = bytearray(program(("kernel32.ExitProcess", 0)))
    header = data.index(b".text\0")
    data[header + 12 : header + 16] = place.to_bytes(4, "little")
    return bytes(data)


TAKEN = Memory(
    regions=((0x400000, 0x401FFF, 7), (0x1000, 0x1FFF, 7), (0x404000, 0x404FFF, 7)),
    mem_reserves=(Kept(0x402000, 0x1000),),
)


@pytest.mark.parametrize(
    ("size", "wanted", "found"),
    [
        (10, None, (0x2000, 0x1000)),
        (0x1001, 0x10000, (0x10000, 0x2000)),
        (0x1000, 0x10123, (0x10000, 0x1000)),
        (0x1000, 0x400000, (0x403000, 0x1000)),
        (0x1000, 0x401FFF, (0x403000, 0x1000)),
        (0x1001, 0x400000, (0x405000, 0x2000)),
        (0x1001, 0x3FF000, (0x405000, 0x2000)),
        (0x1000, 0x3FF000, (0x3FF000, 0x1000)),
        (0, 0x500000, (0x500000, 0x1000)),
        (MEMORY_BYTES, 0x1000, (0x405000, MEMORY_BYTES)),
    ],
)
def test_free_memory_is_found(size: int, wanted: int | None, found: tuple[int, int]) -> None:
    assert free_range(TAKEN, size, wanted) == found


@pytest.mark.parametrize("size", [MEMORY_BYTES + 1, 0x7FF00000, 1 << 60])
def test_more_than_there_may_be_is_none(size: int) -> None:
    with pytest.raises(MemoryUsedUp):
        free_range(TAKEN, size)


@pytest.mark.parametrize(
    ("data", "size"),
    [
        (program(("kernel32.ExitProcess", 0)), 0x2000),
        (program(("kernel32.ExitProcess", 0), bits=64), 0x2000),
        (section_at(0x40000000), 0x40000400),
        (section_at(0xFFFFF000), 0xFFFFF400),
        (b"MZ", 0),
        (b"", 0),
        (program(("kernel32.ExitProcess", 0))[:0x150], 0x2000),
    ],
)
def test_the_size_of_an_image_is_known_before_it_is_read(data: bytes, size: int) -> None:
    assert image_bytes(data) == size


def goes_on_once() -> None:
    """What swallows the first error that it gets, as code does that Unicorn calls."""
    try:
        while True:
            pass
    except TimeUsedUp:
        while True:
            pass


def test_who_is_busy_for_too_long_is_interrupted_again_and_again() -> None:
    with pytest.raises(TimeUsedUp), processor_time(0.05):
        goes_on_once()


def test_who_ends_in_time_is_not() -> None:
    with processor_time(30.0):
        pass
