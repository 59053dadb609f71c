"""Archives under a password: opened with one that stands in the mail, as its reader would."""

from __future__ import annotations

import functools
import io
from collections.abc import Iterator
from itertools import islice
from typing import Any

from msgspec import structs

from workers import archives
from workers.attachments import unar_archives
from workers.attachments.budget import Budget
from workers.attachments.foreign_code import result_or_none
from workers.attachments.members import Broken, Member, Members, Opening, whole
from workers.attachments.passwords import Password

SEVEN_ZIP = "application/x-7z-compressed"
RAR = "application/x-rar"
# The traditional cipher of zip accepts one wrong password of 256: so much of a member must come out without an error.
_PROBED_BYTES = 1_048_576


def members(data: bytes, kind: str, opening: Opening) -> Members:
    """The members of an archive of a type that `archives.kind_of_archive` named, opened where a password fits.

    Raises Broken; of a 7z or RAR whose list of members is encrypted too, where no password fits.
    """
    if kind == archives.CABINET and archives.is_other_cabinet(data):
        yield from _cabinet(data, opening)
        return
    seen = 0
    try:
        for member in archives.members(data, kind):
            if member.encrypted and member.is_file:
                break
            yield member
            seen += 1
        else:
            return
    except Broken as broken:
        if kind == RAR:
            yield from _rar(data, seen, opening, broken)
            return
        if kind != SEVEN_ZIP or not archives.is_encryption(str(broken)):
            raise
        opened = _seven_zip(data, opening)
        if opened is None:
            raise
        yield from opened
        return
    yield from _rest(data, kind, seen, opening)


def _rest(data: bytes, kind: str, seen: int, opening: Opening) -> Iterator[Member]:
    """The members from the first encrypted one on; as they are listed where no password fits."""
    if kind == SEVEN_ZIP:
        # libarchive reads nothing behind an encrypted member: all come from the other library.
        opened = _seven_zip(data, opening)
        yield from islice(archives.members(data, kind) if opened is None else opened, seen, None)
        return
    if kind == RAR:
        yield from _rar(data, seen, opening, None)
        return
    password = _fitting(data, kind, opening)
    for member in islice(archives.members(data, kind, password.word if password else ""), seen, None):
        yield _opened(member, password) if password and member.encrypted else member


def _opened(member: Member, password: Password) -> Member:
    return structs.replace(member, encrypted=False, password=password.word, password_from=password.origin)


def _fitting(data: bytes, kind: str, opening: Opening) -> Password | None:
    for password in opening.passwords:
        if opening.budget.is_over:
            return None
        if _fits(data, kind, password.word):
            return password
    return None


def _fits(data: bytes, kind: str, word: str) -> bool:
    """Whether the first encrypted member can be read with the password."""
    try:
        for member in archives.members(data, kind, word):
            if member.encrypted and member.is_file:
                read = 0
                for block in member.blocks():
                    read += len(block)
                    if read >= _PROBED_BYTES:
                        break
                return True
    except Broken:
        pass
    return False


def _seven_zip(data: bytes, opening: Opening) -> list[Member] | None:
    """The members of a 7z that a password opens; None where none does. Bounded by the bytes that may wait in memory."""
    for password in opening.passwords:
        if opening.budget.is_over:
            return None
        attempt = functools.partial(_contents, data, password.word, opening.budget)
        contents = result_or_none(opening.budget, attempt, passing=(Broken,))
        if contents is not None:
            return [_opened(whole(name, content), password) for name, content in contents.items()]
    return None


def _rar(data: bytes, seen: int, opening: Opening, broken: Broken | None) -> Iterator[Member]:
    """The members behind the first `seen`, by another program: libarchive decrypts none, and knows neither RAR 2 nor
    all solid ones. Without it as libarchive lists them, or `broken`, which is why that has ended. Raises Broken.
    """
    found = unar_archives.opened(data, opening)
    if found is not None and not found[0].is_locked and len(found[0].members) > seen:
        yield from islice(unar_archives.members_of(*found), seen, None)
        return
    if broken is None:
        yield from islice(archives.members(data, RAR), seen, None)
    missing = found[0].problem if found is not None and found[0].is_missing else ""
    if broken is not None or missing:
        raise Broken("; ".join(filter(None, (str(broken or ""), missing)))) from broken


def _cabinet(data: bytes, opening: Opening) -> Iterator[Member]:
    """The members of a cabinet packed with LZX or Quantum, by another program; their names where it opens none."""
    found = unar_archives.opened(data, opening)
    if found is not None and found[0].members:
        yield from unar_archives.members_of(*found)
    else:
        yield from archives.members(data, archives.CABINET)


def _contents(data: bytes, word: str, budget: Budget) -> dict[str, bytes]:
    """Names and contents. Raises Broken past the bounds, and anything at all for a wrong password."""
    import py7zr  # 0.1 s, for the few archives that need it

    class Bounded(py7zr.io.WriterFactory):
        """Keeps what is written, and counts it."""

        def __init__(self) -> None:
            self.written: dict[str, io.BytesIO] = {}
            self.left = min(budget.limits.waiting_bytes, budget.unpacked_left)

        def create(self, filename: str) -> Any:
            if len(self.written) >= budget.limits.files:
                raise Broken("more members than are looked at")
            buffer = self.written[filename] = io.BytesIO()
            return Counted(buffer, self)

    class Counted(py7zr.io.Py7zIO):
        def __init__(self, buffer: io.BytesIO, factory: Bounded) -> None:
            self._buffer, self._factory = buffer, factory

        def write(self, data: bytes | bytearray) -> int:
            self._factory.left -= len(data)
            if self._factory.left < 0:
                raise Broken("unpacks to more than is held in memory")
            return self._buffer.write(data)

        def read(self, size: int | None = None) -> bytes:
            return self._buffer.read(size)

        def seek(self, offset: int, whence: int = 0) -> int:
            return self._buffer.seek(offset, whence)

        def flush(self) -> None:
            """Nothing to do: it is memory."""

        def size(self) -> int:
            return self._buffer.getbuffer().nbytes

    factory = Bounded()
    with py7zr.SevenZipFile(io.BytesIO(data), password=word) as archive:
        archive.extractall(factory=factory)
    return {name: buffer.getvalue() for name, buffer in factory.written.items()}
