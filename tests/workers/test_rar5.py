"""Encrypted members of RAR 5 are known as such; damage raises nothing and costs little."""

from __future__ import annotations

import random
import time
import zlib

import pytest

from tests.workers.attachments.scan import files_of, scan
from workers.rar5 import SIGNATURE, encrypted_names


def number(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes((*out, value))


def block(kind: int, fields: bytes = b"", *, extra: bytes = b"", data: bytes | None = None) -> bytes:
    flags = bool(extra) | (data is not None) << 1
    header = number(kind) + number(flags)
    header += number(len(extra)) if extra else b""
    header += number(len(data)) if data is not None else b""
    header += fields + extra
    size = number(len(header))
    return zlib.crc32(size + header).to_bytes(4, "little") + size + header + (data or b"")


def member(name: str, content: bytes, *, encrypted: bool) -> bytes:
    """A stored file; an encrypted one has the record of 49 bytes that says so."""
    record = number(1) + bytes(2) + b"\x0f" + bytes(32)
    fields = number(0) + number(len(content)) + number(0o100644) + number(0) + number(1)
    fields += number(len(name)) + name.encode()
    return block(2, fields, extra=number(len(record)) + record if encrypted else b"", data=content)


def archive(**members: bool) -> bytes:
    files = (member(name.replace("_", "."), b"A text, sixteen.", encrypted=locked) for name, locked in members.items())
    return b"".join((SIGNATURE, block(1, number(0)), *files, block(5, number(0))))


NAMES: dict[str, tuple[bytes, set[str]]] = {
    "all": (archive(a_exe=True, b_txt=True), {"a.exe", "b.txt"}),
    "one of two": (archive(a_exe=False, b_txt=True), {"b.txt"}),
    "none": (archive(a_exe=False), set()),
    "RAR 4": (b"Rar!\x1a\x07\x00" + bytes(100), set()),
    "nothing": (b"", set()),
    "only its signature": (SIGNATURE, set()),
    "cut": (archive(a_exe=True, b_txt=True)[:-100], {"a.exe"}),
    "a size without end": (SIGNATURE + bytes(4) + b"\xff" * 30, set()),
}


@pytest.mark.parametrize(("data", "names"), NAMES.values(), ids=NAMES)
def test_encrypted_names(data: bytes, names: set[str]) -> None:
    assert encrypted_names(data) == names


def test_a_locked_archive_is_one() -> None:
    data = archive(a_txt=False, invoice_exe=True)
    tree, problems = files_of(("a.rar", data))
    assert [(file.filename, file.encrypted) for file in tree] == [
        ("a.rar", True), ("a.txt", False), ("invoice.exe", True),
    ]  # fmt: skip
    assert problems == ()
    found = {finding.id for finding in scan(("a.rar", data)).findings}
    assert found == {"archive_is_encrypted", "archive_holds_program_or_script"}


def test_damage_raises_nothing_and_ends_soon() -> None:
    whole, chance = archive(a_exe=True, b_txt=True), random.Random(5)
    began = time.process_time()
    for _ in range(2_000):
        damaged = bytearray(whole)
        for _ in range(chance.randrange(1, 6)):
            damaged[chance.randrange(8, len(damaged))] = chance.randrange(256)
        encrypted_names(bytes(damaged))
    encrypted_names(SIGNATURE + (bytes(4) + b"\x02\x02\x00") * 500_000)
    assert time.process_time() - began < 3
