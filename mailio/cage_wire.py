"""What a cage and its parent say to each other: frames over a socket pair, bytes of mail in memory that both see.

A frame is its kind (1 byte), its length (4 bytes) and a payload. The parent reads frames of a process that may have
been taken over, so nothing in them is believed: kinds, lengths and shapes are checked, and no frame is larger than
`MAX_FRAME`.
"""

from __future__ import annotations

import enum
import os
import struct

import msgspec

from mailcore.wire import decode, encode

HEAD = struct.Struct("<BI")
# More than all text and facts that the limits of the pools allow, and than the largest grey picture.
MAX_FRAME = 67_108_864
READ_AT_ONCE = 1_048_576


class Kind(enum.IntEnum):
    """Kinds of frames."""

    REQUEST = 1  # parent: work on what lies in the shared memory
    PORT_ANSWER = 2  # parent: what a port gave
    PORT_ERROR = 3  # parent: what a port raised
    READY = 4  # cage: closed in, and how
    CALL = 5  # cage: run that port outside
    ANSWER = 6  # cage: the work is done
    FAILURE = 7  # cage: the work raised


KINDS = {kind.value: kind for kind in Kind}


class Ready(msgspec.Struct, frozen=True, kw_only=True):
    """Which layers hold the cage, with a word about each, and why others are missing."""

    active: dict[str, str] = {}
    missing: dict[str, str] = {}


class Request(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """One piece of work. In the shared memory lie `head` bytes of description, then each part after the other."""

    work: str
    seconds: float
    head: int
    parts: tuple[tuple[str, int], ...] = ()


class Call(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """A port that is to run outside, the longest time for it, and the bytes for it."""

    port: str
    seconds: float
    payload: bytes


class Failure(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """An error in words; `name` is that of its class."""

    name: str
    words: str


class NoSense(Exception):
    """The other side sent what is no frame, or what does not belong here."""


def frame(kind: Kind, payload: bytes) -> bytes:
    """A frame as it is sent. Raises ValueError for a payload that is too large."""
    if len(payload) > MAX_FRAME:
        raise ValueError(f"{len(payload):,} bytes are more than a cage may say")
    return HEAD.pack(kind, len(payload)) + payload


def read_head(head: bytes | bytearray) -> tuple[Kind, int]:
    """Kind and length of the payload that follows. Raises NoSense."""
    number, length = HEAD.unpack(head)
    kind = KINDS.get(number)
    if kind is None:
        raise NoSense(f"a frame of unknown kind {number}")
    if length > MAX_FRAME:
        raise NoSense(f"a frame of {length:,} bytes")
    return kind, length


def read_failure(payload: bytes) -> Failure:
    """Raises NoSense."""
    try:
        return decode(payload, Failure)
    except msgspec.DecodeError as error:
        raise NoSense(f"a failure that is none: {error}") from None


def failure(error: Exception) -> bytes:
    """The payload that tells of an error."""
    words = str(error)[:1_000].encode("utf-8", "replace").decode()
    return encode(Failure(name=type(error).__name__, words=words))


class Channel:
    """The end of the socket pair that blocks: the one in the cage."""

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor

    def send(self, kind: Kind, payload: bytes) -> None:
        """Raises OSError when the parent is gone, ValueError for a payload that is too large."""
        left = memoryview(frame(kind, payload))
        while left:
            left = left[os.write(self.descriptor, left) :]

    def receive(self) -> tuple[Kind, bytes]:
        """The next frame. Raises EOFError when the parent is gone."""
        kind, length = read_head(self._read(HEAD.size))
        return kind, self._read(length)

    def _read(self, size: int) -> bytes:
        found = bytearray()
        while len(found) < size:
            piece = os.read(self.descriptor, min(size - len(found), READ_AT_ONCE))
            if not piece:
                raise EOFError("the parent is gone")
            found += piece
        return bytes(found)
