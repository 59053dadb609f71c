"""Facts as they are remembered: packed small, and read back within bounds."""

from __future__ import annotations

import zlib
from typing import TypeVar

from msgspec import DecodeError

from mailcore.wire import decode, encode

T = TypeVar("T")

# What a value may unpack to.
MOST_UNPACKED = 4_194_304


def packed(facts: object) -> bytes:
    """The facts as bytes; b"" where they cannot be written down."""
    try:
        return zlib.compress(encode(facts), 1)
    except UnicodeEncodeError:  # names with halves of characters
        return b""


def unpacked(value: bytes, kind: type[T]) -> T | None:
    """What was packed; None where it cannot be read."""
    try:
        inflate = zlib.decompressobj()
        data = inflate.decompress(value, MOST_UNPACKED)
        return None if inflate.unconsumed_tail else decode(data, kind)
    except (zlib.error, DecodeError):
        return None
