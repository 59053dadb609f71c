"""What comes out of a file that holds others: one member after the other, read once, in blocks."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator

from msgspec import Struct

BLOCK = 65_536
NAME_CHARACTERS = 1_000


class Broken(Exception):
    """The file cannot be read on: damaged, encrypted as a whole, or a variant that no library here knows."""


class Member(Struct, frozen=True, kw_only=True):
    """One member: its name as it stands in the file that holds it (at most NAME_CHARACTERS), and a way to read it once.

    `blocks()` yields the content in blocks of at most BLOCK bytes and raises Broken. `encrypted`: no password opened
    it; `password` did, which stood in `password_from`. `is_raw`: the content of a file that is compressed, but no
    archive; it has no name of its own. `declared_type` is the media type that the holder gives it.
    """

    name: str
    blocks: Callable[[], Iterator[bytes]]
    is_file: bool = True
    is_link: bool = False
    link_target: str = ""
    encrypted: bool = False
    is_raw: bool = False
    declared_type: str = ""
    password: str = ""
    password_from: str = ""


# Closed where they are not read to their end.
Members = Generator[Member, None, None]


def whole(name: str, data: bytes, *, declared_type: str = "") -> Member:
    """A member whose content is in memory already."""

    def blocks() -> Iterator[bytes]:
        for start in range(0, len(data), BLOCK):
            yield data[start : start + BLOCK]

    return Member(name=name[:NAME_CHARACTERS], blocks=blocks, declared_type=declared_type)
